// SPDX-License-Identifier: Apache-2.0
// Mode, owner and group of the secret file: how they are written, compared, set, and refused.
#include "fake_disk.h"
#include "store_fixture.h"

namespace infrastate {
namespace {

using namespace test;

constexpr std::uint32_t nobody = 65534;

std::string shown(const std::vector<ports::FileAttributeChange>& changes) {
    std::string out;
    for (const auto& one : changes)
        out += one.attribute + " " + one.before + " -> " + one.after + "; ";
    return out;
}

std::string owners(const std::string& path) {
    struct stat status {};
    ::lstat(path.c_str(), &status);
    return std::to_string(status.st_uid) + ":" + std::to_string(status.st_gid);
}

class StoreAttributesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StoreAttributesTest);
    CPPUNIT_TEST(modes_are_read_octal_and_symbolic);
    CPPUNIT_TEST(dangerous_and_wrong_modes_are_refused_by_name);
    CPPUNIT_TEST(without_a_mode_only_a_wider_one_differs);
    CPPUNIT_TEST(an_asked_mode_is_compared_both_ways);
    CPPUNIT_TEST(a_mode_for_everybody_is_set_and_warned_of);
    CPPUNIT_TEST(owner_and_group_by_name_or_number);
    CPPUNIT_TEST(unknown_owner_and_group_are_refused_by_name);
    CPPUNIT_TEST(publish_sets_what_was_asked);
    CPPUNIT_TEST(publish_keeps_owner_and_group_that_nobody_asked_to_change);
    CPPUNIT_TEST(a_run_as_root_leaves_the_record_to_its_owner);
    CPPUNIT_TEST(set_attributes_leaves_the_contents_alone);
    CPPUNIT_TEST(giving_away_that_is_not_allowed_is_found_dry);
    CPPUNIT_TEST(a_group_of_this_user_may_be_given);
    CPPUNIT_TEST(anothers_file_whose_mode_is_wrong_is_found_dry);
    CPPUNIT_TEST(never_wider_than_asked_for_an_instant);
    CPPUNIT_TEST_SUITE_END();

public:
    std::unique_ptr<store::Files> files = store::system_files();

    void modes_are_read_octal_and_symbolic() {
        const std::pair<const char*, mode_t> table[] = {
            {"0640", 0640},        {"640", 0640},          {"00640", 0640},   {"0400", 0400},
            {"0755", 0755},        {"u=rw,g=r", 0640},     {"g+r", 0640},     {"ug=r", 0440},
            {"u-w", 0400},         {"a=r", 0444},          {"o=", 0600},      {"g=u", 0660},
            {"g=u-w", 0640},       {"u=rwx,go=X", 0711},   {"g+X", 0600},     {"u+x,g+X", 0710},
            {"u=r,u+w,g=r", 0640}, {"g=rw,o=r,g-w", 0644}, {"u=rw,g=", 0600},
        };
        for (const auto& [text, mode] : table) {
            TempFolder folder;
            auto store = open_store(*files, folder / "key", text);
            must(store->put_new_secret(Secret(fake_key())));
            must(store->publish(), text);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, mode, mode_of(folder / "key"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(),
                                         shown(must(store->look()).attributes));
        }
    }

