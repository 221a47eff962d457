// SPDX-License-Identifier: Apache-2.0
// Which authorities are trusted, where they come from, and how errors describe parameters without a
// usable certificate or key.
#include "ca_store.h"
#include "support/temp_folder.h"
#include "tls_fixture.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/x509.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace infrastate::test {
namespace {

using namespace transport;

/// A folder with certificates in it.
class TemporaryFolder : public TempFolder {
public:
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path() + "/" + name) << text;
        return path() + "/" + name;
    }
    /// Writes it under the name by which OpenSSL looks for the certificate in a hashed directory.
    void write_hashed(const Identity& authority) const {
        std::array<char, 16> name{};
        std::snprintf(name.data(), name.size(), "%08lx.0",
                      X509_subject_name_hash(authority.certificate.get()));
        write(name.data(), authority.certificate_pem());
    }
};

Result<Response> answer_of(TlsSettings settings) {
    HostileServer server("127.0.0.1", good_tls(), answering(plain_answer("{}")));
    auto client = HttpClient::create(*Endpoint::parse(server.authority()), std::move(settings));
    if (!client) return client.error();
    return client->send(get(), ample());
}

std::string judged(TlsSettings settings) {
    return verdict(answer_of(std::move(settings)));
}

std::string field_of(TlsSettings settings) {
    const auto client = HttpClient::create(*Endpoint::parse("infra.test"), std::move(settings));
    return client ? "no error" : client.error().field + ": " + client.error().message;
}

std::string noise_bundle(int count) {
    std::string text = "# a comment, as bundles have them\n";
    for (int i = 0; i < count; ++i) {
        text += make_authority("noise " + std::to_string(i)).certificate_pem();
    }
    return text;
}

} // namespace

class AuthoritiesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AuthoritiesTest);
    CPPUNIT_TEST(a_bundle_named_by_ssl_cert_file_is_trusted);
    CPPUNIT_TEST(a_hashed_directory_named_by_ssl_cert_dir_is_trusted);
    CPPUNIT_TEST(a_bundle_is_asked_where_the_directory_lacks_the_authority);
    CPPUNIT_TEST(extra_authorities_are_added_and_do_not_replace);
    CPPUNIT_TEST(a_missing_ssl_cert_file_is_named);
    CPPUNIT_TEST(the_systems_authorities_are_found_where_there_are_any);
    CPPUNIT_TEST(each_distributions_place_is_found);
    CPPUNIT_TEST(a_certificate_parameter_that_holds_none_is_named);
    CPPUNIT_TEST(a_client_key_that_cannot_be_used_is_named_and_not_repeated);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_bundle_named_by_ssl_cert_file_is_trusted() {
        const TemporaryFolder folder;
        TlsSettings settings;
        settings.ssl_cert_file = folder.write(
            "bundle.pem", noise_bundle(5) + test_authority().certificate_pem() + noise_bundle(1));
        CPPUNIT_ASSERT_EQUAL(std::string("200"), judged(std::move(settings)));
        TlsSettings without;
        without.ssl_cert_file = folder.write("noise.pem", noise_bundle(5));
        const auto answer = answer_of(std::move(without));
        CPPUNIT_ASSERT_EQUAL(std::string("tls_unknown_authority"), verdict(answer));
        const std::string message = answer.error().message;
        CPPUNIT_ASSERT_MESSAGE(message, message.ends_with("give its certificate in "
                                                          "server_certificate_file"));
    }

    void a_hashed_directory_named_by_ssl_cert_dir_is_trusted() {
        const TemporaryFolder folder;
        folder.write_hashed(test_authority());
        TlsSettings settings;
        settings.ssl_cert_dir = "/nonexistent:" + folder.path();
        CPPUNIT_ASSERT_EQUAL(std::string("200"), judged(std::move(settings)));
    }

    void a_bundle_is_asked_where_the_directory_lacks_the_authority() {
        const TemporaryFolder folder;
        folder.write_hashed(make_authority("another"));
        TlsSettings settings;
        settings.ssl_cert_dir = folder.path();
        settings.ssl_cert_file = folder.write("bundle.pem", test_authority().certificate_pem());
        CPPUNIT_ASSERT_EQUAL(std::string("200"), judged(std::move(settings)));
    }

    void extra_authorities_are_added_and_do_not_replace() {
        const TemporaryFolder folder;
        TlsSettings settings = trusting(make_authority("another"));
        settings.ssl_cert_file = folder.write("bundle.pem", test_authority().certificate_pem());
        CPPUNIT_ASSERT_EQUAL(std::string("200"), judged(std::move(settings)));
    }

    void a_missing_ssl_cert_file_is_named() {
        TlsSettings settings = trusting(test_authority());
        settings.ssl_cert_file = "/nonexistent/bundle.pem";
        const std::string error = field_of(std::move(settings));
        CPPUNIT_ASSERT_MESSAGE(error, error.starts_with("SSL_CERT_FILE: "));
        CPPUNIT_ASSERT_MESSAGE(error, error.find("/nonexistent/bundle.pem") != std::string::npos);
    }

    void the_systems_authorities_are_found_where_there_are_any() {
        const auto found = find_system_authorities("", "");
        CPPUNIT_ASSERT(found.ok());
        const bool debian = std::filesystem::exists("/etc/ssl/certs/ca-certificates.crt");
        if (debian) {
            CPPUNIT_ASSERT_EQUAL(std::string("/etc/ssl/certs/ca-certificates.crt"), found->bundle);
            CPPUNIT_ASSERT_EQUAL(std::string("/etc/ssl/certs"), found->directory);
        }
        if (found->found()) CPPUNIT_ASSERT_EQUAL(std::string("no error"), field_of(TlsSettings{}));
    }

    void each_distributions_place_is_found() {
        struct Row {
            const char* name;
            std::vector<const char*> files, directories;
            const char* bundle;
            const char* directory;
        };
        const char* const debian = "/etc/ssl/certs/ca-certificates.crt";
        const char* const rhel = "/etc/pki/tls/certs/ca-bundle.crt";
        const char* const fedora = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem";
        const char* const hashed = "/etc/pki/ca-trust/extracted/pem/directory-hash";
        const char* const suse = "/etc/ssl/ca-bundle.pem";
        const Row table[] = {
            {"Debian, Ubuntu", {debian}, {}, debian, "/etc/ssl/certs"},
            {"Alpine", {debian, "/etc/ssl/cert.pem"}, {}, debian, "/etc/ssl/certs"},
            {"RHEL", {rhel, fedora}, {"/etc/ssl/certs"}, rhel, ""},
            {"Fedora", {fedora}, {hashed, "/etc/ssl/certs"}, fedora, hashed},
            {"SUSE", {suse}, {"/etc/ssl/certs"}, suse, "/etc/ssl/certs"},
            {"a plain OpenSSL", {"/etc/ssl/cert.pem"}, {}, "/etc/ssl/cert.pem", ""},
            {"hashes alone", {}, {"/etc/ssl/certs"}, "", "/etc/ssl/certs"},
            {"nothing", {}, {"/etc/ssl"}, "", ""},
        };
        for (const Row& row : table) {
            const TemporaryFolder root;
            const auto below = [&](const char* path) {
                return *path == 0 ? std::string() : root.path() + path;
            };
            for (const char* directory : row.directories)
                std::filesystem::create_directories(below(directory));
            for (const char* file : row.files) {
                std::filesystem::create_directories(
                    std::filesystem::path(below(file)).parent_path());
                root.write(file, test_authority().certificate_pem());
            }
            const SystemAuthorities found = find_layout(root.path());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, below(row.bundle), found.bundle);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, below(row.directory), found.directory);
        }
    }

    void a_certificate_parameter_that_holds_none_is_named() {
        const std::string good = test_authority().certificate_pem();
        std::string broken = good;
        broken.replace(broken.size() / 2, 8, "!!!!!!!!");
        const std::pair<std::string, const char*> table[] = {
            {"nonsense", "holds no certificate"},
            {good_identity().key_pem(), "holds no certificate"},
            {good + broken, "certificate number 2"},
            {good + good.substr(0, good.size() / 2), "certificate number 2"},
        };
        for (const auto& [pem, reason] : table) {
            TlsSettings settings;
            settings.extra_ca_pem = pem;
            const std::string error = field_of(std::move(settings));
            CPPUNIT_ASSERT_MESSAGE(error, error.starts_with("server_certificate: "));
            CPPUNIT_ASSERT_MESSAGE(error, error.find(reason) != std::string::npos);
        }
    }

    void a_client_key_that_cannot_be_used_is_named_and_not_repeated() {
        const std::string certificate = good_identity().certificate_pem();
        const std::string key = good_identity().key_pem();
        const std::string locked = good_identity().key_pem("open sesame");
        const std::string stranger = make_authority("stranger").key_pem();
        struct Row {
            std::string certificate, key, passphrase;
            const char* field;
        };
        const Row table[] = {
            {certificate, "", "", "client_key: "},
            {"", key, "", "client_cert: "},
            {"nonsense", key, "", "client_cert: "},
            {certificate, "nonsense", "", "client_key: "},
            {certificate, stranger, "", "client_key: "},
            {certificate, locked, "", "client_key_passphrase: "},
            {certificate, locked, "close sesame", "client_key_passphrase: "},
            {certificate, locked, std::string(5000, 'x'), "client_key_passphrase: "},
        };
        for (const Row& row : table) {
            TlsSettings settings = trusting(test_authority());
            settings.client_certificate_pem = row.certificate;
            settings.client_key_pem = Secret(row.key);
            settings.client_key_passphrase = Secret(row.passphrase);
            const std::string error = field_of(std::move(settings));
            CPPUNIT_ASSERT_MESSAGE(error, error.starts_with(row.field));
            CPPUNIT_ASSERT_MESSAGE(error, error.find("sesame") == std::string::npos);
        }
    }
};

CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(AuthoritiesTest, "authorities");
CPPUNIT_REGISTRY_ADD_TO_DEFAULT("authorities");

} // namespace infrastate::test
