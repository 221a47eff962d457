// SPDX-License-Identifier: Apache-2.0
// Runs that begin at the same moment, each with the secret of another key of one user, as a
// controller starts them for several hosts. Each finds out which key its secret opens.
#include "../../src/reconcile/try_secret.h"
#include "fake_infra.h"
#include "support/check.h"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <random>
#include <thread>

namespace infrastate {
namespace {

using plan::Tried;
using test::FakeInfra;
using test::must;

/// One server and its clock. Of all runs only one acts at a time: the one whose wait ends first.
class Moments {
public:
    Moments(FakeInfra& infra, std::size_t runs) : infra_(infra), wakes_(runs, infra.now * 1000) {}

    void begin(std::size_t run) { await(run); }
    void wait(std::size_t run, std::int64_t milliseconds) {
        pass_on(run, wakes_[run] + milliseconds);
        await(run);
    }
    void end(std::size_t run) { pass_on(run, std::numeric_limits<std::int64_t>::max()); }

private:
    void pass_on(std::size_t run, std::int64_t wake) {
        const std::lock_guard lock(mutex_);
        wakes_[run] = wake;
        turn_ = static_cast<std::size_t>(std::min_element(wakes_.begin(), wakes_.end()) -
                                         wakes_.begin());
        if (wakes_[turn_] != std::numeric_limits<std::int64_t>::max())
            infra_.now = wakes_[turn_] / 1000;
        changed_.notify_all();
    }
    void await(std::size_t run) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return turn_ == run; });
    }

    FakeInfra& infra_;
    std::vector<std::int64_t> wakes_;
    std::size_t turn_ = 0;
    std::mutex mutex_{};
    std::condition_variable changed_{};
};

class WaitingHost final : public ports::Host {
public:
    WaitingHost(Moments& moments, std::size_t run, std::int64_t timeout_s)
        : moments_(moments), run_(run), random_(static_cast<std::mt19937::result_type>(run)),
          left_ms_(timeout_s * 1000) {}

    Result<void> pause(std::int64_t milliseconds) override {
        if (milliseconds > left_ms_)
            return Error{Code::deadline, "no time is left", "timeout", "no_time_left", 0, true};
        left_ms_ -= milliseconds;
        moments_.wait(run_, milliseconds);
        return {};
    }
    std::uint32_t random() override { return static_cast<std::uint32_t>(random_()); }
    std::int64_t seconds_left() override { return left_ms_ / 1000; }
    bool may_go_on() override { return left_ms_ > 0; }

private:
    Moments& moments_;
    const std::size_t run_;
    std::mt19937 random_;
    std::int64_t left_ms_;
};

class TrySecretTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TrySecretTest);
    CPPUNIT_TEST(runs_that_begin_together_do_not_stay_in_step);
    CPPUNIT_TEST(a_run_that_was_never_certain_keeps_time_for_its_end);
    CPPUNIT_TEST(a_key_that_is_in_use_all_the_time_is_never_taken_for_another);
    CPPUNIT_TEST(keys_that_others_make_and_delete_meanwhile_are_no_obstacle);
    CPPUNIT_TEST(a_key_that_is_deleted_while_it_is_tried_is_never_taken_for_another);
    CPPUNIT_TEST(a_date_from_another_clock_makes_no_wrong_key_of_the_secret);
    CPPUNIT_TEST(a_passing_fault_is_no_doubt_about_the_secret);
    CPPUNIT_TEST(a_slow_server_leaves_time_for_the_run);
    CPPUNIT_TEST(a_cancelled_wait_ends_the_run_and_is_no_doubt_about_the_secret);
    CPPUNIT_TEST_SUITE_END();

    struct Outcome {
        Tried tried;
        std::int64_t left_s;
    };

    static constexpr std::int64_t hour = 3600;

    /// Each run tries the secret of its own key.
    static std::vector<Outcome> together(FakeInfra& infra, std::size_t runs, std::int64_t timeout) {
        infra.now += hour;
        ports::KeyQuery all;
        const ports::KeyListing seen = must(infra.list(all));
        Moments moments(infra, runs);
        std::vector<Outcome> out(runs);
        std::vector<std::thread> threads;
        for (std::size_t run = 0; run < runs; ++run)
            threads.emplace_back([&, run] {
                moments.begin(run);
                WaitingHost host(moments, run, timeout);
                const Secret secret(infra.keys[run].secret);
                out[run].tried =
                    must(reconcile::try_copy(secret, {}, seen.rows, seen.time, infra.with(host)))
                        .tried;
                out[run].left_s = host.seconds_left();
                moments.end(run);
            });
        for (std::thread& thread : threads)
            thread.join();
        return out;
    }

    static FakeInfra server(std::size_t keys) {
        FakeInfra out;
        for (std::size_t key = 0; key < keys; ++key)
            out.add("host-" + std::to_string(key), "uConnector", 8766 * hour, 72 * hour);
        return out;
    }

    /// One run tries the secret of the first key, an hour after the keys were made.
    /// `prepare` sets what the server and the others do from the first try on.
    template <class Prepare>
    static Tried alone(FakeInfra& infra, test::FakeHost& host, const Prepare& prepare) {
        infra.now += hour;
        const ports::KeyListing seen = must(infra.list(ports::KeyQuery{}));
        prepare();
        host.clock = &infra;
        const Secret secret(infra.keys[0].secret);
        return must(reconcile::try_copy(secret, {}, seen.rows, seen.time, infra.with(host))).tried;
    }

    void runs_that_begin_together_do_not_stay_in_step() {
        for (const std::size_t runs : {2U, 5U, 10U, 20U}) {
            FakeInfra infra = server(runs);
            const std::vector<Outcome> outcomes = together(infra, runs, 120);
            for (std::size_t run = 0; run < runs; ++run) {
                const Tried& tried = outcomes[run].tried;
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(runs), true,
                                             tried.verdict == Tried::Verdict::accepted);
                CPPUNIT_ASSERT_EQUAL(infra.keys[run].id, tried.row->text());
            }
        }
    }

    void a_run_that_was_never_certain_keeps_time_for_its_end() {
        FakeInfra infra = server(2);
        infra.before_list = [&] { infra.use(infra.keys[1]); };
        const std::vector<Outcome> outcomes = together(infra, 1, 30);
        CPPUNIT_ASSERT(outcomes[0].tried.verdict == Tried::Verdict::unverified);
        CPPUNIT_ASSERT(outcomes[0].tried.opened);
        CPPUNIT_ASSERT(outcomes[0].left_s >= 5);
    }

    void a_key_that_is_in_use_all_the_time_is_never_taken_for_another() {
        FakeInfra infra = server(3);
        infra.before_list = [&] { infra.use(infra.keys[2]); };
        for (const Outcome& outcome : together(infra, 2, 600)) {
            CPPUNIT_ASSERT(outcome.tried.verdict == Tried::Verdict::unverified);
            CPPUNIT_ASSERT(outcome.tried.among.contains(FakeInfra::id(infra.keys[2].id)));
        }
    }

    /// As runs do for other hosts of the same user: a rotation makes a key, and removes one.
    void keys_that_others_make_and_delete_meanwhile_are_no_obstacle() {
        for (const std::size_t runs : {1U, 4U}) {
            FakeInfra infra = server(runs + 3);
            const auto first_of_others = static_cast<std::ptrdiff_t>(runs);
            infra.before_list = [&] {
                infra.keys.erase(infra.keys.begin() + first_of_others);
                infra.add("new", "uConnector", 8766 * hour, 72 * hour);
            };
            const std::vector<Outcome> outcomes = together(infra, runs, 120);
            for (std::size_t run = 0; run < runs; ++run) {
                const Tried& tried = outcomes[run].tried;
                CPPUNIT_ASSERT(tried.verdict == Tried::Verdict::accepted);
                CPPUNIT_ASSERT_EQUAL(infra.keys[run].id, tried.row->text());
            }
        }
    }

    void a_key_that_is_deleted_while_it_is_tried_is_never_taken_for_another() {
        for (const int before : {0, 1, 2, 3}) {
            FakeInfra infra = server(3);
            int lists = -1; // the first listing is before the try
            infra.before_list = [&] {
                infra.use(infra.keys.back());
                if (lists++ == before) infra.keys.erase(infra.keys.begin());
            };
            const Tried tried = together(infra, 1, 120)[0].tried;
            CPPUNIT_ASSERT(tried.verdict == Tried::Verdict::refused);
            CPPUNIT_ASSERT(tried.among.empty());
        }
    }

    /// A proxy's Date, and listings that take seconds while another key of the user is in use.
    void a_date_from_another_clock_makes_no_wrong_key_of_the_secret() {
        for (const std::int64_t skew : {-40, -5, -3, -1, 0, 1, 2, 3, 5, 10, 40})
            for (const std::int64_t took : {0, 1, 2, 4})
                for (const bool busy : {false, true}) {
                    FakeInfra infra = server(2);
                    infra.clock_skew = skew;
                    test::FakeHost host;
                    host.left = 120;
                    const Tried tried = alone(infra, host, [&] {
                        infra.before_list = [&] {
                            infra.now += took;
                            if (busy) infra.use(infra.keys[1]);
                        };
                    });
                    const std::string which =
                        std::to_string(skew) + " " + std::to_string(took) + (busy ? " busy" : "");
                    if (!busy)
                        CPPUNIT_ASSERT_EQUAL_MESSAGE(which, true,
                                                     tried.verdict == Tried::Verdict::accepted);
                    if (tried.row)
                        CPPUNIT_ASSERT_EQUAL_MESSAGE(which, infra.keys[0].id, tried.row->text());
                }
    }

    void a_passing_fault_is_no_doubt_about_the_secret() {
        for (const int faults : {1, 2, 3}) {
            FakeInfra infra = server(2);
            infra.tries_fail = true;
            test::FakeHost host;
            host.on_pause = [&, left = faults]() mutable { infra.tries_fail = --left > 0; };
            const Tried tried = alone(infra, host, [] {});
            CPPUNIT_ASSERT_EQUAL(faults < 3, tried.verdict == Tried::Verdict::accepted);
        }
    }

    void a_slow_server_leaves_time_for_the_run() {
        for (const std::int64_t timeout : {15, 20, 30, 60}) {
            FakeInfra infra = server(2);
            test::FakeHost host;
            host.left = timeout;
            const Tried tried = alone(infra, host, [&] {
                infra.before_list = [&] { // takes seven seconds, while the other key is used
                    infra.now += 7;
                    host.left -= 7;
                    infra.use(infra.keys[1]);
                };
            });
            CPPUNIT_ASSERT(tried.verdict == Tried::Verdict::unverified);
            CPPUNIT_ASSERT(host.left >= 5);
        }
    }

    void a_cancelled_wait_ends_the_run_and_is_no_doubt_about_the_secret() {
        for (const bool known : {true, false}) {
            FakeInfra infra = server(2);
            infra.now += hour;
            const ports::KeyListing seen = must(infra.list(ports::KeyQuery{}));
            infra.before_list = [&] { infra.use(infra.keys[1]); };
            test::FakeHost host;
            host.cancelled = true;
            const Secret secret(known ? infra.keys[0].secret
                                      : "aaaaaaaaaa." + std::string(24, 'x'));
            const auto tried =
                reconcile::try_copy(secret, {}, seen.rows, seen.time, infra.with(host));
            CPPUNIT_ASSERT(!tried.ok());
            CPPUNIT_ASSERT(tried.error().code == Code::cancelled);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TrySecretTest);

} // namespace
} // namespace infrastate
