// SPDX-License-Identifier: Apache-2.0
#include "ca_store.h"

#include "bundle_blocks.h"
#include "pem.h"

#include "infrastate/types/ascii.h"
#include "infrastate/types/text.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <unistd.h>

namespace infrastate::transport {
namespace {

struct Layout {
    const char* bundle;
    const char* directory; ///< a hashed directory, as `openssl rehash` makes it
};

// The first one that exists, in this order, is used.
constexpr std::array<Layout, 6> layouts{{
    {"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs"}, // Debian, Ubuntu, Alpine, Arch
    {"/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/ca-trust/extracted/pem/directory-hash"}, // RHEL
    {"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
     "/etc/pki/ca-trust/extracted/pem/directory-hash"}, // Fedora since 42
    {"/etc/ssl/ca-bundle.pem", "/etc/ssl/certs"},       // SUSE
    {"/var/lib/ca-certificates/ca-bundle.pem", "/var/lib/ca-certificates/openssl"}, // SUSE Micro
    {"/etc/ssl/cert.pem", "/etc/ssl/certs"}, // a plain OpenSSL
}};

/// Used if there is no bundle.
constexpr const char* hashes_alone = "/etc/ssl/certs";

bool readable_file(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), R_OK) == 0;
}

bool readable_directory(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored) && ::access(path.c_str(), R_OK | X_OK) == 0;
}

/// A hash of a certificate's name. If X509_NAME_cmp() finds two names equal, may_equal() is true
/// for their hashes: the hash ignores case, blanks and the type of the strings, and so it ignores
/// all that X509_NAME_cmp() ignores.
struct NameMark {
    std::uint64_t letters = 0xcbf29ce484222325; ///< FNV-1a over letters and digits, in lower case
    bool unsure = false; ///< true: has characters of several bytes, or OpenSSL may sort it
    bool may_equal(const NameMark& other) const noexcept {
        return unsure || other.unsure || letters == other.letters;
    }
};

/// One certificate of a bundle, which is not parsed.
struct Block {
    NameMark subject{};
    BlockPlace place{}; ///< in LazyBundle::bytes
    bool added = false;
};

/// A method of OpenSSL's certificate store. It reads the bundle only when OpenSSL looks for a
/// certificate, and parses only the certificates with the wanted name: most of the work on a
/// certificate is its public key. Most runs find their authority in the hashed directory or in
/// server_certificate and so never read the bundle.
struct LazyBundle {
    std::string path{};
    bool loaded = false;
    std::string bytes{}; ///< the certificates, decoded
    std::vector<Block> blocks{};
};

using Bytes = std::span<const unsigned char>;

Bytes bytes_of(const LazyBundle& bundle, BlockPlace place) noexcept {
    return {reinterpret_cast<const unsigned char*>(bundle.bytes.data()) + place.begin, place.size};
}

/// A DER element: its tag and its content.
struct Element {
    int tag = 0;
    Bytes inside{};
};

/// Removes the first DER element from `rest` and returns it. Empty if `rest` does not begin with
/// one.
std::optional<Element> take(Bytes& rest) noexcept {
    if (rest.empty()) return {};
    long size = 0;
    int tag = 0, of_class = 0;
    const unsigned char* at = rest.data();
    const int flags = ASN1_get_object(&at, &size, &tag, &of_class, static_cast<long>(rest.size()));
    constexpr int failed = 0x80, indefinite = 0x01;
    if ((flags & (failed | indefinite)) != 0 || size < 0) return {};
    const auto head = static_cast<std::size_t>(at - rest.data());
    const Element out{of_class == V_ASN1_UNIVERSAL ? tag : -1,
                      rest.subspan(head, static_cast<std::size_t>(size))};
    rest = rest.subspan(head + out.inside.size());
    return out;
}

