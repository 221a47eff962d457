// SPDX-License-Identifier: Apache-2.0
// Decodes the certificates of a bundle file, and parses none of them.
// A store of authorities reads a bundle with it (ca_store.h).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace infrastate::transport {

/// Where one certificate lies in BundleBlocks::bytes.
struct BlockPlace {
    std::size_t begin = 0, size = 0;
};

/// The certificates of a bundle in DER form, in their order.
struct BundleBlocks {
    std::string bytes{};
    std::vector<BlockPlace> places{};
};

/// The certificates that PEM_read_bio() finds in the text: blocks of another kind and text between
/// the blocks are skipped, and a block that cannot be decoded ends the bundle.
BundleBlocks decode_bundle(std::string_view text);

/// The same for a file. A file that cannot be read has no certificates. Wipes the text from memory,
/// because a private key may stand beside the certificates.
BundleBlocks read_bundle(const std::string& path);

} // namespace infrastate::transport
