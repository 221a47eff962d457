// SPDX-License-Identifier: Apache-2.0
#include "errors.h"
#include "file_lock.h"

#include "infrastate/store/files.h"
#include "infrastate/types/descriptor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace infrastate::store {
namespace {

constexpr std::chrono::milliseconds moment{20};

template <class Call>
auto again_if_interrupted(Call call) {
    while (true) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

int open_file(const std::string& path, int flags, mode_t mode = 0) {
    return again_if_interrupted([&] {
        return ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, mode);
    });
}

FileInfo::Kind kind_of(mode_t mode) {
    if (S_ISREG(mode)) return FileInfo::Kind::regular;
    if (S_ISDIR(mode)) return FileInfo::Kind::folder;
    if (S_ISLNK(mode)) return FileInfo::Kind::symlink;
    return FileInfo::Kind::other;
}

/// Adds what statx() says and lstat() does not. The kernel's structure is defined here, because the
/// older C libraries of a portable build have neither the call nor the type.
void add_attributes([[maybe_unused]] const std::string& path, [[maybe_unused]] FileInfo& info) {
#ifdef SYS_statx
    struct KernelStatx {
        std::uint32_t mask, block_size;
        std::uint64_t attributes;
        std::array<unsigned char, 240> rest;
    } answer{};
    static_assert(sizeof answer == 256);
    constexpr unsigned int basic_fields = 0x7ff;
    constexpr std::uint64_t immutable = 0x10, append_only = 0x20, mount_root = 0x2000;
    if (::syscall(SYS_statx, AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, basic_fields, &answer) !=
        0)
        return;
    info.immutable = (answer.attributes & (immutable | append_only)) != 0;
    info.mount_point = (answer.attributes & mount_root) != 0;
#endif
}

bool may_chown_anything() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
    if (::syscall(SYS_capget, &header, data.data()) != 0) return ::geteuid() == 0;
    return (data[0].effective & (1u << CAP_CHOWN)) != 0;
}

bool in_group(std::int64_t gid) {
    if (gid == static_cast<std::int64_t>(::getegid())) return true;
    const int count = ::getgroups(0, nullptr);
    if (count <= 0) return false;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    const int got = ::getgroups(count, groups.data());
    return std::any_of(groups.begin(), groups.begin() + std::max(got, 0),
                       [&](gid_t one) { return static_cast<std::int64_t>(one) == gid; });
}

class SystemFiles final : public Files {
public:
    Result<std::string> real_folder(const std::string& folder) override {
        char* const found = ::realpath(folder.c_str(), nullptr);
        if (found == nullptr) return file_error("find the folder", folder, errno);
        std::string out(found);
        std::free(found);
        return out;
    }

