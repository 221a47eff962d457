// SPDX-License-Identifier: Apache-2.0
// The lock: one run at a time on one secret file, in whatever process or thread and however it
// spells the path. It ends with its holder, and children do not hold it.
#include "store_fixture.h"
#include "support/freed_memory.h"

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <new>
#include <sys/mount.h>
#include <thread>

namespace infrastate {
namespace {

using namespace test;

bool never() {
    return false;
}

/// A child process that runs `body`, reports it, and then waits until it is told to end.
class Child {
public:
    template <class Body>
    explicit Child(Body body) {
        if (::pipe2(said_, O_CLOEXEC) != 0 || ::pipe2(end_, O_CLOEXEC) != 0)
            throw std::runtime_error("pipe failed");
        id_ = ::fork();
        if (id_ != 0) return;
        ::close(end_[1]);
        const char answer = body() ? 'y' : 'n';
        if (::write(said_[1], &answer, 1) != 1) ::_exit(2);
        char any = 0;
        while (::read(end_[0], &any, 1) < 0) {
        }
        ::_exit(0);
    }
    ~Child() {
        ::close(end_[1]);
        if (id_ > 0) wait();
        for (const int one : {said_[0], said_[1], end_[0]})
            ::close(one);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    bool succeeded() {
        char answer = 0;
        return ::read(said_[0], &answer, 1) == 1 && answer == 'y';
    }
    void kill() {
        ::kill(id_, SIGKILL);
        wait();
    }

private:
    void wait() {
        ::waitpid(id_, nullptr, 0);
        id_ = -1;
    }
    int said_[2] = {-1, -1}, end_[2] = {-1, -1};
    pid_t id_ = -1;
};

class StoreLockTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StoreLockTest);
    CPPUNIT_TEST(a_second_store_of_one_path_waits_and_then_says_who_is_in_the_way);
    CPPUNIT_TEST(unlock_and_the_end_of_the_store_let_go);
    CPPUNIT_TEST(locking_again_what_is_held_already_keeps_it);
    CPPUNIT_TEST(other_spellings_of_the_path_exclude_each_other);
    CPPUNIT_TEST(another_mount_of_the_folder_excludes);
    CPPUNIT_TEST(other_files_do_not_exclude_each_other);
    CPPUNIT_TEST(threads_exclude_each_other);
    CPPUNIT_TEST(processes_exclude_each_other);
    CPPUNIT_TEST(a_killed_holder_lets_go);
    CPPUNIT_TEST(a_forked_child_does_not_hold_the_lock);
    CPPUNIT_TEST(a_forked_child_does_not_let_go_of_its_parents_lock);
    CPPUNIT_TEST(a_killed_parent_lets_go_though_its_child_lives);
    CPPUNIT_TEST(a_child_may_lock_for_itself);
    CPPUNIT_TEST(threads_that_lock_while_others_fork_do_not_hang);
    CPPUNIT_TEST(the_lock_file_stays_and_is_private);
    CPPUNIT_TEST(whoever_gets_the_lock_clears_what_a_killed_run_was_writing);
    CPPUNIT_TEST(a_removed_lock_file_is_made_again);
    CPPUNIT_TEST(no_descriptor_reaches_another_program);
    CPPUNIT_TEST(without_memory_nothing_stays_locked);
    CPPUNIT_TEST_SUITE_END();

public:
    std::unique_ptr<store::Files> files = store::system_files();
    TempFolder folder;
    std::string path = folder / "key";

