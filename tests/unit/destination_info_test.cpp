// SPDX-License-Identifier: Apache-2.0
// Listing destinations and waiting for one: what is asked, when, and what the result says. The
// server and the time are fakes; tests/contract tests a real server.
#include "fake_infra.h"
#include "support/check.h"

#include "infrastate/reconcile/destination_info.h"
#include "infrastate/wire/destination_info.h"

#include <deque>
#include <functional>

namespace infrastate {
namespace {

using plan::Connection;
using plan::DestinationQuery;
using test::FakeHost;
using test::must;
using test::must_contain;
using test::must_fail;

constexpr std::int64_t start = 1'800'000'000;

DestinationRow destination(const std::string& name, bool connected, std::int64_t seen = start - 5) {
    DestinationRow out{ServerId::parse("d" + name).value(), name, "kubernetes", connected};
    out.last_seen = Timestamp::from_unix(seen);
    return out;
}

/// A test changes its rows while somebody waits.
class Server final : public ports::DestinationApi {
public:
    std::vector<DestinationRow> rows;
    std::deque<Error> failures;
    std::int64_t now = start;
    bool exact = true;
    int asked = 0;

    Result<ports::DestinationListing>
    list_destinations(const ports::DestinationQuery& query) override {
        ++asked;
        if (!failures.empty()) {
            Error out = failures.front();
            failures.pop_front();
            return out;
        }
        ports::DestinationListing out{{}, {Timestamp::from_unix(now), exact}};
        for (const DestinationRow& row : rows)
            if (!query.name || row.name == *query.name) out.rows.push_back(row);
        return out;
    }
};

class DestinationInfoTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DestinationInfoTest);
    CPPUNIT_TEST(one_look_where_nothing_is_waited_for);
    CPPUNIT_TEST(the_pauses_double_up_to_fifteen_seconds);
    CPPUNIT_TEST(a_wait_ends_at_its_own_time);
    CPPUNIT_TEST(what_is_missing_is_waited_for_and_what_goes_is_disconnected);
    CPPUNIT_TEST(a_failure_that_may_pass_ends_no_wait);
    CPPUNIT_TEST(a_failure_that_stays_is_told);
    CPPUNIT_TEST(cancelling_ends_it);
    CPPUNIT_TEST(seen_after_wants_a_newer_sign_of_life);
    CPPUNIT_TEST(seen_after_in_the_future_is_refused);
    CPPUNIT_TEST(a_clock_without_a_date_is_told);
    CPPUNIT_TEST(parameters_that_contradict_are_refused);
    CPPUNIT_TEST_SUITE_END();

public:
    Server server;
    FakeHost host;
    std::vector<std::int64_t> pauses;
    std::function<void()> meanwhile;

    void setUp() override {
        host.left = 1000;
        host.on_pause = [this] {
            pauses.push_back(host.paused_ms);
            server.now = start + host.paused_ms / 1000;
            if (meanwhile) meanwhile();
        };
    }

    static DestinationQuery waiting(Connection what, std::int64_t seconds = 100) {
        DestinationQuery out;
        out.name = "web";
        out.wait_for = what;
        out.wait_timeout = Duration::from_seconds(seconds);
        return out;
    }
    Result<plan::DestinationsInfo> look(const DestinationQuery& query) {
        return reconcile::find_destinations(query, server, host);
    }

    void one_look_where_nothing_is_waited_for() {
        server.rows = {destination("b", false), destination("a", true)};
        const auto info = must(look({}));
        CPPUNIT_ASSERT_EQUAL(1, server.asked);
        CPPUNIT_ASSERT_EQUAL(std::string("a"), info.destinations.at(0).name);
        CPPUNIT_ASSERT(!info.connected && !info.waited_seconds && !info.unmet);
        DestinationQuery strict;
        strict.fail_if_disconnected = true;
        const auto unmet = must(look(strict)).unmet;
        CPPUNIT_ASSERT_EQUAL(std::string("disconnected"), unmet.value().detail);
        must_contain(unmet->message, "destination 'b' is not connected (last seen ");
        CPPUNIT_ASSERT(unmet->message.find("'a'") == std::string::npos);
    }

    void the_pauses_double_up_to_fifteen_seconds() {
        meanwhile = [this] {
            if (host.paused_ms >= 50'000) server.rows = {destination("web", true)};
        };
        const auto info = must(look(waiting(Connection::connected)));
        const std::vector<std::int64_t> sums{1000, 3000, 7000, 15'000, 30'000, 45'000, 60'000};
        CPPUNIT_ASSERT(pauses == sums);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{60}, info.waited_seconds.value());
        CPPUNIT_ASSERT(info.connected.value() && !info.unmet);
    }

