// SPDX-License-Identifier: Apache-2.0
// The secret store on a disk that dies, loses what was not synced, or fails, at each single step of
// each operation. Nothing that was reported as done is lost, and the next run can always go on.
#include "fake_disk.h"
#include "store_fixture.h"

#include <functional>
#include <random>

namespace infrastate {
namespace {

using namespace test;
using File = ports::StoreView::File;

const std::string file = "/keys/key";
const std::string old_secret = fake_key('a');
const std::string new_secret = fake_key('c');

Record record_for(const ports::SecretStore& store, const std::string& secret) {
    Record record = full_record();
    record.secret_digest = store.digest_of(Secret(secret));
    record.id = server_id(secret == new_secret ? "new" : "old");
    return record;
}

/// How far a run got. Each member is set when its call has returned.
struct Done {
    bool intents = false, secret = false, record = false, published = false, closed = false;
};

Result<void> rotate(FakeDisk& disk, Done& done) {
    auto opened = store::open_secret_file({file}, disk);
    if (!opened) return opened.error();
    auto& store = **opened;
    if (auto r = store.lock([] { return false; }); !r) return r;
    if (auto r = store.look(); !r) return r.error();
    if (auto r = store.prepare(false); !r) return r;
    if (auto r = store.put_intents({full_intent()}); !r) return r;
    done.intents = true;
    if (auto r = store.put_new_secret(Secret(new_secret)); !r) return r;
    done.secret = true;
    if (auto r = store.put_record(record_for(store, new_secret)); !r) return r;
    done.record = true;
    if (auto r = store.publish(); !r) return r;
    done.published = true;
    if (auto r = store.put_intents({}); !r) return r;
    done.closed = true;
    return {};
}

/// The next run: finishes the hand-over if there is a leftover, else rotates again.
void recover(FakeDisk& disk, const std::string& where) {
    auto store = open_store(disk, file);
    must(store->lock([] { return false; }), where);
    auto view = must(store->look(), where);
    if (!view.leftover && !(view.secret && view.secret->equals(new_secret))) {
        must(store->prepare(false), where);
        must(store->put_new_secret(Secret(new_secret)), where);
        view.leftover = Secret(new_secret);
    }
    if (view.leftover) {
        must(store->sync_new_secret(), where);
        must(store->put_record(record_for(*store, new_secret)), where);
        must(store->publish(), where);
    } else {
        // The run died between the rename and the sync of the folder.
        must(store->put_record(record_for(*store, new_secret)), where);
    }
    must(store->put_intents({}), where);
    must(store->prepare(false), where); // uses what an earlier run has left
    const auto end = must(store->look(), where);
    CPPUNIT_ASSERT_MESSAGE(where, end.secret && end.secret->equals(new_secret));
    CPPUNIT_ASSERT_MESSAGE(where, end.record == record_for(*store, new_secret));
    CPPUNIT_ASSERT_MESSAGE(where, !end.leftover && !end.broken_leftover && end.intents.empty());
    CPPUNIT_ASSERT_MESSAGE(
        where, (disk.list() == std::vector<std::string>{"/keys/.key.infrastate",
                                                        "/keys/.key.infrastate.lock", file}));
}

/// What must be true at any moment.
void check_promises(FakeDisk& disk, const Done& done, bool had_file, const std::string& where) {
    auto store = open_store(disk, file);
    const auto view = must(store->look(), where);
    CPPUNIT_ASSERT_MESSAGE(where, view.warnings.empty()); // nothing is ever damaged
    const bool is_old =
        had_file ? view.secret && view.secret->equals(old_secret) : view.file == File::missing;
    const bool is_new = view.secret && view.secret->equals(new_secret);
    const bool waits = view.leftover && view.leftover->equals(new_secret);
    CPPUNIT_ASSERT_MESSAGE(where + " half a secret", is_old || is_new);
    if (done.intents && !done.published)
        CPPUNIT_ASSERT_MESSAGE(where + " intent lost", view.intents == std::vector{full_intent()});
    if (done.secret) CPPUNIT_ASSERT_MESSAGE(where + " secret lost", is_new || waits);
    if (done.record)
        CPPUNIT_ASSERT_MESSAGE(where + " record lost",
                               view.record == record_for(*store, new_secret));
    if (is_new)
        CPPUNIT_ASSERT_MESSAGE(where + " new secret beside an old record",
                               view.record == record_for(*store, new_secret));
    if (done.published) CPPUNIT_ASSERT_MESSAGE(where + " old secret again", is_new);
    if (done.closed) CPPUNIT_ASSERT_MESSAGE(where + " intent again", view.intents.empty());
}

FakeDisk disk_with_old_secret(bool had_file) {
    FakeDisk disk("/keys");
    if (!had_file) return disk;
    auto store = open_store(disk, file);
    must(store->put_new_secret(Secret(old_secret)));
    must(store->put_record(record_for(*store, old_secret)));
    must(store->publish());
    disk.process_dies();
    return disk;
}

/// Runs `body` with a crash before each of its steps. `after` sees what is left: once as the
/// process left it, and then after several losses of power.
void at_each_crash(const std::function<FakeDisk()>& make,
                   const std::function<void(FakeDisk&)>& body,
                   const std::function<void(FakeDisk&, const std::string&)>& after) {
    int steps = 0;
    {
        FakeDisk whole = make();
        body(whole);
        steps = whole.steps;
    }
    CPPUNIT_ASSERT(steps > 3);
    for (int step = 1; step <= steps + 1; ++step)
        for (unsigned seed = 0; seed < 12; ++seed) {
            FakeDisk disk = make();
            disk.crash_at = step;
            try {
                body(disk);
                CPPUNIT_ASSERT_EQUAL(steps + 1, step);
            } catch (const FakeDisk::Crash&) {
            }
            const std::string where = "step " + std::to_string(step) + ", power " +
                                      std::to_string(seed) + ":\n" + disk.log;
            std::mt19937 random(seed);
            if (seed == 0)
                disk.process_dies();
            else
                disk.power_fails(random);
            after(disk, where);
        }
}

/// The same with a failure of each step. `body` returns its error.
void at_each_failure(
    const std::function<FakeDisk()>& make, const std::function<Result<void>(FakeDisk&)>& body,
    const std::function<void(FakeDisk&, const Result<void>&, const std::string&)>& after) {
    int steps = 0;
    {
        FakeDisk whole = make();
        must(body(whole));
        steps = whole.steps;
    }
    CPPUNIT_ASSERT(steps > 3);
    for (const char* name : {"ENOSPC", "EIO", "EDQUOT", "EROFS"})
        for (int step = 1; step <= steps; ++step) {
            FakeDisk disk = make();
            disk.fail_at = step;
            disk.fail_with = name;
            const auto result = body(disk);
            const std::string where =
                std::string(name) + " at step " + std::to_string(step) + ":\n" + disk.log;
            CPPUNIT_ASSERT_MESSAGE(where, !result.ok());
            const Error error = must_fail(result, where);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, Code::file, error.code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::string(name), error.detail);
            CPPUNIT_ASSERT_MESSAGE(where, error.field == "secret_file" || error.field == "mode" ||
                                              error.field == "owner");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t{0},
                                         error.message.find(error.field + ": "));
            disk.process_dies();
            after(disk, result, where);
        }
}

class StoreCrashTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StoreCrashTest);
    CPPUNIT_TEST(the_fake_disk_loses_what_was_not_synced);
    CPPUNIT_TEST(a_rotation_survives_a_crash_at_each_step);
    CPPUNIT_TEST(a_rotation_survives_a_failure_of_each_step);
    CPPUNIT_TEST(a_removal_survives_a_crash_at_each_step);
    CPPUNIT_TEST(a_removal_survives_a_failure_of_each_step);
    CPPUNIT_TEST(set_attributes_survives_a_crash_at_each_step);
    CPPUNIT_TEST(a_failure_of_set_attributes_says_honestly_whether_something_changed);
    CPPUNIT_TEST(mode_and_owner_are_on_disk_when_publish_returns);
    CPPUNIT_TEST(a_failed_prepare_has_no_effect);
    CPPUNIT_TEST(a_leftover_of_a_run_that_died_is_synced_before_it_counts);
    CPPUNIT_TEST(only_prepare_may_meet_a_full_disk);
    CPPUNIT_TEST_SUITE_END();

public:
    void the_fake_disk_loses_what_was_not_synced() {
        int lost = 0, torn = 0, kept = 0;
        for (unsigned seed = 1; seed < 40; ++seed) {
            FakeDisk disk;
            disk.put("/keys/old", "old");
            disk.crash_at = 4; // written, not synced
            try {
                must(disk.write_new("/keys/new", "0123456789"));
                CPPUNIT_FAIL("no crash");
            } catch (const FakeDisk::Crash&) {
            }
            std::mt19937 random(seed);
            disk.power_fails(random);
            CPPUNIT_ASSERT_EQUAL(std::string("old"), disk.text("/keys/old"));
            if (!disk.has("/keys/new"))
                ++lost;
            else
                ++(disk.text("/keys/new") == "0123456789" ? kept : torn);
            must(disk.write_new("/keys/synced", "x"));
            must(disk.sync_folder("/keys"));
            disk.power_fails(random);
            CPPUNIT_ASSERT_EQUAL(std::string("x"), disk.text("/keys/synced"));
        }
        CPPUNIT_ASSERT(lost > 0 && torn > 0);
        CPPUNIT_ASSERT_EQUAL(39, lost + torn + kept);
    }

    void a_rotation_survives_a_crash_at_each_step() {
        for (const bool had_file : {true, false}) {
            Done done;
            at_each_crash([&] { return disk_with_old_secret(had_file); },
                          [&](FakeDisk& disk) {
                              done = Done{};
                              must(rotate(disk, done));
                          },
                          [&](FakeDisk& disk, const std::string& where) {
                              check_promises(disk, done, had_file, where);
                              recover(disk, where);
                          });
        }
    }

    void a_rotation_survives_a_failure_of_each_step() {
        for (const bool had_file : {true, false}) {
            Done done;
            at_each_failure(
                [&] { return disk_with_old_secret(had_file); },
                [&](FakeDisk& disk) {
                    done = Done{};
                    return rotate(disk, done);
                },
                [&](FakeDisk& disk, const Result<void>& result, const std::string& where) {
                    check_promises(disk, done, had_file, where);
                    const bool is_new = disk.has(file) && disk.text(file) == new_secret;
                    if (!done.published)
                        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, is_new ? Effect::changed : Effect::none,
                                                     must_fail(result).effect);
                    recover(disk, where);
                });
        }
    }

    void a_removal_survives_a_crash_at_each_step() {
        at_each_crash([] { return disk_for_removal(); }, [](FakeDisk& disk) { must(remove(disk)); },
                      [](FakeDisk& disk, const std::string& where) {
                          // Only the record proves that the file is ours, so it must be deleted
                          // after the file.
                          must(open_store(disk, file)->look(), where);
                          must(remove(disk), where);
                          CPPUNIT_ASSERT_MESSAGE(where, (disk.list() == after_removal()));
                      });
    }

    void a_removal_survives_a_failure_of_each_step() {
        at_each_failure(
            [] { return disk_for_removal(); }, [](FakeDisk& disk) { return remove(disk); },
            [](FakeDisk& disk, const Result<void>& result, const std::string& where) {
                const bool whole = disk.has(file) && disk.has("/keys/.key.infrastate.new") &&
                                   disk.has("/keys/.key.infrastate");
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, whole ? Effect::none : Effect::changed,
                                             must_fail(result).effect);
                must(open_store(disk, file)->look(), where);
                must(remove(disk), where);
                CPPUNIT_ASSERT_MESSAGE(where, (disk.list() == after_removal()));
            });
    }

    void set_attributes_survives_a_crash_at_each_step() {
        at_each_crash([] { return disk_with_wrong_attributes(); },
                      [](FakeDisk& disk) { must(attributes_store(disk)->set_attributes()); },
                      [](FakeDisk& disk, const std::string& where) {
                          auto store = attributes_store(disk);
                          const auto view = must(store->look(), where);
                          CPPUNIT_ASSERT_MESSAGE(where, view.secret->equals(old_secret));
                          must(store->set_attributes(), where);
                          CPPUNIT_ASSERT_MESSAGE(where, must(store->look()).attributes.empty());
                      });
    }

    void a_failure_of_set_attributes_says_honestly_whether_something_changed() {
        at_each_failure([] { return disk_with_wrong_attributes(); },
                        [](FakeDisk& disk) -> Result<void> {
                            auto store = store::open_secret_file({file, "0640", "7", "7"}, disk);
                            if (!store) return store.error();
                            return (*store)->set_attributes();
                        },
                        [](FakeDisk& disk, const Result<void>& result, const std::string& where) {
                            const auto info = disk.info(file);
                            const bool same = info.mode == 0666 && info.uid == 0 && info.gid == 0;
                            CPPUNIT_ASSERT_EQUAL_MESSAGE(where,
                                                         same ? Effect::none : Effect::changed,
                                                         must_fail(result).effect);
                        });
    }

    void mode_and_owner_are_on_disk_when_publish_returns() {
        for (unsigned seed = 1; seed < 20; ++seed) {
            FakeDisk disk = disk_with_old_secret(true);
            auto store = attributes_store(disk);
            must(store->put_new_secret(Secret(new_secret)));
            must(store->publish());
            std::mt19937 random(seed);
            disk.power_fails(random);
            CPPUNIT_ASSERT_EQUAL(new_secret, disk.text(file));
            CPPUNIT_ASSERT(must(attributes_store(disk)->look()).attributes.empty());
        }
    }

    void a_failed_prepare_has_no_effect() {
        at_each_failure([] { return disk_with_old_secret(true); },
                        [](FakeDisk& disk) -> Result<void> {
                            auto store = store::open_secret_file({file, "0640", "7", "7"}, disk);
                            if (!store) return store.error();
                            return (*store)->prepare(false);
                        },
                        [](FakeDisk& disk, const Result<void>& result, const std::string& where) {
                            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, Effect::none,
                                                         must_fail(result).effect);
                            CPPUNIT_ASSERT_EQUAL(old_secret, disk.text(file));
                            must(open_store(disk, file)->prepare(false), where);
                            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t{2}, disk.list().size());
                        });
    }

    void a_leftover_of_a_run_that_died_is_synced_before_it_counts() {
        for (unsigned seed = 1; seed < 30; ++seed) {
            FakeDisk disk = disk_with_old_secret(true);
            auto first = open_store(disk, file);
            disk.steps = 0;
            disk.crash_at = 5; // the new secret is written; neither it nor its name is synced
            try {
                must(first->put_new_secret(Secret(new_secret)));
                CPPUNIT_FAIL("no crash");
            } catch (const FakeDisk::Crash&) {
            }
            disk.process_dies();
            auto second = open_store(disk, file);
            CPPUNIT_ASSERT(must(second->look()).leftover->equals(new_secret));
            must(second->sync_new_secret());
            std::mt19937 random(seed);
            disk.power_fails(random);
            CPPUNIT_ASSERT(must(open_store(disk, file)->look()).leftover->equals(new_secret));
        }
    }

    void only_prepare_may_meet_a_full_disk() {
        // Whatever a hand-over writes at any time existed before, at full size and all at once.
        FakeDisk disk = disk_with_old_secret(true);
        std::size_t tried = 0, needed = 0, tried_files = 0, needed_files = 0;
        const auto count = [&disk](std::size_t& bytes, std::size_t& names) {
            std::size_t sum = 0;
            for (const auto& name : disk.list())
                sum += disk.text(name).size();
            bytes = std::max(bytes, sum);
            names = std::max(names, disk.list().size());
        };
        auto store = open_store(disk, file);
        disk.after_step = [&] { count(tried, tried_files); };
        must(store->prepare(false));
        disk.after_step = [&] { count(needed, needed_files); };
        Record record = record_for(*store, new_secret);
        for (int i = 0; i < 10; ++i)
            record.predecessors.push_back(record.predecessors[0]);
        must(store->put_intents({full_intent(), full_intent(), full_intent()}));
        must(store->put_new_secret(Secret(new_secret)));
        must(store->put_record(record));
        must(store->publish());
        CPPUNIT_ASSERT(tried >= needed);
        CPPUNIT_ASSERT(tried_files >= needed_files - 1); // the list of intents comes before a POST
        CPPUNIT_ASSERT(needed_files > 0);
    }

private:
    static FakeDisk disk_for_removal() {
        FakeDisk disk("/keys");
        disk.put(file, "a-key-of-another-shape");
        auto store = open_store(disk, file);
        must(store->put_record(record_for(*store, "a-key-of-another-shape")));
        must(store->put_intents({full_intent()}));
        must(store->put_new_secret(Secret(new_secret)));
        disk.process_dies();
        return disk;
    }
    static Result<void> remove(FakeDisk& disk) {
        auto store = store::open_secret_file({file}, disk);
        if (!store) return store.error();
        return (*store)->remove_all();
    }
    static std::vector<std::string> after_removal() { return {"/keys/.key.infrastate.intents"}; }
    static FakeDisk disk_with_wrong_attributes() {
        FakeDisk disk("/keys");
        disk.put(file, old_secret, 0666);
        return disk;
    }
    static std::unique_ptr<ports::SecretStore> attributes_store(FakeDisk& disk) {
        return open_store(disk, file, "0640", "7", "7");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StoreCrashTest);

} // namespace
} // namespace infrastate