    static std::size_t open_descriptors() {
        const std::filesystem::directory_iterator all("/proc/self/fd");
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    bool free_for_others() { return open_store(*files, path)->lock(never).ok(); }

    /// Each allocation of a lock fails once. Afterwards another run can get the lock.
    void without_memory_nothing_stays_locked() {
        CPPUNIT_ASSERT(free_for_others()); // makes the file, and what is made once in a process
        std::size_t failed = 0;
        for (std::size_t nth = 1;; ++nth) {
            const std::size_t before = open_descriptors();
            auto store = open_store(*files, path);
            bool locked = false;
            {
                const test::ScarceMemory scarce(nth);
                try {
                    locked = store->lock(never).ok();
                } catch (const std::bad_alloc&) {
                    ++failed;
                }
                if (!scarce.has_failed()) break;
            }
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(nth), locked, !free_for_others());
            store.reset();
            CPPUNIT_ASSERT_MESSAGE(std::to_string(nth), free_for_others());
            CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
        }
        CPPUNIT_ASSERT_GREATER(std::size_t{0}, failed);
        // The same below the store, where the file is locked.
        for (std::size_t nth = 1;; ++nth) {
            std::unique_ptr<store::Files::Lock> lock;
            {
                const test::ScarceMemory scarce(nth);
                try {
                    auto taken = files->try_lock(folder / ".key.infrastate.lock");
                    if (taken) lock = std::move(*taken);
                } catch (const std::bad_alloc&) {
                    CPPUNIT_ASSERT(lock == nullptr);
                }
                if (!scarce.has_failed()) break;
            }
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(nth), lock != nullptr, !free_for_others());
        }
        CPPUNIT_ASSERT(free_for_others());
    }

    void a_second_store_of_one_path_waits_and_then_says_who_is_in_the_way() {
        auto first = open_store(*files, path);
        auto second = open_store(*files, path);
        must(first->lock(never));
        int asked = 0;
        const auto error = must_fail(second->lock([&] { return ++asked < 5; }));
        CPPUNIT_ASSERT_EQUAL(5, asked);
        CPPUNIT_ASSERT_EQUAL(Code::file, error.code);
        CPPUNIT_ASSERT_EQUAL(std::string("locked"), error.detail);
        CPPUNIT_ASSERT_EQUAL(std::string("secret_file"), error.field);
        CPPUNIT_ASSERT(error.retryable && error.effect == Effect::none);
        must_contain(error.message, path);
        must_contain(error.message, folder / ".key.infrastate.lock");
        asked = 0;
        must(second->lock([&] {
            if (++asked == 3) first->unlock();
            return asked < 100;
        }));
        CPPUNIT_ASSERT_EQUAL(3, asked);
    }

    void unlock_and_the_end_of_the_store_let_go() {
        auto store = open_store(*files, path);
        store->unlock(); // nothing is held: nothing happens
        must(store->lock(never));
        CPPUNIT_ASSERT(!free_for_others());
        store->unlock();
        CPPUNIT_ASSERT(free_for_others());
        must(store->lock(never));
        store.reset();
        CPPUNIT_ASSERT(free_for_others());
    }

    void locking_again_what_is_held_already_keeps_it() {
        auto store = open_store(*files, path);
        must(store->lock(never));
        must(store->lock(never));
        CPPUNIT_ASSERT(!free_for_others());
        store->unlock();
        CPPUNIT_ASSERT(free_for_others());
    }

    void other_spellings_of_the_path_exclude_each_other() {
        CPPUNIT_ASSERT_EQUAL(0, ::mkdir((folder / "real").c_str(), 0700));
        CPPUNIT_ASSERT_EQUAL(0, ::symlink("real", (folder / "alias").c_str()));
        auto store = open_store(*files, folder / "real/key");
        must(store->lock(never));
        for (const char* name : {"alias/key", "real//key", "real/./key", "alias/../real/key"})
            must_fail(open_store(*files, folder / name)->lock(never), name);
        // The same file under a second name: the file counts, not the name.
        CPPUNIT_ASSERT_EQUAL(0, ::link((folder / "real/.key.infrastate.lock").c_str(),
                                       (folder / ".other.infrastate.lock").c_str()));
        must_fail(open_store(*files, folder / "other")->lock(never));
    }