void add_letters(NameMark& mark, const Element& value) noexcept {
    constexpr std::array single_bytes{V_ASN1_UTF8STRING,    V_ASN1_PRINTABLESTRING,
                                      V_ASN1_IA5STRING,     V_ASN1_T61STRING,
                                      V_ASN1_VISIBLESTRING, V_ASN1_NUMERICSTRING};
    if (std::find(single_bytes.begin(), single_bytes.end(), value.tag) == single_bytes.end())
        mark.unsure = true;
    for (const unsigned char byte : value.inside) {
        const char c = to_lower(static_cast<char>(byte));
        if (is_letter_or_digit(c))
            mark.letters = (mark.letters ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
}

/// The hash of a Name. `name` is the Name's content: sets of pairs, each of a type and a value.
NameMark mark_of(Bytes name) noexcept {
    NameMark out;
    while (const auto set = take(name)) {
        auto pairs = set->inside;
        while (const auto pair = take(pairs)) {
            auto parts = pair->inside;
            take(parts);
            if (const auto value = take(parts)) add_letters(out, *value);
            if (!pairs.empty()) out.unsure = true; // OpenSSL sorts the pairs of one set
        }
    }
    return out;
}

/// The subject of an encoded certificate. Empty if the bytes do not have a certificate's structure
/// (RFC 5280).
std::optional<NameMark> subject_of(Bytes certificate) noexcept {
    const auto whole = take(certificate);
    if (!whole || whole->tag != V_ASN1_SEQUENCE) return {};
    auto rest = whole->inside;
    const auto signed_part = take(rest);
    if (!signed_part || signed_part->tag != V_ASN1_SEQUENCE) return {};
    rest = signed_part->inside;
    auto next = take(rest);
    // The version comes first, except in version 1.
    if (next && next->tag == -1) next = take(rest);
    if (!next || next->tag != V_ASN1_INTEGER) return {}; // the serial number
    for (int i = 0; i < 4; ++i) { // the algorithm, the issuer, the dates, the subject
        next = take(rest);
        if (!next || next->tag != V_ASN1_SEQUENCE) return {};
    }
    return mark_of(next->inside);
}

void load(LazyBundle& bundle) {
    bundle.loaded = true;
    auto read = read_bundle(bundle.path);
    bundle.bytes = std::move(read.bytes);
    for (const BlockPlace& place : read.places) {
        const auto subject = subject_of(bytes_of(bundle, place));
        if (!subject) break;
        bundle.blocks.push_back({*subject, place});
    }
}

/// Adds the bundle's certificates with the subject `name` to the store. OpenSSL then chooses among
/// all of the store's certificates. Compares subjects with X509_NAME_cmp(), as OpenSSL does.
void add_named(X509_STORE* store, LazyBundle& bundle, const X509_NAME* name) {
    const unsigned char* encoded = nullptr;
    std::size_t encoded_size = 0;
    if (X509_NAME_get0_der(name, &encoded, &encoded_size) != 1) return;
    Bytes rest(encoded, encoded_size);
    const auto sequence = take(rest);
    const NameMark mark = sequence ? mark_of(sequence->inside) : NameMark{0, true};
    for (Block& block : bundle.blocks) {
        if (block.added || !block.subject.may_equal(mark)) continue;
        const Bytes bytes = bytes_of(bundle, block.place);
        const auto* at = bytes.data();
        const X509Owner one(d2i_X509_AUX(nullptr, &at, static_cast<long>(bytes.size())));
        if (!one || X509_NAME_cmp(X509_get_subject_name(one.get()), name) != 0) continue;
        block.added = true;
        X509_STORE_add_cert(store, one.get());
    }
}

/// Adds the bundle's certificates of all subjects that the store already has, right after the
/// bundle was read. OpenSSL calls find_by_subject() only for subjects that the store does not have.
void add_known(X509_STORE* store, LazyBundle& bundle) {
    std::vector<const X509_NAME*> names;
    X509_STORE_lock(store);
    const auto* objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
        if (const X509* one = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i)))
            names.push_back(X509_get_subject_name(one));
    }
    X509_STORE_unlock(store);
    for (const X509_NAME* name : names) // they stay valid: a store never removes a certificate
        add_named(store, bundle, name);
}

