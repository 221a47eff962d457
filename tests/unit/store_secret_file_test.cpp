// SPDX-License-Identifier: Apache-2.0
// The secret file on the real disk: what is accepted, what is refused, and the files after a
// hand-over.
#include "store_fixture.h"

namespace infrastate {
namespace {

using namespace test;
using File = ports::StoreView::File;

constexpr std::uint32_t nobody = 65534;

bool root() {
    return ::geteuid() == 0;
}

class SecretFileTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SecretFileTest);
    CPPUNIT_TEST(nothing_there_is_missing_and_changes_nothing);
    CPPUNIT_TEST(a_hand_over_leaves_the_secret_without_a_newline_and_private);
    CPPUNIT_TEST(an_empty_file_is_empty);
    CPPUNIT_TEST(one_newline_after_the_key_is_accepted_with_a_warning);
    CPPUNIT_TEST(what_is_no_access_key_is_refused_and_left_alone);
    CPPUNIT_TEST(contents_that_the_record_knows_are_ours);
    CPPUNIT_TEST(a_huge_file_is_refused_without_being_read);
    CPPUNIT_TEST(a_symlink_a_folder_and_a_pipe_are_refused);
    CPPUNIT_TEST(a_pipe_in_place_of_the_record_does_not_hang);
    CPPUNIT_TEST(a_file_put_in_its_place_after_look_is_not_overwritten);
    CPPUNIT_TEST(a_file_put_in_its_place_after_look_is_not_removed);
    CPPUNIT_TEST(another_users_file_in_a_sticky_folder_is_refused);
    CPPUNIT_TEST(another_users_record_in_a_sticky_folder_is_not_believed);
    CPPUNIT_TEST(a_record_of_another_user_is_refused_where_others_write);
    CPPUNIT_TEST(a_folder_that_everybody_writes_gets_a_warning);
    CPPUNIT_TEST(a_leftover_is_seen_and_a_broken_one_told_apart);
    CPPUNIT_TEST(a_new_secret_replaces_an_older_leftover);
    CPPUNIT_TEST(remove_all_leaves_only_the_lock_and_open_intents);
    CPPUNIT_TEST(remove_all_takes_an_empty_or_damaged_list_of_intents);
    CPPUNIT_TEST(remove_all_of_nothing_is_fine);
    CPPUNIT_TEST(an_empty_list_of_intents_is_no_file);
    CPPUNIT_TEST(a_folder_that_is_missing_or_none_is_one_clear_sentence);
    CPPUNIT_TEST(wrong_paths_are_refused_by_name);
    CPPUNIT_TEST(the_folder_is_resolved_and_the_last_part_is_not);
    CPPUNIT_TEST(the_digest_is_that_of_this_version_for_ever);
    CPPUNIT_TEST_SUITE_END();

public:
    std::unique_ptr<store::Files> files = store::system_files();

    void nothing_there_is_missing_and_changes_nothing() {
        TempFolder folder;
        const auto view = must(open_store(*files, folder / "key")->look());
        CPPUNIT_ASSERT(view.file == File::missing);
        CPPUNIT_ASSERT(!view.secret && !view.leftover && !view.broken_leftover && !view.record);
        CPPUNIT_ASSERT(view.intents.empty() && view.attributes.empty() && view.warnings.empty());
        CPPUNIT_ASSERT(names_in(folder.path()).empty());
    }