    void another_mount_of_the_folder_excludes() {
        CPPUNIT_ASSERT_EQUAL(0, ::mkdir((folder / "a").c_str(), 0700));
        CPPUNIT_ASSERT_EQUAL(0, ::mkdir((folder / "b").c_str(), 0700));
        if (::mount((folder / "a").c_str(), (folder / "b").c_str(), nullptr, MS_BIND, nullptr) != 0)
            return skipped("another_mount_of_the_folder_excludes", "cannot bind-mount");
        auto store = open_store(*files, folder / "a/key");
        const auto first = store->lock(never);
        const auto second = open_store(*files, folder / "b/key")->lock(never);
        ::umount((folder / "b").c_str());
        must(first);
        CPPUNIT_ASSERT_EQUAL(std::string("locked"), must_fail(second).detail);
    }

    void other_files_do_not_exclude_each_other() {
        auto store = open_store(*files, path);
        must(store->lock(never));
        must(open_store(*files, folder / "key2")->lock(never));
        must(open_store(*files, folder / "KEY")->lock(never));
    }

    void threads_exclude_each_other() {
        constexpr int threads = 4, rounds = 50;
        int inside = 0, worst = 0, sum = 0; // guarded by the lock alone
        std::atomic<int> failures{0};
        std::vector<std::thread> all;
        for (int i = 0; i < threads; ++i)
            all.emplace_back([&] {
                auto own = store::system_files();
                auto store = store::open_secret_file({path}, *own);
                for (int round = 0; store && round < rounds; ++round) {
                    if (!(*store)->lock([] {
                            std::this_thread::yield();
                            return true;
                        })) {
                        ++failures;
                        continue;
                    }
                    worst = std::max(worst, ++inside);
                    std::this_thread::yield();
                    ++sum;
                    --inside;
                    (*store)->unlock();
                }
            });
        for (auto& one : all)
            one.join();
        CPPUNIT_ASSERT_EQUAL(0, failures.load());
        CPPUNIT_ASSERT_EQUAL(1, worst);
        CPPUNIT_ASSERT_EQUAL(threads * rounds, sum);
    }

    void processes_exclude_each_other() {
        std::unique_ptr<ports::SecretStore> store;
        const auto lock = [&] {
            store = open_store(*files, path);
            return store->lock(never).ok();
        };
        {
            Child child(lock);
            CPPUNIT_ASSERT(child.succeeded());
            CPPUNIT_ASSERT(!free_for_others());
        }
        CPPUNIT_ASSERT(lock());
        Child child([&] { return !free_for_others(); });
        CPPUNIT_ASSERT(child.succeeded());
    }

    void a_killed_holder_lets_go() {
        std::unique_ptr<ports::SecretStore> store;
        Child child([&] {
            store = open_store(*files, path);
            return store->lock(never).ok();
        });
        CPPUNIT_ASSERT(child.succeeded());
        CPPUNIT_ASSERT(!free_for_others());
        child.kill();
        CPPUNIT_ASSERT(free_for_others());
    }

    void a_forked_child_does_not_hold_the_lock() {
        auto store = open_store(*files, path);
        must(store->lock(never));
        Child child([] { return true; });
        CPPUNIT_ASSERT(child.succeeded());
        CPPUNIT_ASSERT(!free_for_others());
        store->unlock();
        CPPUNIT_ASSERT(free_for_others());
    }

    void a_forked_child_does_not_let_go_of_its_parents_lock() {
        auto store = open_store(*files, path);
        must(store->lock(never));
        Child child([&] {
            store->unlock();
            store.reset();
            return true;
        });
        CPPUNIT_ASSERT(child.succeeded());
        CPPUNIT_ASSERT(!free_for_others());
    }

    void a_killed_parent_lets_go_though_its_child_lives() {
        std::unique_ptr<ports::SecretStore> store;
        int end[2], up[2]; // pipes: when to end, and that it has begun
        CPPUNIT_ASSERT(::pipe(end) == 0 && ::pipe(up) == 0);
        Child parent([&] {
            store = open_store(*files, path);
            if (!store->lock(never)) return false;
            char any = 'x';
            const pid_t id = ::fork();
            if (id == 0) {
                ::close(end[1]);
                if (::write(up[1], &any, 1) == 1 && ::read(end[0], &any, 1) >= 0) ::_exit(0);
                ::_exit(1);
            }
            ::close(end[1]);
            return id > 0 && ::read(up[0], &any, 1) == 1;
        });
        CPPUNIT_ASSERT(parent.succeeded());
        CPPUNIT_ASSERT(!free_for_others());
        parent.kill();
        CPPUNIT_ASSERT(free_for_others());
        for (const int one : {end[0], end[1], up[0], up[1]})
            ::close(one);
    }

