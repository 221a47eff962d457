// SPDX-License-Identifier: Apache-2.0
#include "bundle_blocks.h"

#include "pem.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <climits>
#include <filesystem>
#include <optional>

namespace infrastate::transport {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view begin_line = "-----BEGIN CERTIFICATE-----\n";
constexpr std::string_view end_line = "-----END CERTIFICATE-----\n";
constexpr std::size_t line_size = 64; ///< of RFC 7468, section 2

/// Removes everything before the next line that begins a block. False: there is none.
bool skip_to_block(std::string_view& rest) noexcept {
    for (std::size_t at = 0; (at = rest.find(begin_mark, at)) != std::string_view::npos; ++at) {
        if (at == 0 || rest[at - 1] == '\n') {
            rest.remove_prefix(at);
            return true;
        }
    }
    return false;
}

/// Appends the bytes of one line of base64. False: OpenSSL could read something else there.
bool add_line(std::string& bytes, std::string_view line, bool last) {
    if (line.empty() || line.size() % 4 != 0) return false;
    std::size_t padding = 0;
    if (last && line.back() == '=') padding = line[line.size() - 2] == '=' ? 2 : 1;
    if (line.substr(0, line.size() - padding).find('=') != std::string_view::npos) return false;
    std::array<unsigned char, line_size / 4 * 3> out{};
    const int size =
        EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(line.data()),
                        static_cast<int>(line.size()));
    // It skips blanks at both ends; then it returns less.
    if (size < 0 || static_cast<std::size_t>(size) != line.size() / 4 * 3) return false;
    bytes.append(reinterpret_cast<const char*>(out.data()),
                 static_cast<std::size_t>(size) - padding);
    return true;
}

/// Decodes a certificate that is written as all tools write it: full lines of 64 characters, the
/// last one shorter or full. Its size, and `rest` begins behind it. Empty, and `rest` as it was:
/// the block is not of this form.
std::optional<std::size_t> add_plain(std::string& bytes, std::string_view& rest) {
    if (!rest.starts_with(begin_line)) return {};
    const std::size_t before = bytes.size();
    auto lines = rest.substr(begin_line.size());
    for (bool last = false; !last;) {
        const std::size_t end = lines.find('\n');
        if (end == std::string_view::npos || end > line_size) break;
        const auto line = lines.substr(0, end);
        lines.remove_prefix(end + 1);
        last = lines.starts_with(end_line);
        if ((!last && end != line_size) || !add_line(bytes, line, last)) break;
        if (last) {
            rest = lines.substr(end_line.size());
            return bytes.size() - before;
        }
    }
    bytes.resize(before);
    return {};
}

/// The memory that PEM_read_bio() returns. Its caller must free it.
struct PemBlock {
    char* kind = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    PemBlock() = default;
    PemBlock(const PemBlock&) = delete;
    PemBlock& operator=(const PemBlock&) = delete;
    ~PemBlock() {
        OPENSSL_free(kind);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, static_cast<std::size_t>(size)); // it may be somebody's key
    }
    bool is_certificate() const noexcept {
        const std::string_view name(kind);
        return name == PEM_STRING_X509 || name == PEM_STRING_X509_OLD ||
               name == PEM_STRING_X509_TRUSTED;
    }
};

/// Lets OpenSSL decode the next block, and removes it from `rest`. Its size, 0 for one that is no
/// certificate. Empty: the end of the text, or of what can be decoded.
std::optional<std::size_t> add_any(std::string& bytes, std::string_view& rest) {
    if (rest.size() > INT_MAX) return {};
    const BioOwner bio(BIO_new_mem_buf(rest.data(), static_cast<int>(rest.size())));
    PemBlock pem;
    if (!bio || PEM_read_bio(bio.get(), &pem.kind, &pem.header, &pem.data, &pem.size) != 1)
        return {};
    rest.remove_prefix(rest.size() - BIO_ctrl_pending(bio.get()));
    if (!pem.is_certificate()) return 0;
    bytes.append(reinterpret_cast<const char*>(pem.data), static_cast<std::size_t>(pem.size));
    return static_cast<std::size_t>(pem.size);
}

} // namespace

BundleBlocks decode_bundle(std::string_view text) {
    BundleBlocks out;
    out.bytes.reserve(text.size() / 4 * 3);
    while (skip_to_block(text)) {
        const std::size_t begin = out.bytes.size();
        auto size = add_plain(out.bytes, text);
        if (!size) size = add_any(out.bytes, text);
        if (!size) break;
        if (*size > 0) out.places.push_back({begin, *size});
    }
    return out;
}

BundleBlocks read_bundle(const std::string& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    const BioOwner bio(error ? nullptr : BIO_new_file(path.c_str(), "rb"));
    if (!bio || size > INT_MAX) return {};
    std::string text(static_cast<std::size_t>(size), '\0');
    const int got = BIO_read(bio.get(), text.data(), static_cast<int>(size));
    BundleBlocks out = decode_bundle(
        std::string_view(text).substr(0, got > 0 ? static_cast<std::size_t>(got) : 0));
    OPENSSL_cleanse(text.data(), text.size());
    return out;
}

} // namespace infrastate::transport