int find_by_subject(X509_LOOKUP* lookup, X509_LOOKUP_TYPE type, const X509_NAME* name,
                    X509_OBJECT* found) noexcept {
    auto* bundle = static_cast<LazyBundle*>(X509_LOOKUP_get_method_data(lookup));
    if (type != X509_LU_X509 || bundle == nullptr) return 0;
    X509_STORE* store = X509_LOOKUP_get_store(lookup);
    ERR_set_mark();
    try {
        if (!bundle->loaded) {
            load(*bundle);
            add_known(store, *bundle);
        }
        add_named(store, *bundle, name);
    } catch (...) { // no exception may cross OpenSSL; what was read so far counts
    }
    ERR_pop_to_mark();
    X509_STORE_lock(store);
    X509_OBJECT* object =
        X509_OBJECT_retrieve_by_subject(X509_STORE_get0_objects(store), type, name);
    X509* certificate = object != nullptr ? X509_OBJECT_get0_X509(object) : nullptr;
    const int result = certificate != nullptr ? X509_OBJECT_set1_X509(found, certificate) : 0;
    // The caller counts its own reference and never frees `found`, so the store's reference is
    // enough.
    if (result == 1) X509_free(certificate);
    X509_STORE_unlock(store);
    return result;
}

void free_bundle(X509_LOOKUP* lookup) noexcept {
    delete static_cast<LazyBundle*>(X509_LOOKUP_get_method_data(lookup));
}

X509_LOOKUP_METHOD* lazy_bundle_method() {
    static X509_LOOKUP_METHOD* const method = [] {
        X509_LOOKUP_METHOD* made = X509_LOOKUP_meth_new("infrastate: a bundle read on demand");
        if (made != nullptr) {
            X509_LOOKUP_meth_set_get_by_subject(made, &find_by_subject);
            X509_LOOKUP_meth_set_free(made, &free_bundle);
        }
        return made; // lives as long as the process
    }();
    return method;
}

} // namespace

std::string system_places() {
    return joined(layouts, ", ", [](const Layout& layout) { return layout.bundle; }) +
           " and the folder " + hashes_alone;
}

SystemAuthorities find_layout(const std::string& root) {
    SystemAuthorities found;
    for (const Layout& layout : layouts) {
        if (!readable_file(root + layout.bundle)) continue;
        found.bundle = root + layout.bundle;
        if (readable_directory(root + layout.directory)) found.directory = root + layout.directory;
        return found;
    }
    if (readable_directory(root + hashes_alone)) found.directory = root + hashes_alone;
    return found;
}

Result<SystemAuthorities> find_system_authorities(std::string_view ssl_cert_file,
                                                  std::string_view ssl_cert_dir) {
    SystemAuthorities found;
    if (!ssl_cert_file.empty() || !ssl_cert_dir.empty()) {
        found.bundle = ssl_cert_file;
        found.directory = ssl_cert_dir;
        if (!found.bundle.empty() && !readable_file(found.bundle)) {
            return argument_error("SSL_CERT_FILE", "SSL_CERT_FILE names " + found.bundle +
                                                       ", which is not a readable file");
        }
        // OpenSSL reads it as a list, and a missing part of the list does no harm.
        return found;
    }
    return find_layout("");
}

Result<void> add_system_authorities(X509_STORE* store, const SystemAuthorities& where) {
    const Error no_memory = lack_of(ENOMEM, "for the certificate store");
    if (!where.directory.empty()) {
        X509_LOOKUP* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
        if (lookup == nullptr ||
            X509_LOOKUP_add_dir(lookup, where.directory.c_str(), X509_FILETYPE_PEM) != 1) {
            return no_memory;
        }
    }
    if (!where.bundle.empty()) {
        X509_LOOKUP_METHOD* method = lazy_bundle_method();
        X509_LOOKUP* lookup = method != nullptr ? X509_STORE_add_lookup(store, method) : nullptr;
        if (lookup == nullptr) return no_memory;
        X509_LOOKUP_set_method_data(lookup, new LazyBundle{.path = where.bundle});
    }
    return {};
}

Result<void> add_pem_authorities(X509_STORE* store, std::string_view pem, std::string_view field) {
    auto certificates = read_certificates(pem, field);
    if (!certificates) return certificates.error();
    for (const X509Owner& one : *certificates) {
        if (X509_STORE_add_cert(store, one.get()) != 1) {
            return lack_of(ENOMEM, "for the certificate store");
        }
    }
    return {};
}

} // namespace infrastate::transport
