// SPDX-License-Identifier: Apache-2.0
// A bundle of authorities, of which only those are parsed that are asked for: which certificates of
// it are trusted, and that they are the same ones as if all had been parsed.
#include "ca_store.h"
#include "support/temp_folder.h"
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <fstream>

namespace infrastate::test {
namespace {

using namespace transport;

struct StoreFree {
    void operator()(X509_STORE* one) const noexcept { X509_STORE_free(one); }
    void operator()(X509_STORE_CTX* one) const noexcept { X509_STORE_CTX_free(one); }
    void operator()(X509_NAME* one) const noexcept { X509_NAME_free(one); }
};

std::string noise(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += make_authority("noise " + std::to_string(i)).certificate_pem();
    return text;
}

/// A store over one bundle.
class Store {
public:
    explicit Store(const std::string& text, const Identity* known = nullptr)
        : store_(X509_STORE_new()) {
        const std::string path = folder_.path() + "/bundle.pem";
        std::ofstream(path) << text;
        if (known != nullptr) X509_STORE_add_cert(store_.get(), known->certificate.get());
        SystemAuthorities where;
        where.bundle = path;
        CPPUNIT_ASSERT(add_system_authorities(store_.get(), where).ok());
    }
    /// The verdict of OpenSSL on a certificate: X509_V_OK, or the reason.
    int verdict_on(const Identity& leaf) const { return verdict_of(store_.get(), leaf); }
    static int verdict_of(X509_STORE* store, const Identity& leaf) {
        const std::unique_ptr<X509_STORE_CTX, StoreFree> context(X509_STORE_CTX_new());
        X509_STORE_CTX_init(context.get(), store, leaf.certificate.get(), nullptr);
        X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
        X509_verify_cert(context.get());
        return X509_STORE_CTX_get_error(context.get());
    }
    bool finds(const X509_NAME* name) {
        const std::unique_ptr<X509_STORE_CTX, StoreFree> context(X509_STORE_CTX_new());
        X509_STORE_CTX_init(context.get(), store_.get(), nullptr, nullptr);
        X509_OBJECT* found = X509_STORE_CTX_get_obj_by_subject(context.get(), X509_LU_X509, name);
        X509_OBJECT_free(found);
        return found != nullptr;
    }
    int parsed() const { return sk_X509_OBJECT_num(X509_STORE_get0_objects(store_.get())); }

private:
    TempFolder folder_;
    std::unique_ptr<X509_STORE, StoreFree> store_;
};

/// In OpenSSL's own form, with what a user decided about it.
std::string trusted_pem(X509* certificate) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_AUX(bio, certificate);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    std::string out(text, static_cast<std::size_t>(size));
    BIO_free(bio);
    return out;
}

} // namespace

class BundleTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(BundleTest);
    CPPUNIT_TEST(only_the_authority_that_is_asked_for_is_parsed);
    CPPUNIT_TEST(of_two_authorities_of_one_name_both_are_added);
    CPPUNIT_TEST(a_name_that_is_known_already_is_looked_for_as_well);
    CPPUNIT_TEST(names_are_compared_as_openssl_compares_them);
    CPPUNIT_TEST(an_authority_that_the_bundle_rejects_is_not_trusted);
    CPPUNIT_TEST(what_cannot_be_decoded_ends_the_bundle);
    CPPUNIT_TEST(keys_and_text_in_a_bundle_are_passed_over);
    CPPUNIT_TEST_SUITE_END();