    void a_child_may_lock_for_itself() {
        auto store = open_store(*files, path);
        must(store->lock(never));
        Child child([&] {
            // Another file, whose descriptor may get the number of the inherited one.
            auto own = open_store(*files, folder / "other");
            if (!own->lock(never)) return false;
            store.reset(); // the inherited one must not close a descriptor that is not its own
            return !open_store(*files, folder / "other")->lock(never).ok();
        });
        CPPUNIT_ASSERT(child.succeeded());
        CPPUNIT_ASSERT(!free_for_others());
    }

    void threads_that_lock_while_others_fork_do_not_hang() {
        std::atomic<bool> stop{false};
        std::thread locker([&] {
            auto own = store::system_files();
            while (!stop) {
                auto store = store::open_secret_file({folder / "busy"}, *own);
                if (store) static_cast<void>((*store)->lock(never));
            }
        });
        bool all = true;
        for (int i = 0; i < 30; ++i) {
            Child child([&] { return open_store(*files, path)->lock(never).ok(); });
            all = child.succeeded() && all;
        }
        stop = true;
        locker.join();
        CPPUNIT_ASSERT(all);
    }

    void whoever_gets_the_lock_clears_what_a_killed_run_was_writing() {
        for (const char* name : {".key.infrastate.tmp", ".key.infrastate.intents.tmp"})
            write_text(folder / name, "of a crash");
        write_text(folder / ".other.infrastate.tmp", "not ours");
        auto store = open_store(*files, path);
        auto busy = open_store(*files, path);
        must(store->lock(never));
        CPPUNIT_ASSERT(
            (std::vector<std::string>{".key.infrastate.lock", ".other.infrastate.tmp"}) ==
            names_in(folder.path()));
        write_text(folder / ".key.infrastate.tmp", "being written");
        CPPUNIT_ASSERT(!busy->lock(never));
        CPPUNIT_ASSERT_EQUAL(std::string("being written"),
                             read_text(folder / ".key.infrastate.tmp"));
    }

    void the_lock_file_stays_and_is_private() {
        struct stat before {
        }, after{};
        const std::string name = folder / ".key.infrastate.lock";
        const mode_t mask = ::umask(0);
        auto store = open_store(*files, path);
        must(store->lock(never));
        ::umask(mask);
        ::stat(name.c_str(), &before);
        store->unlock();
        must(store->lock(never));
        must(store->remove_all());
        store.reset();
        CPPUNIT_ASSERT_EQUAL(0, ::stat(name.c_str(), &after));
        CPPUNIT_ASSERT_EQUAL(before.st_ino, after.st_ino);
        CPPUNIT_ASSERT_EQUAL(mode_t{0600}, mode_of(name));
    }

    void a_removed_lock_file_is_made_again() {
        auto store = open_store(*files, path);
        must(store->lock(never));
        ::unlink((folder / ".key.infrastate.lock").c_str());
        store->unlock();
        must(store->lock(never));
        CPPUNIT_ASSERT(!free_for_others());
    }

    void no_descriptor_reaches_another_program() {
        auto store = open_store(*files, path);
        must(store->lock(never));
        int seen = 0;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            std::error_code ignored;
            const auto target = std::filesystem::read_symlink(entry.path(), ignored).string();
            if (target.find(folder.path()) != 0) continue;
            ++seen;
            const int flags = ::fcntl(std::stoi(entry.path().filename()), F_GETFD);
            CPPUNIT_ASSERT_MESSAGE(target, (flags & FD_CLOEXEC) != 0);
        }
        CPPUNIT_ASSERT_EQUAL(1, seen);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StoreLockTest);

} // namespace
} // namespace infrastate
