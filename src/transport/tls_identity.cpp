// SPDX-License-Identifier: Apache-2.0
#include "tls_identity.h"

#include "pem.h"

#include "infrastate/types/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <climits>
#include <cstring>

namespace infrastate::transport {
namespace {

struct KeyFree {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using KeyOwner = std::unique_ptr<EVP_PKEY, KeyFree>;

struct Passphrase {
    std::string_view text;
    bool asked = false;
};

int give_passphrase(char* buffer, int size, int, void* context) noexcept {
    auto& passphrase = *static_cast<Passphrase*>(context);
    passphrase.asked = true;
    const auto room = static_cast<std::size_t>(size);
    if (passphrase.text.empty() || passphrase.text.size() > room) return -1;
    std::memcpy(buffer, passphrase.text.data(), passphrase.text.size());
    return static_cast<int>(passphrase.text.size());
}

/// Whether OpenSSL just failed because it had no memory.
bool no_memory_left() noexcept {
    return ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
}

Result<KeyOwner> read_key(const TlsSettings& settings) {
    const std::string_view pem = settings.client_key_pem.reveal();
    BioOwner bio(pem.size() <= INT_MAX ? BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))
                                       : nullptr);
    Passphrase passphrase{settings.client_key_passphrase.reveal()};
    KeyOwner key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &give_passphrase, &passphrase)
                     : nullptr);
    if (key) return key;
    if (!bio || no_memory_left()) return lack_of(ENOMEM, "for the private key in client_key");
    if (passphrase.asked && passphrase.text.empty()) {
        return argument_error("client_key_passphrase",
                              "client_key is encrypted; its client_key_passphrase is needed");
    }
    if (passphrase.asked) {
        return argument_error("client_key_passphrase",
                              "client_key_passphrase does not open client_key");
    }
    return argument_error("client_key", "client_key holds no private key in PEM form");
}

} // namespace

Error no_certificate(std::string_view field, std::string_view text) {
    return argument_error(field, std::string(field) + ": " + what_instead_of_pem(text));
}

Result<std::vector<X509Owner>> read_certificates(std::string_view pem, std::string_view field) {
    const std::string name(field);
    BioOwner bio(pem.size() <= INT_MAX ? BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))
                                       : nullptr);
    if (pem.size() > INT_MAX) return argument_error(field, name + " is too long");
    if (!bio) return lack_of(ENOMEM, "for the certificates in " + name);
    std::vector<X509Owner> all;
    for (;;) {
        ERR_clear_error();
        X509Owner one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (one) {
            all.push_back(std::move(one));
            continue;
        }
        const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        if (no_memory_left()) return lack_of(ENOMEM, "for the certificates in " + name);
        ERR_clear_error();
        if (!at_end) {
            return argument_error(field, "certificate number " + std::to_string(all.size() + 1) +
                                             " in " + name + " cannot be read");
        }
        if (all.empty()) return no_certificate(field, pem);
        return all;
    }
}

Result<void> use_client_identity(SSL_CTX* context, const TlsSettings& settings) {
    const bool has_certificate = !settings.client_certificate_pem.empty();
    const bool has_key = !settings.client_key_pem.empty();
    if (!has_certificate && !has_key) return {};
    if (!has_key) return argument_error("client_key", "client_cert needs its client_key");
    if (!has_certificate) return argument_error("client_cert", "client_key needs its client_cert");

    auto chain = read_certificates(settings.client_certificate_pem, "client_cert");
    if (!chain) return chain.error();
    auto key = read_key(settings);
    if (!key) return key.error();
    X509* own = chain->front().get();
    if (X509_check_private_key(own, key->get()) != 1) {
        return argument_error("client_key", "client_key does not belong to client_cert; the first "
                                            "certificate in client_cert must be the key's own");
    }
    bool accepted = SSL_CTX_use_certificate(context, own) == 1 &&
                    SSL_CTX_use_PrivateKey(context, key->get()) == 1;
    for (std::size_t i = 1; i < chain->size(); ++i) {
        accepted = accepted && SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) == 1;
    }
    if (!accepted) {
        return argument_error("client_cert", "client_cert is refused by OpenSSL's security level: "
                                             "its key or its signature is too weak");
    }
    return {};
}

} // namespace infrastate::transport