public:
    void only_the_authority_that_is_asked_for_is_parsed() {
        Store store(noise(5) + test_authority().certificate_pem() + noise(5));
        CPPUNIT_ASSERT_EQUAL(X509_V_OK, store.verdict_on(good_identity()));
        CPPUNIT_ASSERT_EQUAL(1, store.parsed());
        const auto stranger = issued_by(make_authority("stranger"), {});
        CPPUNIT_ASSERT_EQUAL(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                             store.verdict_on(stranger));
        CPPUNIT_ASSERT_EQUAL(1, store.parsed());
    }

    /// Which one OpenSSL takes is its own choice: the same as if all had been parsed.
    void of_two_authorities_of_one_name_both_are_added() {
        const auto first = make_authority("twin");
        const auto second = make_authority("twin");
        const Store store(noise(1) + first.certificate_pem() + noise(1) + second.certificate_pem());
        const std::unique_ptr<X509_STORE, StoreFree> whole(X509_STORE_new());
        X509_STORE_add_cert(whole.get(), first.certificate.get());
        X509_STORE_add_cert(whole.get(), second.certificate.get());
        int trusted = 0;
        for (const Identity* issuer : {&first, &second}) {
            const auto leaf = issued_by(*issuer, {});
            const int verdict = store.verdict_on(leaf);
            CPPUNIT_ASSERT_EQUAL(Store::verdict_of(whole.get(), leaf), verdict);
            trusted += verdict == X509_V_OK ? 1 : 0;
        }
        CPPUNIT_ASSERT(trusted > 0);
        CPPUNIT_ASSERT_EQUAL(2, store.parsed());
    }

    void a_name_that_is_known_already_is_looked_for_as_well() {
        const auto given = make_authority("twin"); // as by server_certificate
        const auto in_bundle = make_authority("twin");
        const auto other = make_authority("other");
        const Store store(in_bundle.certificate_pem() + noise(2) + other.certificate_pem(), &given);
        CPPUNIT_ASSERT_EQUAL(1, store.parsed());
        CPPUNIT_ASSERT_EQUAL(X509_V_OK, store.verdict_on(issued_by(other, {})));
        CPPUNIT_ASSERT_EQUAL(3, store.parsed());
    }

    void names_are_compared_as_openssl_compares_them() {
        Store store(noise(1) + make_authority("Company  Root").certificate_pem());
        const auto finds = [&](int encoding, const char* text) {
            const std::unique_ptr<X509_NAME, StoreFree> name(X509_NAME_new());
            X509_NAME_add_entry_by_txt(name.get(), "CN", encoding,
                                       reinterpret_cast<const unsigned char*>(text), -1, -1, 0);
            return store.finds(name.get());
        };
        CPPUNIT_ASSERT(finds(V_ASN1_PRINTABLESTRING, "company root"));
        CPPUNIT_ASSERT(finds(V_ASN1_UTF8STRING, "COMPANY ROOT "));
        CPPUNIT_ASSERT(!finds(V_ASN1_UTF8STRING, "companyroot"));
        CPPUNIT_ASSERT(!finds(V_ASN1_UTF8STRING, "company toor"));
        // Two bytes a letter.
        std::string wide;
        for (const char c : std::string("company root"))
            wide += std::string(1, '\0') + c;
        const std::unique_ptr<X509_NAME, StoreFree> name(X509_NAME_new());
        X509_NAME_add_entry_by_txt(name.get(), "CN", V_ASN1_BMPSTRING,
                                   reinterpret_cast<const unsigned char*>(wide.data()),
                                   static_cast<int>(wide.size()), -1, 0);
        CPPUNIT_ASSERT(store.finds(name.get()));
    }

    void an_authority_that_the_bundle_rejects_is_not_trusted() {
        const auto authority = make_authority("rejected");
        X509_add1_reject_object(authority.certificate.get(), OBJ_nid2obj(NID_server_auth));
        Store store(noise(1) + trusted_pem(authority.certificate.get()));
        CPPUNIT_ASSERT_EQUAL(X509_V_ERR_CERT_REJECTED, store.verdict_on(issued_by(authority, {})));
    }

    void what_cannot_be_decoded_ends_the_bundle() {
        const auto before = make_authority("before");
        const auto behind = make_authority("behind");
        std::string no_base64 = noise(1);
        no_base64.replace(no_base64.size() / 2, 4, "!!!!");
        const std::string no_certificate =
            "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n";
        for (const std::string& broken : {no_base64, no_certificate}) {
            Store store(before.certificate_pem() + broken + behind.certificate_pem());
            CPPUNIT_ASSERT_EQUAL(X509_V_OK, store.verdict_on(issued_by(before, {})));
            CPPUNIT_ASSERT_EQUAL(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                                 store.verdict_on(issued_by(behind, {})));
        }
    }

    void keys_and_text_in_a_bundle_are_passed_over() {
        const auto authority = make_authority("company");
        Store store("# ours\n" + authority.key_pem() + "CN=company\n" +
                    authority.certificate_pem());
        CPPUNIT_ASSERT_EQUAL(X509_V_OK, store.verdict_on(issued_by(authority, {})));
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(BundleTest, "bundle");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("bundle");

} // namespace infrastate::test
