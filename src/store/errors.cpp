// SPDX-License-Identifier: Apache-2.0
#include "errors.h"

#include "infrastate/types/text.h"

#include <array>
#include <cerrno>
#include <unistd.h>

namespace infrastate::store {
namespace {

struct Reason {
    int value;
    std::string_view name;
    std::string_view text;
    bool of_user = false; ///< the text is about the user who runs this
};

constexpr std::array reasons = {
    Reason{EACCES, "EACCES", "has no permission", true},
    Reason{EAGAIN, "EAGAIN", "it is in use; try again"},
    Reason{EBUSY, "EBUSY", "it is in use or a mount point"},
    Reason{EDQUOT, "EDQUOT", "the disk quota of this user is used up"},
    Reason{EEXIST, "EEXIST", "it exists already"},
    Reason{EFBIG, "EFBIG", "it is too large"},
    Reason{EINVAL, "EINVAL", "the file system does not support it"},
    Reason{EIO, "EIO", "the device reports an input or output error"},
    Reason{EISDIR, "EISDIR", "it is a folder"},
    Reason{ELOOP, "ELOOP", "it is a symbolic link, or there are too many of them"},
    Reason{EMFILE, "EMFILE", "this process has too many open files"},
    Reason{ENAMETOOLONG, "ENAMETOOLONG", "the name is too long"},
    Reason{ENFILE, "ENFILE", "this machine has too many open files"},
    Reason{ENODEV, "ENODEV", "there is no such device"},
    Reason{ENOENT, "ENOENT", "there is no such file or folder"},
    Reason{ENOLCK, "ENOLCK", "the file system gives no lock"},
    Reason{ENOMEM, "ENOMEM", "there is not enough memory"},
    Reason{ENOSPC, "ENOSPC", "no space is left on the device"},
    Reason{ENOSYS, "ENOSYS", "this system does not support it"},
    Reason{ENOTDIR, "ENOTDIR", "a part of the path is no folder"},
    Reason{ENOTSUP, "ENOTSUP", "the file system does not support it"},
    Reason{ENXIO, "ENXIO", "there is no such device"},
    Reason{EPERM, "EPERM", "is not allowed to", true},
    Reason{EROFS, "EROFS", "the file system is read-only"},
    Reason{ESTALE, "ESTALE", "the network file system has lost it"},
    Reason{ETXTBSY, "ETXTBSY", "it is a program that runs"},
    Reason{EXDEV, "EXDEV", "it lies on another file system"},
};

} // namespace

std::string errno_name(int value) {
    for (const Reason& one : reasons)
        if (one.value == value) return std::string(one.name);
    return "E" + std::to_string(value);
}

std::string shown(const std::string& path) {
    return printable(path, 512);
}

Error named_file_error(std::string_view action, const std::string& path,
                       const std::string& detail) {
    std::string message = "cannot " + std::string(action) + " " + shown(path) + ": ";
    for (const Reason& one : reasons)
        if (one.name == detail)
            message += (one.of_user ? "user number " + std::to_string(::geteuid()) + " " : "") +
                       std::string(one.text) + " ";
    return Error{Code::file, message + "(" + detail + ")", {}, detail};
}

Error file_error(std::string_view action, const std::string& path, int value) {
    return named_file_error(action, path, errno_name(value));
}

Error refusal(std::string_view field, std::string message, std::string detail) {
    return Error{Code::file, std::string(field) + ": " + std::move(message), std::string(field),
                 std::move(detail)};
}

} // namespace infrastate::store