    Result<std::optional<FileInfo>> look(const std::string& path) override {
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0) {
            if (errno == ENOENT) return std::optional<FileInfo>();
            return file_error("look at", path, errno);
        }
        FileInfo info{kind_of(status.st_mode), static_cast<std::uint32_t>(status.st_mode) & 07777u,
                      status.st_uid, status.st_gid, static_cast<std::uint64_t>(status.st_size)};
        add_attributes(path, info);
        return std::optional<FileInfo>(info);
    }

    Result<std::optional<Secret>> read(const std::string& path, std::size_t max) override {
        const Descriptor file(open_file(path, O_RDONLY));
        if (file.get() < 0) {
            if (errno == ENOENT) return std::optional<Secret>();
            return file_error("read", path, errno);
        }
        struct stat status {};
        if (::fstat(file.get(), &status) != 0) return file_error("read", path, errno);
        if (!S_ISREG(status.st_mode)) return named_file_error("read", path, "not_regular");
        if (static_cast<std::uint64_t>(status.st_size) > max)
            return file_error("read", path, EFBIG);
        // One byte more, to notice a file that grows meanwhile.
        std::string content(static_cast<std::size_t>(status.st_size) + 1, '\0');
        std::size_t used = 0;
        while (used < content.size()) {
            const auto count = again_if_interrupted(
                [&] { return ::read(file.get(), content.data() + used, content.size() - used); });
            if (count < 0) {
                const int failed = errno;
                wipe(content);
                return file_error("read", path, failed);
            }
            if (count == 0) break;
            used += static_cast<std::size_t>(count);
        }
        if (used == content.size()) {
            wipe(content);
            return file_error("read", path, EAGAIN);
        }
        Secret out(std::string_view(content).substr(0, used));
        wipe(content);
        return std::optional<Secret>(std::move(out));
    }

    Result<void> write_new(const std::string& path, std::string_view bytes) override {
        Descriptor file(open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
        if (file.get() < 0) return file_error("create", path, errno);
        const int failed = fill(file, bytes);
        if (failed == 0) return {};
        ::unlink(path.c_str());
        return file_error("write", path, failed);
    }

    Result<void> sync(const std::string& path) override {
        const Descriptor file(open_file(path, O_RDONLY));
        if (file.get() < 0 || again_if_interrupted([&] { return ::fsync(file.get()); }) != 0)
            return file_error("sync", path, errno);
        return {};
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return file_error("replace", to, errno);
        return {};
    }

    Result<bool> remove(const std::string& path) override {
        if (::unlink(path.c_str()) == 0) return true;
        if (errno == ENOENT) return false;
        return file_error("remove", path, errno);
    }

    Result<void> sync_folder(const std::string& folder) override {
        const Descriptor open(open_file(folder, O_RDONLY | O_DIRECTORY));
        if (open.get() < 0) {
            // A folder that can be written but not listed (mode 0300) cannot be opened. Its file
            // system syncs names with the file or not at all, so nothing more can be done.
            if (errno == EACCES) return {};
            return file_error("sync the folder", folder, errno);
        }
        if (again_if_interrupted([&] { return ::fsync(open.get()); }) != 0) {
            // Some network file systems cannot sync folders, because their server does it.
            if (errno == EINVAL || errno == ENOTSUP) return {};
            return file_error("sync the folder", folder, errno);
        }
        return {};
    }

    Result<void> set_mode(const std::string& path, std::uint32_t mode) override {
        // O_PATH needs no permission to read, and the name of the descriptor under /proc follows no
        // symlink.
        const Descriptor file(open_file(path, O_PATH));
        struct stat status {};
        if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
            return file_error("set the mode of", path, errno);
        if (!S_ISREG(status.st_mode))
            return named_file_error("set the mode of", path, "not_regular");
        const std::string name = "/proc/self/fd/" + std::to_string(file.get());
        if (::chmod(name.c_str(), static_cast<mode_t>(mode)) == 0) return {};
        if (errno != ENOENT) return file_error("set the mode of", path, errno);
        // There is no /proc, as in a bare chroot.
        const Descriptor readable(open_file(path, O_RDONLY));
        if (readable.get() < 0 || ::fchmod(readable.get(), static_cast<mode_t>(mode)) != 0)
            return file_error("set the mode of", path, errno);
        return {};
    }

    Result<void> set_owner(const std::string& path, std::int64_t uid, std::int64_t gid) override {
        if (::lchown(path.c_str(), static_cast<uid_t>(uid), static_cast<gid_t>(gid)) != 0)
            return file_error("set owner and group of", path, errno);
        return {};
    }

    Result<void> may_write_folder(const std::string& folder) override {
        if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
            return file_error("write in the folder", folder, errno);
        return {};
    }

    Result<void> may_own(std::int64_t uid, std::int64_t gid) override {
        const bool fine = (uid < 0 || uid == static_cast<std::int64_t>(::geteuid())) &&
                          (gid < 0 || in_group(gid));
        if (fine || may_chown_anything()) return {};
        return Error{Code::file, "this user may not give files to others (EPERM)", {}, "EPERM"};
    }

    std::uint32_t uid() override { return ::geteuid(); }

    Result<std::unique_ptr<Lock>> try_lock(const std::string& path) override {
        return try_file_lock(path);
    }

    Result<void> may_lock(const std::string& path) override { return may_lock_file(path); }

    void wait_a_moment() override { std::this_thread::sleep_for(moment); }

private:
    /// Returns 0, or the errno value of the failure.
    static int fill(Descriptor& file, std::string_view bytes) {
        // The umask reduced the mode in open(), but the owner must be able to read and write.
        if (::fchmod(file.get(), 0600) != 0) return errno;
        while (!bytes.empty()) {
            const auto count = again_if_interrupted(
                [&] { return ::write(file.get(), bytes.data(), bytes.size()); });
            if (count < 0) return errno;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        if (again_if_interrupted([&] { return ::fsync(file.get()); }) != 0) return errno;
        return file.close() ? 0 : errno;
    }
};

} // namespace

std::unique_ptr<Files> system_files() {
    return std::make_unique<SystemFiles>();
}

} // namespace infrastate::store