    void dangerous_and_wrong_modes_are_refused_by_name() {
        const std::pair<const char*, const char*> table[] = {
            {"4600", "setuid"},
            {"02640", "setgid"},
            {"1600", "sticky"},
            {"u+s", "setuid"},
            {"g+s", "setgid"},
            {"u+t", "sticky"},
            {"0602", "everybody"},
            {"0666", "everybody"},
            {"o+w", "everybody"},
            {"a=rw", "everybody"},
            {"0000", "owner read"},
            {"0040", "owner read"},
            {"u=", "owner read"},
            {"u-r", "owner read"},
            {"+r", "for whom"},
            {"=rw", "for whom"},
            {"u=rw,+r", "for whom"},
            {"", "not a file's mode"},
            {"6", "not a file's mode"},
            {"64", "not a file's mode"},
            {"0680", "not a file's mode"},
            {"17777", "not a file's mode"},
            {"0o640", "not a file's mode"},
            {"-0640", "not a file's mode"},
            {"u=rw,", "not a file's mode"},
            {",u=rw", "not a file's mode"},
            {"u", "not a file's mode"},
            {"u=q", "not a file's mode"},
            {"u=rw g=r", "not a file's mode"},
            {"rw-r-----", "'rw-r-----' is not a file's mode"},
            {"777777", "not a file's mode"},
        };
        TempFolder folder;
        for (const auto& [text, words] : table) {
            const auto error =
                must_fail(store::open_secret_file({folder / "key", text}, *files), text);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, Code::argument, error.code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string("mode"), error.field);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::size_t{0}, error.message.find("mode: "));
            must_contain(error.message, words, text);
            must_contain(error.message, "0600", text);
        }
    }

    void without_a_mode_only_a_wider_one_differs() {
        const std::pair<mode_t, const char*> table[] = {
            {0600, ""},
            {0400, ""},
            {0640, "mode 0640 -> 0600; "},
            {0604, "mode 0604 -> 0600; "},
            {0700, "mode 0700 -> 0600; "},
            {0440, "mode 0440 -> 0600; "},
            {04600, "mode 4600 -> 0600; "},
        };
        for (const auto& [mode, changes] : table) {
            TempFolder folder;
            write_text(folder / "key", fake_key(), mode);
            auto store = open_store(*files, folder / "key");
            CPPUNIT_ASSERT_EQUAL(std::string(changes), shown(must(store->look()).attributes));
            must(store->set_attributes());
            CPPUNIT_ASSERT_EQUAL(*changes == '\0' ? mode : mode_t{0600}, mode_of(folder / "key"));
        }
    }

    void an_asked_mode_is_compared_both_ways() {
        TempFolder folder;
        write_text(folder / "key", fake_key(), 0600);
        auto store = open_store(*files, folder / "key", "0640");
        CPPUNIT_ASSERT_EQUAL(std::string("mode 0600 -> 0640; "),
                             shown(must(store->look()).attributes));
        must(store->set_attributes());
        CPPUNIT_ASSERT_EQUAL(mode_t{0640}, mode_of(folder / "key"));
        CPPUNIT_ASSERT(must(store->look()).attributes.empty());
        CPPUNIT_ASSERT_EQUAL(
            std::string("mode 0640 -> 0400; "),
            shown(must(open_store(*files, folder / "key", "u=r")->look()).attributes));
    }

    void a_mode_for_everybody_is_set_and_warned_of() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key", "0644");
        must(store->put_new_secret(Secret(fake_key())));
        must(store->publish());
        const auto view = must(store->look());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, view.warnings.size());
        must_contain(view.warnings[0], "mode: 0644 lets every user");
        // If nobody asked for it, it is a difference and is repaired: no warning is needed.
        CPPUNIT_ASSERT(must(open_store(*files, folder / "key")->look()).warnings.empty());
    }

    void owner_and_group_by_name_or_number() {
        if (::geteuid() != 0) return skipped("owner_and_group_by_name_or_number", "needs root");
        TempFolder folder;
        class Named final : public store::Files {
        public:
            explicit Named(store::Files& real) : real_(real) {}
            Result<std::optional<std::uint32_t>> user_id(const std::string& name) override {
                if (name == "app") return std::optional<std::uint32_t>(nobody);
                return std::optional<std::uint32_t>();
            }
            Result<std::optional<std::uint32_t>> group_id(const std::string& name) override {
                if (name == "broken") return Error{Code::file, "the directory is down", {}, "EIO"};
                return user_id(name);
            }
            Result<std::string> real_folder(const std::string& f) override {
                return real_.real_folder(f);
            }
            Result<std::optional<store::FileInfo>> look(const std::string& p) override {
                return real_.look(p);
            }
            Result<std::optional<Secret>> read(const std::string& p, std::size_t n) override {
                return real_.read(p, n);
            }
            Result<void> write_new(const std::string& p, std::string_view b) override {
                return real_.write_new(p, b);
            }
            Result<void> sync(const std::string& p) override { return real_.sync(p); }
            Result<void> rename(const std::string& a, const std::string& b) override {
                return real_.rename(a, b);
            }
            Result<bool> remove(const std::string& p) override { return real_.remove(p); }
            Result<void> sync_folder(const std::string& p) override { return real_.sync_folder(p); }
            Result<void> set_mode(const std::string& p, std::uint32_t m) override {
                return real_.set_mode(p, m);
            }
            Result<void> set_owner(const std::string& p, std::int64_t u, std::int64_t g) override {
                return real_.set_owner(p, u, g);
            }
            Result<void> may_write_folder(const std::string& p) override {
                return real_.may_write_folder(p);
            }
            Result<void> may_own(std::int64_t u, std::int64_t g) override {
                return real_.may_own(u, g);
            }
            std::uint32_t uid() override { return real_.uid(); }
            Result<std::unique_ptr<Lock>> try_lock(const std::string& p) override {
                return real_.try_lock(p);
            }
            void wait_a_moment() override { real_.wait_a_moment(); }

        private:
            store::Files& real_;
        } named(*files);
        write_text(folder / "key", fake_key());
        auto by_name = open_store(named, folder / "key", {}, "app", "app");
        CPPUNIT_ASSERT_EQUAL(std::string("owner 0 -> app; group 0 -> app; "),
                             shown(must(by_name->look()).attributes));
        must(by_name->set_attributes());
        CPPUNIT_ASSERT_EQUAL(std::string("65534:65534"), owners(folder / "key"));
        auto by_number = open_store(*files, folder / "key", {}, "0", "7");
        must(by_number->set_attributes());
        CPPUNIT_ASSERT_EQUAL(std::string("0:7"), owners(folder / "key"));
        // The real database of users on this machine.
        auto root = open_store(*files, folder / "key", {}, "root", "root");
        CPPUNIT_ASSERT_EQUAL(std::string("group 7 -> root; "),
                             shown(must(root->look()).attributes));
        const auto down =
            must_fail(store::open_secret_file({folder / "key", {}, {}, "broken"}, named));
        CPPUNIT_ASSERT_EQUAL(std::string("group"), down.field);
        must_contain(down.message, "the directory is down");
    }

    void unknown_owner_and_group_are_refused_by_name() {
        TempFolder folder;
        for (const char* name : {"no-such-user-here", "", "4294967295", "99999999999999999999",
                                 "-1", "0x10", " root"}) {
            const auto owner =
                must_fail(store::open_secret_file({folder / "key", {}, name, {}}, *files), name);
            CPPUNIT_ASSERT_EQUAL(Code::argument, owner.code);
            CPPUNIT_ASSERT_EQUAL(std::string("owner"), owner.field);
            must_contain(owner.message, "owner: ", name);
            must_contain(owner.message, "name or the number of a user", name);
            const auto group =
                must_fail(store::open_secret_file({folder / "key", {}, {}, name}, *files), name);
            CPPUNIT_ASSERT_EQUAL(std::string("group"), group.field);
            must_contain(group.message, "name or the number of a group", name);
        }
    }

    void publish_sets_what_was_asked() {
        if (::geteuid() != 0) return skipped("publish_sets_what_was_asked", "needs root");
        TempFolder folder;
        auto store = open_store(*files, folder / "key", "g+r", "65534", "7");
        must(store->prepare(false));
        must(store->put_new_secret(Secret(fake_key())));
        must(store->put_record(full_record()));
        must(store->publish());
        CPPUNIT_ASSERT_EQUAL(std::string("65534:7"), owners(folder / "key"));
        CPPUNIT_ASSERT_EQUAL(mode_t{0640}, mode_of(folder / "key"));
        // The files beside it keep our owner.
        CPPUNIT_ASSERT_EQUAL(std::string("0:0"), owners(folder / ".key.infrastate"));
        CPPUNIT_ASSERT_EQUAL(mode_t{0600}, mode_of(folder / ".key.infrastate"));
    }

    void publish_keeps_owner_and_group_that_nobody_asked_to_change() {
        if (::geteuid() != 0)
            return skipped("publish_keeps_owner_and_group_that_nobody_asked_to_change",
                           "needs root");
        TempFolder folder;
        write_text(folder / "key", fake_key('a'));
        CPPUNIT_ASSERT_EQUAL(0, ::chown((folder / "key").c_str(), nobody, 7));
        auto store = open_store(*files, folder / "key");
        CPPUNIT_ASSERT(must(store->look()).attributes.empty());
        must(store->put_new_secret(Secret(fake_key('c'))));
        must(store->publish());
        CPPUNIT_ASSERT_EQUAL(std::string("65534:7"), owners(folder / "key"));
        CPPUNIT_ASSERT_EQUAL(fake_key('c'), read_text(folder / "key"));
    }

    void a_run_as_root_leaves_the_record_to_its_owner() {
        if (::geteuid() != 0)
            return skipped("a_run_as_root_leaves_the_record_to_its_owner", "needs root");
        TempFolder folder;
        CPPUNIT_ASSERT_EQUAL(0, ::chown(folder.path().c_str(), nobody, 7));
        auto store = open_store(*files, folder / "key");
        must(store->put_record(full_record()));
        CPPUNIT_ASSERT_EQUAL(std::string("0:0"), owners(folder / ".key.infrastate"));
        CPPUNIT_ASSERT_EQUAL(0, ::chown((folder / ".key.infrastate").c_str(), nobody, 7));
        must(store->put_record(full_record()));
        must(store->put_intents({full_intent()}));
        for (const char* name : {".key.infrastate", ".key.infrastate.intents"}) {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("65534:7"), owners(folder / name));
            CPPUNIT_ASSERT_EQUAL(mode_t{0600}, mode_of(folder / name));
        }
    }

    void set_attributes_leaves_the_contents_alone() {
        TempFolder folder;
        write_text(folder / "key", fake_key(), 0644);
        const auto before = std::filesystem::last_write_time(folder / "key");
        struct stat first {
        }, second{};
        ::stat((folder / "key").c_str(), &first);
        auto store = open_store(*files, folder / "key");
        must(store->set_attributes());
        ::stat((folder / "key").c_str(), &second);
        CPPUNIT_ASSERT(before == std::filesystem::last_write_time(folder / "key"));
        CPPUNIT_ASSERT_EQUAL(first.st_ino, second.st_ino);
        ::unlink((folder / "key").c_str());
        CPPUNIT_ASSERT_EQUAL(std::string("ENOENT"), must_fail(store->set_attributes()).detail);
    }

    void giving_away_that_is_not_allowed_is_found_dry() {
        TempFolder folder;
        ::chmod(folder.path().c_str(), 0777);
        const std::string path = folder / "key";
        const std::string said = as_nobody([&]() -> std::string {
            auto mine = store::system_files();
            for (const char* field : {"owner", "group"}) {
                const std::optional<std::string> root("0"), nobody_asked;
                const bool owner = std::string_view(field) == "owner";
                const store::SecretFileSettings settings{
                    path, {}, owner ? root : nobody_asked, owner ? nobody_asked : root};
                auto store = store::open_secret_file(settings, *mine);
                if (!store) return "open: " + describe(store.error());
                for (const bool dry : {true, false}) {
                    const auto done = (*store)->prepare(dry);
                    if (done) return std::string("prepare was content with ") + field;
                    const Error& error = done.error();
                    if (error.field != field || error.detail != "EPERM" ||
                        error.message.find(path) == std::string::npos)
                        return describe(error);
                }
            }
            return {};
        });
        CPPUNIT_ASSERT_EQUAL(std::string(), said);
        CPPUNIT_ASSERT(names_in(folder.path()).empty());
    }

    void a_group_of_this_user_may_be_given() {
        TempFolder folder;
        ::chmod(folder.path().c_str(), 0777);
        const std::string path = folder / "key";
        const std::string said = as_nobody([&]() -> std::string {
            auto mine = store::system_files();
            auto store = store::open_secret_file(
                {path, "u=rw,g=r", std::to_string(::geteuid()), std::to_string(::getegid())},
                *mine);
            if (!store) return describe(store.error());
            for (const auto& done :
                 {(*store)->prepare(true), (*store)->prepare(false),
                  (*store)->put_new_secret(Secret(fake_key())), (*store)->publish()})
                if (!done) return describe(Result<void>(done).error());
            return {};
        });
        CPPUNIT_ASSERT_EQUAL(std::string(), said);
        CPPUNIT_ASSERT_EQUAL(mode_t{0640}, mode_of(path));
    }

    void anothers_file_whose_mode_is_wrong_is_found_dry() {
        if (::geteuid() != 0)
            return skipped("anothers_file_whose_mode_is_wrong_is_found_dry", "needs root");
        TempFolder folder;
        ::chmod(folder.path().c_str(), 0777);
        const std::string path = folder / "key";
        write_text(path, fake_key(), 0644);
        const std::string said = as_nobody([&]() -> std::string {
            auto mine = store::system_files();
            auto store = store::open_secret_file({path}, *mine);
            if (!store) return describe(store.error());
            auto view = (*store)->look();
            if (!view) return describe(view.error());
            if (view->attributes.empty()) return "no difference is seen";
            if ((*store)->prepare(true)) return "prepare was content";
            auto done = (*store)->set_attributes();
            if (done) return "set_attributes was content";
            if (done.error().field != "mode" || done.error().effect != Effect::none)
                return describe(done.error());
            return {};
        });
        CPPUNIT_ASSERT_EQUAL(std::string(), said);
    }

    void never_wider_than_asked_for_an_instant() {
        // Every state between two system calls, for each change from one mode and owner to another.
        for (const std::uint32_t before : {0600u, 0640u, 0644u, 0660u, 0400u})
            for (const char* mode : {"0600", "0640", "0400", "0660"})
                for (const bool given : {false, true})
                    for (const bool publish : {false, true}) {
                        FakeDisk disk;
                        disk.put("/keys/key", fake_key('a'), before);
                        auto store =
                            open_store(disk, "/keys/key", mode,
                                       given ? std::optional<std::string>("1000") : std::nullopt,
                                       given ? std::optional<std::string>("1000") : std::nullopt);
                        const auto asked = static_cast<std::uint32_t>(std::stoul(mode, nullptr, 8));
                        disk.after_step = [&] {
                            for (const auto& name : disk.list()) {
                                const auto info = disk.info(name);
                                // Whoever could read it before may still read it. Nobody else may,
                                // unless it was asked for.
                                const bool was = name == "/keys/key" && info.uid == 0 &&
                                                 disk.text(name) == fake_key('a');
                                const auto allowed =
                                    name == "/keys/key" || name == "/keys/.key.infrastate.new"
                                        ? asked | 0600u | (was ? before : 0u)
                                        : 0600u;
                                CPPUNIT_ASSERT_EQUAL_MESSAGE(disk.log, 0u, info.mode & ~allowed);
                                if (info.uid == 1000)
                                    CPPUNIT_ASSERT_EQUAL_MESSAGE(disk.log, 0u,
                                                                 info.mode & ~(asked | 0600u));
                            }
                        };
                        if (publish) {
                            must(store->put_new_secret(Secret(fake_key('c'))));
                            must(store->publish());
                        } else {
                            must(store->set_attributes());
                        }
                        disk.after_step = {};
                        CPPUNIT_ASSERT_EQUAL(asked, disk.info("/keys/key").mode);
                        CPPUNIT_ASSERT_EQUAL(given ? 1000u : 0u, disk.info("/keys/key").uid);
                        CPPUNIT_ASSERT(must(store->look()).attributes.empty());
                    }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StoreAttributesTest);

} // namespace
} // namespace infrastate
