// SPDX-License-Identifier: Apache-2.0
// Folders that cannot be written to and locks that cannot be taken are found before anything is
// deleted, in check mode too. If there is nothing to do they do no harm.
#include "fake_disk.h"
#include "fake_machine.h"
#include "store_fixture.h"

namespace infrastate {
namespace {

using namespace test; // NOLINT: the fakes of this test
using plan::Desired;
using reconcile::Mode;
using reconcile::Report;

constexpr std::int64_t hour = 3600;

Desired key(plan::State state = plan::State::present) {
    return Desired{state, must(KeyName::parse("web"))};
}

/// A machine with its disk in memory. The key was made, and the lock file is there.
struct Setup {
    Setup() {
        auto made = std::make_unique<FakeDisk>(machine.folder());
        disk = made.get();
        machine.files = std::move(made);
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"), done(machine.run(infra, key())));
    }
    std::string name_of_lock() const { return machine.path(".key.infrastate.lock"); }
    std::string sent() const {
        for (const std::string& call : infra.calls)
            if (call.starts_with("delete") || call.starts_with("create")) return call;
        return "";
    }

    FakeInfra infra{};
    Machine machine{};
    FakeDisk* disk = nullptr;
};

class ReconcileFolderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReconcileFolderTest);
    CPPUNIT_TEST(absent_deletes_nothing_where_the_file_cannot_be_removed);
    CPPUNIT_TEST(nothing_to_do_needs_no_folder_that_can_be_written);
    CPPUNIT_TEST(a_predecessor_stays_where_the_record_cannot_be_written);
    CPPUNIT_TEST(a_lock_that_cannot_be_taken_is_found_in_check_mode);
    CPPUNIT_TEST(a_lock_that_another_run_holds_does_not_stop_check_mode);
    CPPUNIT_TEST(a_full_disk_does_not_stop_a_removal);
    CPPUNIT_TEST(a_folder_without_rights_is_found_on_a_real_disk);
    CPPUNIT_TEST_SUITE_END();

public:
    void absent_deletes_nothing_where_the_file_cannot_be_removed() {
        const auto sealed = [](const char* errno_value) {
            return [errno_value](Setup& setup) { setup.disk->sealed = errno_value; };
        };
        const auto immutable = [](const char* name) {
            return [name](Setup& setup) { setup.disk->immutable.insert(setup.machine.path(name)); };
        };
        const std::vector<std::function<void(Setup&)>> faults{
            sealed("EACCES"),
            sealed("EROFS"),
            immutable("key"),
            immutable(".key.infrastate"),
            [](Setup& setup) { setup.disk->immutable.insert(setup.machine.folder()); },
            [](Setup& setup) { // no lock file exists, and none can be made
                must(setup.disk->remove(setup.name_of_lock()));
                setup.disk->sealed = "EACCES";
            }};
        for (std::size_t i = 0; i < faults.size(); ++i) {
            Setup setup;
            const std::string where = "fault " + std::to_string(i);
            faults[i](setup);
            for (Mode mode : {Mode::check, Mode::apply}) {
                const Report report =
                    setup.machine.run(setup.infra, key(plan::State::absent), mode);
                CPPUNIT_ASSERT_MESSAGE(where, report.error && !report.changed);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::string("secret_file"),
                                             report.error->field);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::string(), setup.sent());
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t{1}, setup.infra.keys.size());
            }
            setup.disk->sealed.clear();
            setup.disk->immutable.clear();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                where, std::string("ok delete delete_file changed"),
                done(setup.machine.run(setup.infra, key(plan::State::absent))));
        }
    }

    void nothing_to_do_needs_no_folder_that_can_be_written() {
        for (bool with_lock : {true, false})
            for (Mode mode : {Mode::check, Mode::apply}) {
                Setup setup;
                if (!with_lock) must(setup.disk->remove(setup.name_of_lock()));
                setup.disk->sealed = "EACCES";
                CPPUNIT_ASSERT_EQUAL(std::string("ok"),
                                     done(setup.machine.run(setup.infra, key(), mode)));
                setup.disk->sealed.clear();
                CPPUNIT_ASSERT(!setup.machine.run(setup.infra, key(plan::State::absent)).error);
                if (!with_lock) must(setup.disk->remove(setup.name_of_lock()));
                setup.disk->sealed = "EROFS";
                CPPUNIT_ASSERT_EQUAL(
                    std::string("absent"),
                    done(setup.machine.run(setup.infra, key(plan::State::absent), mode)));
            }
    }

    void a_predecessor_stays_where_the_record_cannot_be_written() {
        Setup setup;
        Desired want = key();
        want.overlap = must(Duration::parse("1h"));
        want.recreate = plan::Recreate::always;
        setup.machine.run(setup.infra, want);
        want.recreate = plan::Recreate::state_change;
        setup.infra.now += 2 * hour;
        setup.disk->sealed = "EACCES";
        for (Mode mode : {Mode::check, Mode::apply}) {
            const Report report = setup.machine.run(setup.infra, want, mode);
            CPPUNIT_ASSERT_EQUAL(std::string("ok error:EACCES"), done(report));
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, setup.infra.keys.size());
        }
        setup.disk->sealed.clear();
        CPPUNIT_ASSERT_EQUAL(std::string("ok retire changed"),
                             done(setup.machine.run(setup.infra, want)));
    }

    void a_lock_that_cannot_be_taken_is_found_in_check_mode() {
        for (auto state : {plan::State::present, plan::State::absent}) {
            FakeInfra infra;
            Machine machine;
            if (state == plan::State::absent) {
                machine.run(infra, key());
                std::filesystem::remove(machine.path(".key.infrastate.lock"));
            }
            const auto keys = infra.keys.size();
            std::filesystem::create_directory(machine.path(".key.infrastate.lock"));
            for (Mode mode : {Mode::check, Mode::apply}) {
                const Report report = machine.run(infra, key(state), mode);
                CPPUNIT_ASSERT(report.error && !report.changed);
                CPPUNIT_ASSERT_EQUAL(std::string("not_regular"), report.error->detail);
                must_contain(report.error->message, "is a folder");
                CPPUNIT_ASSERT_EQUAL(keys, infra.keys.size());
            }
            std::filesystem::remove(
                machine.path(".key.infrastate.lock")); // the remedy that the error names
            CPPUNIT_ASSERT(machine.run(infra, key(state)).changed);
        }
    }

    void a_lock_that_another_run_holds_does_not_stop_check_mode() {
        FakeInfra infra;
        Machine machine;
        auto other = must(store::open_secret_file({machine.path(), {}, {}, {}}, *machine.files));
        must(other->lock([] { return false; }));
        CPPUNIT_ASSERT_EQUAL(std::string("absent create changed"),
                             done(machine.run(infra, key(), Mode::check)));
    }

    void a_full_disk_does_not_stop_a_removal() {
        Setup setup;
        FakeDisk& disk = *setup.disk;
        CPPUNIT_ASSERT(disk.has(setup.machine.path()));
        disk.full = true;
        CPPUNIT_ASSERT_EQUAL(std::string("ok delete delete_file changed"),
                             done(setup.machine.run(setup.infra, key(plan::State::absent))));
        CPPUNIT_ASSERT(!disk.has(setup.machine.path()));
    }

    void a_folder_without_rights_is_found_on_a_real_disk() {
        const std::string said = as_nobody([]() -> std::string {
            FakeInfra infra;
            Machine machine;
            machine.run(infra, key());
            for (bool with_lock : {true, false}) {
                if (!with_lock) std::filesystem::remove(machine.path(".key.infrastate.lock"));
                ::chmod(machine.folder().c_str(), 0555);
                std::string wrong;
                for (Mode mode : {Mode::check, Mode::apply}) {
                    const auto removal = machine.run(infra, key(plan::State::absent), mode);
                    if (done(removal) != "ok error:EACCES" || infra.keys.size() != 1)
                        wrong += " absent: " + done(removal);
                    const auto quiet = machine.run(infra, key(), mode);
                    if (done(quiet) != "ok") wrong += " present: " + done(quiet);
                }
                ::chmod(machine.folder().c_str(), 0755);
                if (!wrong.empty()) return (with_lock ? "with lock:" : "without lock:") + wrong;
            }
            return "";
        });
        CPPUNIT_ASSERT_EQUAL(std::string(), said);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReconcileFolderTest);

} // namespace
} // namespace infrastate
