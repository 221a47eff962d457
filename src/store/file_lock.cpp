// SPDX-License-Identifier: Apache-2.0
#include "file_lock.h"

#include "errors.h"

#include "infrastate/types/descriptor.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace infrastate::store {
namespace {

/// The descriptors of held locks. flock() belongs to the open file, which a forked child shares.
/// Unless the child closes its copy, the lock would outlive a parent that is killed.
class Held {
public:
    static Held& all() {
        // never destroyed: locks may be released after static objects are destroyed
        static auto* const one = new Held;
        return *one;
    }
    /// Call this before a lock is taken. If memory ran out afterwards, nobody would hold the lock.
    void make_room() {
        const std::lock_guard guard(mutex_);
        ++promised_;
        try {
            descriptors_.reserve(descriptors_.size() + promised_);
        } catch (...) {
            --promised_;
            throw;
        }
    }
    void give_back_room() noexcept {
        const std::lock_guard guard(mutex_);
        --promised_;
    }
    void add(int descriptor) noexcept {
        const std::lock_guard guard(mutex_);
        --promised_;
        descriptors_.push_back(descriptor); // there is room
    }
    void let_go(int descriptor) {
        const std::lock_guard guard(mutex_);
        std::erase(descriptors_, descriptor);
        // Unlocks explicitly as well as by closing: a child that was forked without its handlers
        // (vfork, clone) may still have a copy.
        ::flock(descriptor, LOCK_UN);
        ::close(descriptor);
    }

private:
    Held() { ::pthread_atfork(&before, &parent, &child); }
    static void before() { all().mutex_.lock(); }
    static void parent() { all().mutex_.unlock(); }
    static void child() {
        for (const int descriptor : all().descriptors_)
            ::close(descriptor);
        all().descriptors_.clear(); // frees nothing: a vector keeps its memory
        all().mutex_.unlock();
    }
    std::mutex mutex_;
    std::vector<int> descriptors_;
    std::size_t promised_ = 0; ///< places that are promised and not used yet
};

class FileLock final : public Files::Lock {
public:
    FileLock() : process_(::getpid()) { Held::all().make_room(); }
    ~FileLock() override {
        if (descriptor_ < 0) Held::all().give_back_room();
        // In a forked child the descriptor is already closed, and its number may be in use again.
        else if (process_ == ::getpid())
            Held::all().let_go(descriptor_);
    }
    void hold(int descriptor) noexcept {
        descriptor_ = descriptor;
        Held::all().add(descriptor);
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    int descriptor_ = -1; ///< -1: not locked yet
    pid_t process_;
};

/// Opens a regular file for locking. Anything else in its place is refused, because it locks
/// nothing.
Result<Descriptor> open_lock_file(const std::string& path, int flags) {
    Descriptor file;
    do {
        file = Descriptor(::open(
            path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600));
    } while (!file.is_open() && errno == EINTR);
    if (!file.is_open()) return file_error("open the lock", path, errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return file_error("look at the lock", path, errno);
    if (!S_ISREG(status.st_mode)) return named_file_error("lock", path, "not_regular");
    return file;
}

/// Returns false if the name now means another file or none. Somebody deleted the lock file then,
/// and a lock on the deleted file excludes nobody.
bool still_named(int descriptor, const std::string& path) {
    struct stat held {};
    struct stat named {};
    return ::fstat(descriptor, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

} // namespace

Result<std::unique_ptr<Files::Lock>> try_file_lock(const std::string& path) {
    // Allocates all memory first. A lock that was taken but not recorded would stay locked until
    // the process ends, and nobody would hold it. This also registers the fork handlers before the
    // first descriptor exists.
    auto lock = std::make_unique<FileLock>();
    auto file = open_lock_file(path, O_CREAT);
    if (!file) return std::move(file).error();
    int failed = 0;
    while (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
        failed = errno;
        if (failed != EINTR) break;
        failed = 0;
    }
    if (failed == 0 && still_named(file->get(), path)) {
        lock->hold(file->release());
        return std::unique_ptr<Files::Lock>(std::move(lock));
    }
    if (failed == 0 || failed == EWOULDBLOCK) return std::unique_ptr<Files::Lock>();
    return file_error("lock", path, failed);
}

Result<void> may_lock_file(const std::string& path) {
    auto file = open_lock_file(path, 0);
    if (!file) return std::move(file).error();
    return {};
}

} // namespace infrastate::store
