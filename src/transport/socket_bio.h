// SPDX-License-Identifier: Apache-2.0
// The BIO through which OpenSSL uses a connected socket. It sends without raising SIGPIPE, and
// looks at the peer's first bytes before OpenSSL reads them.
#pragma once

#include "infrastate/types/descriptor.h"

#include <openssl/bio.h>

#include <memory>

namespace infrastate::transport {

/// The socket of a BIO, and what its calls of the system found.
struct BioSocket {
    enum class Peer { silent, speaks_tls, speaks_otherwise };

    Descriptor descriptor;
    Peer peer = Peer::silent; ///< by its first bytes
    bool ended = false;       ///< the peer has closed its side
    int problem = 0;          ///< errno of the last call of the system that failed
};

struct BioMethodFree {
    void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
};
using BioMethod = std::unique_ptr<BIO_METHOD, BioMethodFree>;

/// Nothing if OpenSSL has no memory. It must outlive its BIOs.
BioMethod new_socket_method() noexcept;
/// The caller owns the BIO, and the socket must outlive it. nullptr if OpenSSL has no memory.
BIO* new_socket_bio(const BIO_METHOD* method, BioSocket& socket) noexcept;

} // namespace infrastate::transport
