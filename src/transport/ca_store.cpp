// SPDX-License-Identifier: Apache-2.0
#include "ca_store.h"

#include "pem.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <cerrno>
#include <filesystem>
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

bool readable_file(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), R_OK) == 0;
}

bool readable_directory(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored) && ::access(path.c_str(), R_OK | X_OK) == 0;
}

/// A method of OpenSSL's certificate store that reads a bundle only when a certificate is looked
/// for. Most runs find their authority in the hashed directory or in server_certificate and so
/// never read the bundle.
struct LazyBundle {
    std::string path;
    bool loaded = false;
};

void load(X509_STORE* store, LazyBundle& bundle) {
    bundle.loaded = true;
    BioOwner bio(BIO_new_file(bundle.path.c_str(), "rb"));
    ERR_set_mark();
    while (bio) {
        X509Owner one(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
        if (!one) break; // the end; after a damaged part only the rest is missing
        X509_STORE_add_cert(store, one.get());
    }
    ERR_pop_to_mark();
}

int find_by_subject(X509_LOOKUP* lookup, X509_LOOKUP_TYPE type, const X509_NAME* name,
                    X509_OBJECT* found) noexcept {
    auto* bundle = static_cast<LazyBundle*>(X509_LOOKUP_get_method_data(lookup));
    if (type != X509_LU_X509 || bundle == nullptr || bundle->loaded) return 0;
    X509_STORE* store = X509_LOOKUP_get_store(lookup);
    try {
        load(store, *bundle);
    } catch (...) {
        return 0; // no exception may cross OpenSSL
    }
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

SystemAuthorities find_layout(const std::string& root) {
    SystemAuthorities found;
    for (const Layout& layout : layouts) {
        if (!readable_file(root + layout.bundle)) continue;
        found.bundle = root + layout.bundle;
        if (readable_directory(root + layout.directory)) found.directory = root + layout.directory;
        return found;
    }
    if (readable_directory(root + "/etc/ssl/certs")) found.directory = root + "/etc/ssl/certs";
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
        X509_LOOKUP_set_method_data(lookup, new LazyBundle{where.bundle});
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
