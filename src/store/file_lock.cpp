// SPDX-License-Identifier: Apache-2.0
#include "file_lock.h"

#include "errors.h"

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

/// Descriptors of the locks that are held. flock belongs to the open file, which a forked child
/// shares: unless the child closes its copy, the lock would outlive a killed parent.
class Held {
public:
    static Held& all() {
        static auto* const one = new Held; // never destroyed: a lock may go after static objects
        return *one;
    }
    void add(int descriptor) {
        const std::lock_guard guard(mutex_);
        descriptors_.push_back(descriptor);
    }
    void let_go(int descriptor) {
        const std::lock_guard guard(mutex_);
        std::erase(descriptors_, descriptor);
        // By word as well as by closing: a child that was forked without running its handlers
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
};

class FileLock final : public Files::Lock {
public:
    explicit FileLock(int descriptor) : descriptor_(descriptor), process_(::getpid()) {
        Held::all().add(descriptor);
    }
    ~FileLock() override {
        // In a forked child the descriptor is closed already, and its number may be reused.
        if (process_ == ::getpid()) Held::all().let_go(descriptor_);
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    int descriptor_;
    pid_t process_;
};

int open_lock_file(const std::string& path, int flags) {
    while (true) {
        const int descriptor = ::open(
            path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
        if (descriptor >= 0 || errno != EINTR) return descriptor;
    }
}

/// False where the name now means another file, or none: somebody removed the lock file, and a lock
/// on the removed one excludes nobody.
bool still_named(int descriptor, const std::string& path) {
    struct stat held {};
    struct stat named {};
    return ::fstat(descriptor, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

} // namespace

Result<std::unique_ptr<Files::Lock>> try_file_lock(const std::string& path) {
    Held::all(); // registers the fork handlers before the first descriptor exists
    const int descriptor = open_lock_file(path, O_CREAT);
    if (descriptor < 0) return file_error("open the lock", path, errno);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return file_error("lock", path, std::string("not_regular"));
    }
    int failed = 0;
    while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        failed = errno;
        if (failed != EINTR) break;
        failed = 0;
    }
    if (failed == 0 && still_named(descriptor, path))
        return std::unique_ptr<Files::Lock>(std::make_unique<FileLock>(descriptor));
    ::close(descriptor);
    if (failed == 0 || failed == EWOULDBLOCK) return std::unique_ptr<Files::Lock>();
    return file_error("lock", path, failed);
}

Result<void> may_lock_file(const std::string& path) {
    const int descriptor = open_lock_file(path, 0);
    if (descriptor < 0) return file_error("open the lock", path, errno);
    ::close(descriptor);
    return {};
}

} // namespace infrastate::store