    void a_hand_over_leaves_the_secret_without_a_newline_and_private() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
            const mode_t before = ::umask(mask);
            must(store->prepare(false));
            must(store->put_intents({full_intent()}));
            hand_over(*store, 'a');
            ::umask(before);
            CPPUNIT_ASSERT_EQUAL(fake_key('a'), read_text(folder / "key"));
            for (const char* name : {"key", ".key.infrastate", ".key.infrastate.intents"})
                CPPUNIT_ASSERT_EQUAL(mode_t{0600}, mode_of(folder / name));
        }
        const auto view = must(store->look());
        CPPUNIT_ASSERT(view.file == File::secret);
        CPPUNIT_ASSERT(view.secret->equals(fake_key('a')));
        CPPUNIT_ASSERT(!view.leftover && view.warnings.empty());
        CPPUNIT_ASSERT_EQUAL(store->digest_of(*view.secret), view.record->secret_digest);
        for (const auto& name : names_in(folder.path()))
            if (name != "key") must_not_contain(read_text(folder / name), fake_key('a'), name);
    }

    void an_empty_file_is_empty() {
        TempFolder folder;
        write_text(folder / "key", "");
        auto store = open_store(*files, folder / "key");
        CPPUNIT_ASSERT(must(store->look()).file == File::empty);
        hand_over(*store, 'a');
        CPPUNIT_ASSERT_EQUAL(fake_key('a'), read_text(folder / "key"));
    }

    void one_newline_after_the_key_is_accepted_with_a_warning() {
        TempFolder folder;
        write_text(folder / "key", fake_key('a') + "\n");
        const auto view = must(open_store(*files, folder / "key")->look());
        CPPUNIT_ASSERT(view.secret->equals(fake_key('a')));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, view.warnings.size());
        must_contain(view.warnings[0], "line break");
    }

    void what_is_no_access_key_is_refused_and_left_alone() {
        const std::string others[] = {
            "connector:\n  config: {}\n",
            "\n",
            " " + fake_key('a'),
            fake_key('a') + "\n\n",
            fake_key('a') + "\r\n",
            fake_key('a') + " ",
            fake_key('a').substr(1),
            fake_key('a') + "b",
            std::string(35, '\0'),
            std::string(4096, 'x'),
            "aaaaaaaaaa-" + fake_key('a').substr(11),
        };
        for (const auto& text : others) {
            TempFolder folder;
            write_text(folder / "values.yaml", text);
            auto store = open_store(*files, folder / "values.yaml");
            const auto error = must_fail(store->look(), text);
            CPPUNIT_ASSERT_EQUAL(Code::file, error.code);
            CPPUNIT_ASSERT_EQUAL(std::string("foreign_contents"), error.detail);
            CPPUNIT_ASSERT_EQUAL(std::string("secret_file"), error.field);
            must_contain(error.message, folder / "values.yaml");
            must_fail(store->remove_all(), text);
            must(store->put_new_secret(Secret(fake_key('c'))));
            must_fail(store->publish(), text);
            CPPUNIT_ASSERT_EQUAL(text, read_text(folder / "values.yaml"));
        }
    }

    void contents_that_the_record_knows_are_ours() {
        TempFolder folder;
        // A later server may make keys of another form. Such a file is then recognized by its
        // digest.
        write_text(folder / "key", "a-key-of-another-shape");
        auto store = open_store(*files, folder / "key");
        Record record = full_record();
        record.secret_digest = store->digest_of(Secret("a-key-of-another-shape"));
        must(store->put_record(record));
        CPPUNIT_ASSERT(must(store->look()).secret->equals("a-key-of-another-shape"));
        hand_over(*store, 'a');
        CPPUNIT_ASSERT_EQUAL(fake_key('a'), read_text(folder / "key"));
        write_text(folder / "key", "a-key-of-some-other-shape");
        must_fail(store->look());
    }

    void a_huge_file_is_refused_without_being_read() {
        TempFolder folder;
        write_text(folder / "key", "");
        CPPUNIT_ASSERT_EQUAL(0, ::truncate((folder / "key").c_str(), off_t{1} << 30));
        CPPUNIT_ASSERT_EQUAL(std::string("foreign_contents"),
                             must_fail(open_store(*files, folder / "key")->look()).detail);
        // Reading it would need that much memory.
        CPPUNIT_ASSERT_EQUAL(std::string("EFBIG"),
                             must_fail(files->read(folder / "key", 4096)).detail);
        ::rename((folder / "key").c_str(), (folder / ".key.infrastate").c_str());
        const auto view = must(open_store(*files, folder / "key")->look());
        CPPUNIT_ASSERT(!view.record);
        must_contain(view.warnings.at(0), "too large");
        ::rename((folder / ".key.infrastate").c_str(), (folder / ".key.infrastate.new").c_str());
        CPPUNIT_ASSERT(must(open_store(*files, folder / "key")->look()).broken_leftover);
    }

    void a_symlink_a_folder_and_a_pipe_are_refused() {
        TempFolder folder;
        write_text(folder / "target", fake_key('a'));
        CPPUNIT_ASSERT_EQUAL(0, ::symlink("target", (folder / "link").c_str()));
        CPPUNIT_ASSERT_EQUAL(0, ::symlink("nowhere", (folder / "dangling").c_str()));
        CPPUNIT_ASSERT_EQUAL(0, ::mkdir((folder / "folder").c_str(), 0700));
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((folder / "pipe").c_str(), 0600));
        const std::pair<const char*, const char*> table[] = {{"link", "symbolic link"},
                                                             {"dangling", "symbolic link"},
                                                             {"folder", "a folder"},
                                                             {"pipe", "a pipe"}};
        for (const auto& [name, words] : table) {
            auto store = open_store(*files, folder / name);
            for (const auto& error :
                 {must_fail(store->look(), name), must_fail(store->prepare(true), name),
                  must_fail(store->remove_all(), name), must_fail(store->set_attributes(), name)}) {
                CPPUNIT_ASSERT_EQUAL(std::string("not_regular"), error.detail);
                CPPUNIT_ASSERT_EQUAL(std::string("secret_file"), error.field);
                must_contain(error.message, words, name);
                must_contain(error.message, folder / name, name);
            }
            must(store->put_new_secret(Secret(fake_key('c'))));
            must_fail(store->publish(), name);
        }
        CPPUNIT_ASSERT_EQUAL(fake_key('a'), read_text(folder / "target"));
    }

    void a_pipe_in_place_of_the_record_does_not_hang() {
        for (const char* name : {".key.infrastate", ".key.infrastate.intents",
                                 ".key.infrastate.new", ".key.infrastate.lock"}) {
            TempFolder folder;
            CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((folder / name).c_str(), 0600));
            auto store = open_store(*files, folder / "key");
            const bool lock = std::string_view(name).ends_with("lock");
            const Error error = lock ? must_fail(store->lock([] { return false; }), name)
                                     : must_fail(store->look(), name);
            must_contain(error.message, name);
            // Also if it is called directly, without the look before it.
            CPPUNIT_ASSERT_EQUAL(std::string("not_regular"),
                                 must_fail(files->read(folder / name, 10), name).detail);
        }
    }

    void a_file_put_in_its_place_after_look_is_not_overwritten() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        must(store->look());
        must(store->put_new_secret(Secret(fake_key('a'))));
        write_text(folder / "key", "somebody's own");
        CPPUNIT_ASSERT_EQUAL(std::string("foreign_contents"), must_fail(store->publish()).detail);
        CPPUNIT_ASSERT_EQUAL(std::string("somebody's own"), read_text(folder / "key"));
        // The new secret is not lost by that.
        CPPUNIT_ASSERT_EQUAL(fake_key('a'), read_text(folder / ".key.infrastate.new"));
    }

    void a_file_put_in_its_place_after_look_is_not_removed() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        hand_over(*store, 'a');
        must(store->look());
        write_text(folder / "key", "somebody's own");
        must_fail(store->remove_all());
        CPPUNIT_ASSERT_EQUAL(std::string("somebody's own"), read_text(folder / "key"));
        CPPUNIT_ASSERT(read_text(folder / ".key.infrastate") != "(no file)");
    }

    void another_users_record_in_a_sticky_folder_is_not_believed() {
        if (!root()) return skipped("another_users_record_in_a_sticky_folder", "needs root");
        TempFolder folder;
        const std::string path = folder / "key", record = folder / ".key.infrastate";
        must(open_store(*files, path)->put_record(full_record()));
        CPPUNIT_ASSERT_EQUAL(0, ::chown(record.c_str(), nobody, nobody));
        CPPUNIT_ASSERT(must(store::record_beside(path, *files)) == full_record());
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(folder.path().c_str(), 01777));
        const auto found = store::record_beside(path, *files);
        CPPUNIT_ASSERT(!found.ok());
        CPPUNIT_ASSERT_EQUAL(std::string("foreign_file"), found.error().detail);
        must_contain(found.error().message, record);
        // Root asks about a user's file: secret and record have one owner.
        write_text(path, fake_key('a'));
        CPPUNIT_ASSERT_EQUAL(0, ::chown(path.c_str(), nobody, nobody));
        CPPUNIT_ASSERT(must(store::record_beside(path, *files)) == full_record());
    }

    void another_users_file_in_a_sticky_folder_is_refused() {
        if (!root()) return skipped("another_users_file_in_a_sticky_folder", "needs root");
        for (const char* name :
             {"key", ".key.infrastate", ".key.infrastate.intents", ".key.infrastate.new"}) {
            TempFolder folder;
            ::chmod(folder.path().c_str(), 01777);
            write_text(folder / name, fake_key('a'));
            CPPUNIT_ASSERT_EQUAL(0, ::chown((folder / name).c_str(), nobody, nobody));
            const auto error = must_fail(open_store(*files, folder / "key")->look(), name);
            CPPUNIT_ASSERT_EQUAL(std::string("foreign_file"), error.detail);
            must_contain(error.message, folder / name);
            must_contain(error.message, "65534");
            // In a folder that only its owner may write to, this is up to the administrator.
            ::chmod(folder.path().c_str(), 0755);
            must(open_store(*files, folder / "key")->look(), name);
        }
        TempFolder folder;
        ::chmod(folder.path().c_str(), 01777);
        auto store = open_store(*files, folder / "key", {}, std::to_string(nobody));
        hand_over(*store, 'a'); // we changed the owner ourselves, as asked
        CPPUNIT_ASSERT(must(store->look()).secret->equals(fake_key('a')));
        hand_over(*store, 'c');
        must(store->look());
        write_text(folder / ".key.infrastate.lock", "");
        CPPUNIT_ASSERT_EQUAL(0, ::chown((folder / ".key.infrastate.lock").c_str(), nobody, 0));
        CPPUNIT_ASSERT_EQUAL(std::string("foreign_file"),
                             must_fail(store->lock([] { return false; })).detail);
    }

    /// Whoever writes a record says which keys the next run deletes.
    void a_record_of_another_user_is_refused_where_others_write() {
        if (!root()) return skipped("a_record_of_another_user", "needs root");
        struct Case {
            unsigned owner, mode;
            bool refused;
        };
        for (const char* name : {".key.infrastate", ".key.infrastate.intents"})
            for (const Case& each : {Case{0, 0755, false}, Case{nobody, 0755, true},
                                     Case{0, 0775, true}, Case{0, 0777, true}}) {
                TempFolder folder;
                hand_over(*open_store(*files, folder / "key"), 'a');
                write_text(folder / name, "{}");
                CPPUNIT_ASSERT_EQUAL(0, ::chown((folder / name).c_str(), nobody, nobody));
                CPPUNIT_ASSERT_EQUAL(0, ::chown(folder.path().c_str(), each.owner, each.owner));
                CPPUNIT_ASSERT_EQUAL(0, ::chmod(folder.path().c_str(), each.mode));
                const auto seen = open_store(*files, folder / "key")->look();
                CPPUNIT_ASSERT_EQUAL(each.refused, !seen.ok());
                if (!each.refused) continue;
                CPPUNIT_ASSERT_EQUAL(std::string("foreign_file"), seen.error().detail);
                must_contain(seen.error().message, folder / name);
                // Root's own, as a run as root leaves it.
                CPPUNIT_ASSERT_EQUAL(0, ::chown((folder / name).c_str(), 0, 0));
                CPPUNIT_ASSERT(open_store(*files, folder / "key")->look().ok());
            }
    }

    void a_folder_that_everybody_writes_gets_a_warning() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        for (const auto& [mode, warnings] :
             {std::pair<mode_t, std::size_t>{0777, 1}, {01777, 0}, {0775, 0}, {0700, 0}}) {
            ::chmod(folder.path().c_str(), mode);
            const auto view = must(store->look());
            CPPUNIT_ASSERT_EQUAL(warnings, view.warnings.size());
            if (warnings != 0) must_contain(view.warnings[0], folder.path());
        }
    }

    void a_leftover_is_seen_and_a_broken_one_told_apart() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        must(store->put_new_secret(Secret(fake_key('a'))));
        must(store->sync_new_secret());
        CPPUNIT_ASSERT(must(store->look()).leftover->equals(fake_key('a')));
        for (const std::string& text : {std::string(), fake_key('a').substr(0, 20),
                                        fake_key('a') + "\n", std::string(35, '\0')}) {
            write_text(folder / ".key.infrastate.new", text);
            const auto view = must(store->look());
            CPPUNIT_ASSERT(!view.leftover && view.broken_leftover);
            CPPUNIT_ASSERT_EQUAL(std::string("new_secret_lost"),
                                 must_fail(store->publish()).detail);
        }
        must(store->drop_new_secret());
        must(store->drop_new_secret());
        const auto view = must(store->look());
        CPPUNIT_ASSERT(!view.leftover && !view.broken_leftover);
        must_fail(store->publish());
        must_fail(store->sync_new_secret());
    }

    void a_new_secret_replaces_an_older_leftover() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        write_text(folder / ".key.infrastate.new", "half of a", 0644);
        must(store->put_new_secret(Secret(fake_key('a'))));
        CPPUNIT_ASSERT_EQUAL(mode_t{0600}, mode_of(folder / ".key.infrastate.new"));
        must(store->put_new_secret(Secret(fake_key('c'))));
        CPPUNIT_ASSERT(must(store->look()).leftover->equals(fake_key('c')));
    }

    void remove_all_leaves_only_the_lock_and_open_intents() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        must(store->lock([] { return false; }));
        hand_over(*store, 'a');
        must(store->put_intents({full_intent()}));
        must(store->put_new_secret(Secret(fake_key('c'))));
        write_text(folder / ".key.infrastate.tmp", "of a crash");
        write_text(folder / "other", "not ours");
        must(store->remove_all());
        CPPUNIT_ASSERT((std::vector<std::string>{".key.infrastate.intents", ".key.infrastate.lock",
                                                 "other"}) == names_in(folder.path()));
        CPPUNIT_ASSERT(must(store->look()).intents == std::vector{full_intent()});
    }

    void remove_all_takes_an_empty_or_damaged_list_of_intents() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        const std::string newer =
            R"({"format":"infrastate intents","version":"2.0","intents":[{}]})";
        for (const std::string& text :
             {std::string(R"({"format":"infrastate intents","version":"1.0","intents":[]})"),
              std::string("{"), newer}) {
            write_text(folder / ".key.infrastate.intents", text);
            must(store->remove_all());
            CPPUNIT_ASSERT_EQUAL(text == newer ? newer : "(no file)",
                                 read_text(folder / ".key.infrastate.intents"));
        }
    }

    void remove_all_of_nothing_is_fine() {
        TempFolder folder;
        must(open_store(*files, folder / "key")->remove_all());
        CPPUNIT_ASSERT(names_in(folder.path()).empty());
    }

    void an_empty_list_of_intents_is_no_file() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        must(store->put_intents({}));
        must(store->put_intents({full_intent()}));
        must(store->put_intents({}));
        CPPUNIT_ASSERT(names_in(folder.path()).empty());
        CPPUNIT_ASSERT(must(store->look()).intents.empty());
    }

    void a_folder_that_is_missing_or_none_is_one_clear_sentence() {
        TempFolder folder;
        write_text(folder / "file", "");
        const auto missing = must_fail(store::open_secret_file({folder / "no/key"}, *files));
        CPPUNIT_ASSERT_EQUAL("secret_file: the folder " + (folder / "no") +
                                 " does not exist; make it first",
                             missing.message);
        CPPUNIT_ASSERT_EQUAL(std::string("secret_file"), missing.field);
        const auto none = must_fail(store::open_secret_file({folder / "file/key"}, *files));
        must_contain(none.message, "secret_file: ");
        must_contain(none.message, "is no folder");
        // The folder is removed between opening and looking.
        CPPUNIT_ASSERT_EQUAL(0, ::mkdir((folder / "soon").c_str(), 0700));
        auto store = open_store(*files, folder / "soon/key");
        ::rmdir((folder / "soon").c_str());
        for (const auto& error : {must_fail(store->look()), must_fail(store->prepare(true)),
                                  must_fail(store->lock([] { return false; }))})
            CPPUNIT_ASSERT_EQUAL(std::string("folder_missing"), error.detail);
    }

    void wrong_paths_are_refused_by_name() {
        TempFolder folder;
        const std::pair<std::string, const char*> table[] = {
            {"", "is empty"},
            {"key", "not an absolute path"},
            {"./key", "not an absolute path"},
            {"~/key", "not an absolute path"},
            {folder.path() + "/", "names a folder"},
            {folder / ".", "names a folder"},
            {folder / "..", "names a folder"},
            {folder / std::string("a\0b", 3), "NUL"},
            {folder / ".key.infrastate", "kept for the record"},
            {folder / ".key.infrastate.new", "kept for the record"},
            {folder / ".key.infrastate.intents.tmp", "kept for the record"},
            {folder / std::string(240, 'k'), "240 bytes"},
            {"/" + std::string(5000, '/') + "key", "too long"},
        };
        for (const auto& [path, words] : table) {
            const auto error = must_fail(store::open_secret_file({path}, *files), path);
            CPPUNIT_ASSERT_EQUAL(Code::argument, error.code);
            CPPUNIT_ASSERT_EQUAL(std::string("secret_file"), error.field);
            must_contain(error.message, words, path);
        }
        // The longest name that is accepted really works.
        for (std::size_t length = 231; length > 200; --length) {
            auto opened = store::open_secret_file({folder / std::string(length, 'k')}, *files);
            if (!opened) continue;
            must((*opened)->lock([] { return false; }));
            must((*opened)->prepare(false));
            must((*opened)->put_intents({full_intent()}));
            hand_over(**opened, 'a');
            return;
        }
        CPPUNIT_FAIL("no long name is accepted");
    }

    void the_folder_is_resolved_and_the_last_part_is_not() {
        TempFolder folder;
        CPPUNIT_ASSERT_EQUAL(0, ::mkdir((folder / "real").c_str(), 0700));
        CPPUNIT_ASSERT_EQUAL(0, ::symlink("real", (folder / "alias").c_str()));
        CPPUNIT_ASSERT_EQUAL(0, ::symlink("elsewhere", (folder / "real/key").c_str()));
        for (const char* name : {"real/key", "alias/key", "alias/../real/key", "real//./key"})
            CPPUNIT_ASSERT_EQUAL(folder / "real/key",
                                 must(store::canonical_path(folder / name, *files), name));
        CPPUNIT_ASSERT_EQUAL(std::string("/key"), must(store::canonical_path("/key", *files)));
        CPPUNIT_ASSERT_EQUAL(std::string("/key"), must(store::canonical_path("//key", *files)));
    }

    void the_digest_is_that_of_this_version_for_ever() {
        TempFolder folder;
        auto store = open_store(*files, folder / "key");
        CPPUNIT_ASSERT_EQUAL(
            std::string("8b3ed6464c5b7c8de0cc2ec335507ff5634a64a28fd7ce236082d6e0796411e6"),
            store->digest_of(Secret(fake_key('a'))));
        CPPUNIT_ASSERT(store->digest_of(Secret(fake_key('a'))) !=
                       store->digest_of(Secret(fake_key('c'))));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SecretFileTest);

} // namespace
} // namespace infrastate
