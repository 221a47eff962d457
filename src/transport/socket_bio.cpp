// SPDX-License-Identifier: Apache-2.0
#include "socket_bio.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace infrastate::transport {
namespace {

BioSocket& socket_of(BIO* bio) noexcept {
    return *static_cast<BioSocket*>(BIO_get_data(bio));
}

/// After a call of the system that failed: whether OpenSSL is to try it again, or why it failed.
void note_failure(BIO* bio, BioSocket& socket, int direction) noexcept {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        BIO_set_flags(bio, direction | BIO_FLAGS_SHOULD_RETRY);
    else
        socket.problem = errno;
}

/// Looks at the peer's first bytes. OpenSSL itself would wait for a whole record header, which a
/// peer that sends "{}" never completes. Returns false if OpenSSL must not read now.
bool may_read(BIO* bio, BioSocket& socket) noexcept {
    std::array<unsigned char, 2> first{};
    const auto seen =
        ::recv(socket.descriptor.get(), first.data(), first.size(), MSG_PEEK | MSG_DONTWAIT);
    if (seen == 0) return true; // the end; OpenSSL sees it itself
    if (seen < 0) {
        note_failure(bio, socket, BIO_FLAGS_READ);
        return false;
    }
    const bool record = first[0] >= 20 && first[0] <= 24; // from change_cipher_spec to heartbeat
    const bool tls = record && (seen == 1 || first[1] == 3);
    socket.peer = tls ? BioSocket::Peer::speaks_tls : BioSocket::Peer::speaks_otherwise;
    return tls;
}

int read_socket(BIO* bio, char* into, int size) noexcept {
    BioSocket& socket = socket_of(bio);
    BIO_clear_retry_flags(bio);
    if (socket.peer != BioSocket::Peer::speaks_tls && !may_read(bio, socket)) return -1;
    const auto got = ::recv(socket.descriptor.get(), into, static_cast<std::size_t>(size), 0);
    socket.ended = got == 0;
    if (got < 0) note_failure(bio, socket, BIO_FLAGS_READ);
    return static_cast<int>(got);
}

int write_socket(BIO* bio, const char* bytes, int size) noexcept {
    BioSocket& socket = socket_of(bio);
    BIO_clear_retry_flags(bio);
    const auto sent =
        ::send(socket.descriptor.get(), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0) note_failure(bio, socket, BIO_FLAGS_WRITE);
    return static_cast<int>(sent);
}

long control_socket(BIO* bio, int what, long, void*) noexcept {
    if (what == BIO_CTRL_FLUSH) return 1;
    if (what == BIO_CTRL_EOF) return socket_of(bio).ended ? 1 : 0;
    return 0;
}

} // namespace

BioMethod new_socket_method() noexcept {
    BioMethod method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "infrastate"));
    if (!method) return nullptr;
    BIO_meth_set_read(method.get(), &read_socket);
    BIO_meth_set_write(method.get(), &write_socket);
    BIO_meth_set_ctrl(method.get(), &control_socket);
    return method;
}

BIO* new_socket_bio(const BIO_METHOD* method, BioSocket& socket) noexcept {
    BIO* bio = BIO_new(method);
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, &socket);
    BIO_set_init(bio, 1);
    return bio;
}

} // namespace infrastate::transport
