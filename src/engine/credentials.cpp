// SPDX-License-Identifier: Apache-2.0
#include "credentials.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/descriptor.h"
#include "infrastate/types/text.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace infrastate::engine {
namespace {

constexpr std::size_t max_file_bytes = 1u << 20;

Error file_error(std::string_view parameter, std::string_view path, std::string_view what) {
    return Error{Code::file,
                 std::string(parameter) + ": " + printable(path, 512) + " " + std::string(what),
                 std::string(parameter), "unreadable_file"};
}

Error system_error(std::string_view parameter, std::string_view path, int value) {
    if (looks_like_access_key(path))
        return Error{
            Code::file,
            std::string(parameter) + ": is an access key and not the path of a file" +
                (parameter == "access_key_file" ? "; access_key takes the key itself" : ""),
            std::string(parameter), "unreadable_file"};
    // If there is no such file, the text may not be a path but the secret itself.
    const bool names_a_place =
        path.starts_with('/') || path.starts_with("./") || path.starts_with("../");
    const bool missing = value == ENOENT || value == ENAMETOOLONG || value == ENOTDIR;
    const std::string shown =
        missing && !names_a_place ? "the file named by " + refused_text(path) : std::string(path);
    return file_error(parameter, shown,
                      std::string("cannot be read: ") + std::generic_category().message(value) +
                          (missing ? "; it is looked for on the machine where this runs, in a play "
                                     "the managed host"
                                   : "") +
                          (names_a_place ? "" : "; an absolute path begins with '/'") +
                          (value == EACCES ? "; this is user number " + std::to_string(::geteuid())
                                           : std::string()));
}

bool token_character(char c) noexcept {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
}

} // namespace

Result<Secret> read_small_file(std::string_view parameter, const std::string& path) {
    if (path.empty())
        return argument_error(parameter, std::string(parameter) + ": must be the path of a file");
    // Without O_NONBLOCK a named pipe could block the run before its deadline is checked.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (file.get() < 0) return system_error(parameter, path, errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return system_error(parameter, path, errno);
    if (!S_ISREG(status.st_mode)) return file_error(parameter, path, "is not a regular file");
    if (status.st_size > static_cast<off_t>(max_file_bytes))
        return file_error(parameter, path, "is larger than 1 MiB, which no key or certificate is");
    std::string content(static_cast<std::size_t>(status.st_size) + 1, '\0');
    std::size_t used = 0;
    while (used < content.size()) {
        const ssize_t count = ::read(file.get(), content.data() + used, content.size() - used);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            const int value = errno;
            wipe(content);
            return system_error(parameter, path, value);
        }
        if (count == 0) break;
        used += static_cast<std::size_t>(count);
    }
    if (used == 0) return file_error(parameter, path, "is empty");
    Secret out(std::string_view(content).substr(0, used));
    wipe(content);
    return out;
}

void warn_if_others_can_read(std::string_view parameter, const std::string& path,
                             std::vector<std::string>& warnings) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || (status.st_mode & (S_IRGRP | S_IROTH)) == 0) return;
    warnings.push_back(std::string(parameter) + ": " + path +
                       " can be read by others than its owner; chmod 0600 would keep it private");
}

std::optional<FileStamp> stamp_of(const std::string& path) noexcept {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return FileStamp{status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec};
}

Result<Secret> read_token_file(const std::string& path) {
    auto content = read_small_file("access_key_file", path);
    if (!content) return content;
    return checked_token("access_key_file", content->reveal());
}

Result<Secret> checked_token(std::string_view parameter, std::string_view text) {
    text = trimmed(text);
    bool good = !text.empty() && text.size() <= 512;
    for (char c : text)
        good = good && token_character(c);
    if (!good)
        return argument_error(parameter,
                              std::string(parameter) +
                                  ": must hold an Infra access key, which looks like "
                                  "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb, and nothing else");
    return Secret(text);
}

} // namespace infrastate::engine
