// SPDX-License-Identifier: Apache-2.0
// What prepare() finds before a key is deleted on the server, on real disks that are full,
// read-only, or not writable for us.
#include "store_fixture.h"

#include <sys/mount.h>

namespace infrastate {
namespace {

using namespace test;

class StorePrepareTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StorePrepareTest);
    CPPUNIT_TEST(prepare_leaves_nothing_behind);
    CPPUNIT_TEST(dry_prepare_writes_nothing);
    CPPUNIT_TEST(a_read_only_folder_is_found_before_anything_changes);
    CPPUNIT_TEST(a_full_disk_is_found_by_prepare);
    CPPUNIT_TEST(a_read_only_file_system_is_found_dry);
    CPPUNIT_TEST(a_file_that_is_mounted_by_itself_is_found_dry);
    CPPUNIT_TEST_SUITE_END();

public:
    std::unique_ptr<store::Files> files = store::system_files();

    void prepare_leaves_nothing_behind() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        write_text(folder / ".key.infrastate.tmp", "of a crash", 0644);
        must(store->prepare(false));
        CPPUNIT_ASSERT(names_in(folder.path()).empty());
        hand_over(*store, 'a');
        must(store->prepare(false));
        CPPUNIT_ASSERT_EQUAL(fake_key('a'), read_text(folder / "key"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, names_in(folder.path()).size());
    }

    void dry_prepare_writes_nothing() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        write_text(folder / ".key.infrastate.tmp", "of a crash");
        const auto before = std::filesystem::last_write_time(folder.path());
        must(store->prepare(true));
        CPPUNIT_ASSERT(before == std::filesystem::last_write_time(folder.path()));
        CPPUNIT_ASSERT_EQUAL(std::string("of a crash"), read_text(folder / ".key.infrastate.tmp"));
    }

    void a_read_only_folder_is_found_before_anything_changes() {
        TempFolder folder;
        ::chmod(folder.path().c_str(), 0555);
        const std::string path = folder / "key";
        const std::string said = as_nobody([&]() -> std::string {
            auto mine = store::system_files();
            auto store = store::open_secret_file({path}, *mine);
            if (!store) return "open: " + describe(store.error());
            if (auto view = (*store)->look(); !view) return "look: " + describe(view.error());
            for (const bool dry : {true, false}) {
                const auto done = (*store)->prepare(dry);
                if (done) return "prepare was content";
                const Error& error = done.error();
                if (error.detail != "EACCES" || error.field != "secret_file" ||
                    error.message.find(path.substr(0, path.rfind('/'))) == std::string::npos ||
                    error.message.find("user number 65534 has no permission") == std::string::npos)
                    return describe(error);
            }
            return {};
        });
        CPPUNIT_ASSERT_EQUAL(std::string(), said);
    }

    void a_full_disk_is_found_by_prepare() {
        TempFolder folder;
        if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0)
            return skipped("a_full_disk_is_found_by_prepare", "cannot mount a tmpfs");
        Error error;
        std::vector<std::string> left;
        {
            auto store = open_store(*files, folder / "key");
            must(store->prepare(false));
            hand_over(*store, 'a');
            std::ofstream(folder / "filler") << std::string(40u << 10, 'x');
            error = must_fail(store->prepare(false));
            must(store->prepare(true)); // nothing is written, so nothing is noticed
            left = names_in(folder.path());
        }
        const std::string kept = read_text(folder / "key");
        ::umount(folder.path().c_str());
        CPPUNIT_ASSERT_EQUAL(std::string("ENOSPC"), error.detail);
        CPPUNIT_ASSERT_EQUAL(std::string("secret_file"), error.field);
        CPPUNIT_ASSERT(error.effect == Effect::none);
        must_contain(error.message, "no space");
        CPPUNIT_ASSERT((std::vector<std::string>{".key.infrastate", "filler", "key"}) == left);
        CPPUNIT_ASSERT_EQUAL(fake_key('a'), kept);
    }

    void a_read_only_file_system_is_found_dry() {
        TempFolder folder;
        if (::mount("tmpfs", folder.path().c_str(), "tmpfs", MS_RDONLY, "size=64k") != 0)
            return skipped("a_read_only_file_system_is_found_dry", "cannot mount a tmpfs");
        auto store = open_store(*files, folder / "key");
        const auto view = store->look();
        const auto dry = store->prepare(true);
        const auto lock = store->lock([] { return false; });
        ::umount(folder.path().c_str());
        must(Result<void>(view ? Result<void>() : Result<void>(view.error())));
        CPPUNIT_ASSERT_EQUAL(std::string("EROFS"), must_fail(dry).detail);
        CPPUNIT_ASSERT_EQUAL(std::string("EROFS"), must_fail(lock).detail);
        must_contain(dry.error().message, "read-only");
    }

    void a_file_that_is_mounted_by_itself_is_found_dry() {
        TempFolder folder;
        write_text(folder / "key", fake_key('a'));
        write_text(folder / "source", fake_key('a'));
        if (::mount((folder / "source").c_str(), (folder / "key").c_str(), nullptr, MS_BIND,
                    nullptr) != 0)
            return skipped("a_file_that_is_mounted_by_itself", "cannot bind-mount");
        const auto info = files->look(folder / "key");
        const auto dry = open_store(*files, folder / "key")->prepare(true);
        const bool known = info && *info && (*info)->mount_point;
        ::umount((folder / "key").c_str());
        if (!known)
            return skipped("a_file_that_is_mounted_by_itself",
                           "this kernel does not tell (5.8 does)");
        CPPUNIT_ASSERT_EQUAL(std::string("EBUSY"), must_fail(dry).detail);
        must_contain(dry.error().message, "mount its folder");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StorePrepareTest);

} // namespace
} // namespace infrastate