    void a_wait_ends_at_its_own_time() {
        const auto info = must(look(waiting(Connection::connected, 20)));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20'000}, pauses.back());
        CPPUNIT_ASSERT_EQUAL(std::string("not_connected"), info.unmet.value().detail);
        must_contain(info.unmet->message, "after 20s there is still no destination 'web'");
        CPPUNIT_ASSERT(info.unmet->code == Code::deadline && info.unmet->retryable);
    }

    void what_is_missing_is_waited_for_and_what_goes_is_disconnected() {
        CPPUNIT_ASSERT(!must(look(waiting(Connection::disconnected))).unmet);
        CPPUNIT_ASSERT_EQUAL(1, server.asked);
        server.rows = {destination("web", true)};
        meanwhile = [this] { server.rows.clear(); };
        CPPUNIT_ASSERT(!must(look(waiting(Connection::disconnected))).unmet);
        CPPUNIT_ASSERT_EQUAL(3, server.asked);
    }

    void a_failure_that_may_pass_ends_no_wait() {
        const Error busy{Code::server, "busy", {}, "http_503", 503, true};
        server.failures = {busy, busy};
        server.rows = {destination("web", true)};
        CPPUNIT_ASSERT(must(look(waiting(Connection::connected))).connected.value());
        CPPUNIT_ASSERT_EQUAL(3, server.asked);
        server.failures = {busy};
        CPPUNIT_ASSERT_EQUAL(std::string("busy"), must_fail(look({})).message);
    }

    void a_failure_that_stays_is_told() {
        const Error refused{Code::auth, "unauthorized", {}, "http_401", 401};
        server.failures = {refused};
        CPPUNIT_ASSERT(must_fail(look(waiting(Connection::connected))).code == Code::auth);
        server.failures = {};
        for (int i = 0; i < 20; ++i)
            server.failures.push_back({Code::transport, "unreachable", {}, "refused", 0, true});
        const Error late = must_fail(look(waiting(Connection::connected, 20)));
        CPPUNIT_ASSERT_EQUAL(std::string("unreachable"), late.message);
    }

    void cancelling_ends_it() {
        host.cancelled = true;
        CPPUNIT_ASSERT(must_fail(look(waiting(Connection::connected))).code == Code::cancelled);
        server.failures = {{Code::cancelled, "cancelled", {}, "cancelled", 0, true}};
        host.cancelled = false;
        CPPUNIT_ASSERT(must_fail(look(waiting(Connection::connected))).code == Code::cancelled);
    }

    void seen_after_wants_a_newer_sign_of_life() {
        server.rows = {destination("web", true)};
        DestinationQuery query = waiting(Connection::connected, 20);
        query.seen_after_now = true;
        meanwhile = [this] {
            if (host.paused_ms >= 3000) server.rows = {destination("web", true, server.now)};
        };
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, must(look(query)).waited_seconds.value());
        // A time in the same second is not after it.
        server.rows = {destination("web", true, start)};
        meanwhile = nullptr;
        query.seen_after_now = false;
        query.seen_after = Timestamp::from_unix(start);
        const auto info = must(look(query));
        CPPUNIT_ASSERT(!info.connected.value());
        must_contain(info.unmet.value().message, "gave no sign of life after");
    }

    void seen_after_in_the_future_is_refused() {
        DestinationQuery query = waiting(Connection::connected);
        query.seen_after = Timestamp::from_unix(start + 60);
        const Error error = must_fail(look(query));
        CPPUNIT_ASSERT_EQUAL(std::string("seen_after"), error.field);
        must_contain(error.message, "lies in the future");
        CPPUNIT_ASSERT(pauses.empty());
    }

    void a_clock_without_a_date_is_told() {
        server.exact = false;
        server.rows = {destination("web", true, start + 5)};
        DestinationQuery query = waiting(Connection::connected);
        query.seen_after_now = true;
        must_contain(must(look(query)).warnings.at(0), "no current Date header");
    }

    void parameters_that_contradict_are_refused() {
        const auto field_of = [](Value parameters) {
            return must_fail(wire::destination_query(parameters)).field;
        };
        CPPUNIT_ASSERT_EQUAL(std::string("seen_after"),
                             field_of(Value::object({{"seen_after", "now"}})));
        CPPUNIT_ASSERT_EQUAL(
            std::string("seen_after"),
            field_of(Value::object(
                {{"name", "x"}, {"wait_for", "disconnected"}, {"seen_after", "now"}})));
        CPPUNIT_ASSERT_EQUAL(
            std::string("fail_if_disconnected"),
            field_of(Value::object(
                {{"name", "x"}, {"wait_for", "disconnected"}, {"fail_if_disconnected", true}})));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DestinationInfoTest);

} // namespace
} // namespace infrastate
