// SPDX-License-Identifier: Apache-2.0
// The certificates of a bundle are those that OpenSSL's own reader finds, however the text is
// broken.
#include "bundle_blocks.h"
#include "pem.h"
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <random>

namespace infrastate::test {
namespace {

using namespace transport;

std::vector<std::string> found_by_openssl(const std::string& text) {
    std::vector<std::string> out;
    const BioOwner bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    char *kind = nullptr, *header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    while (PEM_read_bio(bio.get(), &kind, &header, &data, &size) == 1) {
        const std::string_view name(kind);
        if (name == "CERTIFICATE" || name == "X509 CERTIFICATE" || name == "TRUSTED CERTIFICATE")
            out.emplace_back(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
        OPENSSL_free(kind);
        OPENSSL_free(header);
        OPENSSL_free(data);
    }
    ERR_clear_error();
    return out;
}

std::vector<std::string> found_by_us(const std::string& text) {
    std::vector<std::string> out;
    const auto blocks = decode_bundle(text);
    ERR_clear_error();
    for (const auto& place : blocks.places)
        out.push_back(blocks.bytes.substr(place.begin, place.size));
    return out;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

} // namespace

class BundleBlocksTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(BundleBlocksTest);
    CPPUNIT_TEST(each_form_of_a_block_is_read_as_openssl_reads_it);
    CPPUNIT_TEST(whatever_is_changed_the_same_certificates_are_found);
    CPPUNIT_TEST(nothing_holds_nothing);
    CPPUNIT_TEST_SUITE_END();

    void same(const std::string& text, std::size_t least = 0) {
        const auto expected = found_by_openssl(text);
        CPPUNIT_ASSERT_MESSAGE(text, expected == found_by_us(text));
        CPPUNIT_ASSERT_MESSAGE(text, expected.size() >= least);
    }

public:
    void each_form_of_a_block_is_read_as_openssl_reads_it() {
        const auto one = make_authority("one"), two = make_authority("two");
        const std::string plain = one.certificate_pem() + two.certificate_pem();
        same(plain, 2);
        same("# text\n\n" + plain + "text", 2);
        same(plain.substr(0, plain.size() - 1), 2); // the last line does not end
        same(one.key_pem() + plain, 2);
        for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
                 {"\n", "\r\n"},
                 {"\n", " \n"},
                 {"BEGIN CERTIFICATE", "BEGIN X509 CERTIFICATE"},
                 {"CERTIFICATE", "X509 CERTIFICATE"},
                 {"CERTIFICATE", "TRUSTED CERTIFICATE"},
                 {"CERTIFICATE", "CERTIFICATE REQUEST"},
                 {"CERTIFICATE-----\nM", "CERTIFICATE-----\n\nM"},
                 {"CERTIFICATE-----\nM", "CERTIFICATE-----\nProc-Type: 4,MIC-ONLY\n\nM"},
                 {"-----BEGIN", " -----BEGIN"},
                 {"-----BEGIN", "----BEGIN"},
                 {"\n-----END", "====\n-----END"},
                 {"\n-----END", "=\n-----END"},
                 {"\n-----END", "\n\n-----END"},
                 {"\n-----END CERTIFICATE-----", ""}}) {
            std::string text = plain;
            replace_all(text, from, to);
            same(text);
            same(one.certificate_pem() + text + two.certificate_pem(), 1);
        }
        std::string one_line; // as some tools write it
        for (const char c : plain) {
            if (c != '\n' || one_line.ends_with("-----")) one_line += c;
        }
        replace_all(one_line, "-----END", "\n-----END");
        same(one_line);
    }

    /// The generator has a fixed seed: a failure can be repeated.
    void whatever_is_changed_the_same_certificates_are_found() {
        std::mt19937 random(20261128);
        const auto below = [&](std::size_t size) {
            return static_cast<std::size_t>(random() % size);
        };
        const std::string plain = make_authority("one").certificate_pem() + "text\n" +
                                  make_authority("two").certificate_pem() +
                                  make_authority("three").certificate_pem();
        const std::string letters("=-\n\r \tA/+_:\0#\x80", 14);
        int whole = 0, less = 0;
        for (int i = 0; i < 20000; ++i) {
            std::string text = plain;
            for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
                const std::size_t at = below(text.size());
                switch (below(5)) {
                case 0:
                    text[at] = letters[below(letters.size())];
                    break;
                case 1:
                    text.insert(at, 1, letters[below(letters.size())]);
                    break;
                case 2:
                    text.erase(at, 1 + below(3));
                    break;
                case 3:
                    text.erase(at, below(200));
                    break;
                default:
                    text.insert(at, text, below(text.size()), below(80));
                    break;
                }
            }
            const auto expected = found_by_openssl(text);
            CPPUNIT_ASSERT_MESSAGE(text, expected == found_by_us(text));
            ++(expected.size() == 3 ? whole : less);
        }
        CPPUNIT_ASSERT(whole > 1000 && less > 1000);
    }

    void nothing_holds_nothing() {
        CPPUNIT_ASSERT(decode_bundle("").places.empty());
        CPPUNIT_ASSERT(decode_bundle("-----BEGIN ").places.empty());
        CPPUNIT_ASSERT(read_bundle("/nonexistent").places.empty());
        CPPUNIT_ASSERT(read_bundle("/dev/null").places.empty());
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(BundleBlocksTest, "bundle_blocks");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("bundle_blocks");

} // namespace infrastate::test
