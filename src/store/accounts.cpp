// SPDX-License-Identifier: Apache-2.0
#include "errors.h"

#include "infrastate/store/files.h"

#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <vector>

namespace infrastate::store {
namespace {

constexpr std::size_t first_buffer = 4096;
/// A group with very many members needs a long buffer. A longer one than this means a fault.
constexpr std::size_t largest_buffer = 16u << 20;

/// The database says "no such name" by any of these values, or by success without an entry.
bool means_unknown(int value) {
    return value == 0 || value == ENOENT || value == ESRCH || value == EBADF || value == EPERM;
}

template <class Entry, class Ask, class Number>
Result<std::optional<std::uint32_t>> find(const std::string& name, Ask ask, Number number) {
    for (std::vector<char> buffer(first_buffer);; buffer.resize(buffer.size() * 4)) {
        Entry entry{};
        Entry* found = nullptr;
        const int failed = ask(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
        if (failed == 0 && found != nullptr)
            return std::optional<std::uint32_t>(static_cast<std::uint32_t>(number(entry)));
        if (failed == EINTR) continue;
        if (failed == ERANGE && buffer.size() < largest_buffer) continue;
        if (means_unknown(failed)) return std::optional<std::uint32_t>();
        return file_error("look up the name", name, failed);
    }
}

} // namespace

Result<std::optional<std::uint32_t>> Files::user_id(const std::string& name) {
    return find<passwd>(name, ::getpwnam_r, [](const passwd& entry) { return entry.pw_uid; });
}

Result<std::optional<std::uint32_t>> Files::group_id(const std::string& name) {
    return find<group>(name, ::getgrnam_r, [](const group& entry) { return entry.gr_gid; });
}

bool names_from_all_sources() noexcept {
#ifdef __GLIBC__
    return true;
#else
    return false;
#endif
}

} // namespace infrastate::store
