// SPDX-License-Identifier: Apache-2.0
// What opening a session refuses, and how its errors are masked. No connection is made.
#include "../../src/engine/config.h"
#include "../../src/engine/credentials.h"
#include "support/check.h"
#include "support/temp_folder.h"

#include "infrastate/engine/engine.h"
#include "infrastate/schema/result.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace infrastate {
namespace {

using test::must;
using test::must_contain;
using test::must_fail;
using test::must_not_contain;

constexpr const char* token = "cccccccccc.dddddddddddddddddddddddd";

class EngineTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EngineTest);
    CPPUNIT_TEST(bad_connection_parameters_are_refused_by_name);
    CPPUNIT_TEST(a_key_file_is_trimmed_and_others_reading_it_is_a_warning);
    CPPUNIT_TEST(what_is_no_regular_file_is_refused_without_waiting);
    CPPUNIT_TEST(what_is_no_path_is_told_from_a_file_that_is_missing);
    CPPUNIT_TEST(a_timeout_is_a_duration_or_seconds);
    CPPUNIT_TEST(a_proxy_is_not_used_where_it_is_switched_off);
    CPPUNIT_TEST(a_client_certificate_may_bring_its_key);
    CPPUNIT_TEST(the_callers_environment_says_where_authorities_are);
    CPPUNIT_TEST(a_proxys_password_is_a_secret_and_its_address_is_not);
    CPPUNIT_TEST(an_unknown_resource_is_refused);
    CPPUNIT_TEST(every_resource_of_the_schema_is_run);
    CPPUNIT_TEST(bad_desired_parameters_cost_no_request);
    CPPUNIT_TEST_SUITE_END();

    std::optional<test::TempFolder> temporary_;
    std::filesystem::path folder_;

public:
    void setUp() override { folder_ = temporary_.emplace().path(); }
    void tearDown() override { temporary_.reset(); }

    void bad_connection_parameters_are_refused_by_name() {
        struct Row {
            const char* parameter;
            Value value;
            const char* message;
        };
        const std::string missing = (folder_ / "missing").string();
        for (const Row& row : {
                 Row{"host", "http://infra.example.com", "https://"},
                 Row{"host", "https://infra.example.com\r\nX-Evil: 1", "host: "},
                 Row{"host", "https://user@infra.example.com", "host: "},
                 Row{"access_key", "aaaaaaaaaa.bbb\r\nX-Evil: 1", "access key"},
                 Row{"access_key", "two words", "access key"},
                 Row{"access_key", nullptr, "access_key: is missing"},
                 Row{"server_certificate_file", missing, "No such file"},
                 Row{"client_cert", missing, "No such file"},
                 Row{"timeout", "soon", "bare number means seconds"},
                 Row{"timeout", "0", "between 1ms and 24h"},
                 Row{"timeout", "25h", "between 1ms and 24h"},
                 Row{"retries", -1, "0 to 10"},
             }) {
            Value config = Value::object({{"host", "https://localhost"}, {"access_key", token}});
            config.set(row.parameter, row.value);
            const Error error = must_fail(engine::Session::open(config), row.message);
            CPPUNIT_ASSERT_EQUAL(std::string(row.parameter), error.field);
            must_contain(error.message, row.message);
            must_not_contain(error.message, token);
        }
        const Error no_password = must_fail(engine::Session::open(
            Value::object({{"host", "https://localhost"}, {"username", "dev@example.com"}})));
        must_contain(no_password.message, "password: is missing");
    }

    void a_key_file_is_trimmed_and_others_reading_it_is_a_warning() {
        const auto path = write("key", std::string("  ") + token + "\n");
        ::chmod(path.c_str(), 0600);
        const Value config =
            Value::object({{"host", "https://localhost"}, {"access_key_file", path}});
        const auto strict = must(engine::read_config(config));
        CPPUNIT_ASSERT(strict.token.equals(token));
        CPPUNIT_ASSERT(strict.warnings.empty());
        ::chmod(path.c_str(), 0640);
        const auto lax = must(engine::read_config(config));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lax.warnings.size());
        must_contain(lax.warnings[0], "access_key_file: " + path);
        must_contain(lax.warnings[0], "0600");
        write("key", "not a key at all");
        const Error error = must_fail(engine::read_config(config));
        must_contain(error.message, "access_key_file: ");
        must_not_contain(error.message, "not a key at all");
    }

    void what_is_no_regular_file_is_refused_without_waiting() {
        const auto pipe = (folder_ / "pipe").string();
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(pipe.c_str(), 0600));
        for (const auto& path : {pipe, folder_.string(), std::string("/dev/zero")})
            must_contain(must_fail(engine::read_small_file("access_key_file", path)).message,
                         "not a regular file");
        const auto empty = write("empty", "");
        for (const char* parameter : {"server_certificate_file", "client_cert", "access_key_file"})
            must_contain(must_fail(engine::read_small_file(parameter, empty)).message, "is empty");
        const auto large = write("large", std::string((1u << 20) + 1, 'x'));
        must_contain(must_fail(engine::read_small_file("client_key", large)).message, "1 MiB");
    }

    void what_is_no_path_is_told_from_a_file_that_is_missing() {
        const std::string key = std::string(10, 'a') + "." + std::string(24, 'b');
        const auto told = must_fail(engine::read_small_file("access_key_file", key));
        CPPUNIT_ASSERT(told.code == Code::file);
        must_contain(told.message, "is an access key and not the path of a file; access_key takes");
        must_not_contain(told.message, key);
        const char* const hint = "an absolute path begins with '/'";
        must_contain(must_fail(engine::read_small_file("client_key", "files/client.key")).message,
                     hint);
        must_not_contain(must_fail(engine::read_small_file("client_key", "/no/such/key")).message,
                         hint);
    }

    void a_timeout_is_a_duration_or_seconds() {
        struct Row {
            const char* parameter;
            Value value;
            std::int64_t ms;
        };
        for (const Row& row : {Row{"timeout", "30s", 30'000}, Row{"timeout", "5", 5'000},
                               Row{"timeout", "1m30s", 90'000}, Row{"timeout_ms", 250, 250},
                               Row{"timeout", nullptr, 30'000}}) {
            Value config = Value::object({{"access_key", token}});
            config.set(row.parameter, row.value);
            const auto timeout = must(engine::read_config(config)).timeout;
            CPPUNIT_ASSERT_EQUAL(row.value.is_null(), !timeout);
            CPPUNIT_ASSERT_EQUAL(row.ms,
                                 std::int64_t{timeout.value_or(engine::default_timeout()).count()});
        }
    }

    void a_proxy_is_not_used_where_it_is_switched_off() {
        Value config = Value::object({{"access_key", token}, {"proxy", "http://127.0.0.1:3128"}});
        CPPUNIT_ASSERT(!must(engine::read_config(config)).proxy.url.empty());
        config.set("use_proxy", false);
        CPPUNIT_ASSERT(must(engine::read_config(config)).proxy.url.empty());
    }

    void a_client_certificate_may_bring_its_key() {
        const std::string certificate =
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        const std::string key = "-----BEGIN PRIVATE KEY-----\nfake\n-----END PRIVATE KEY-----\n";
        const auto path = write("client.pem", key + certificate + certificate);
        ::chmod(path.c_str(), 0644);
        Value config = Value::object({{"access_key", token}, {"client_cert", path}});
        const auto both = must(engine::read_config(config));
        CPPUNIT_ASSERT_EQUAL(certificate + certificate, both.tls.client_certificate_pem);
        CPPUNIT_ASSERT(both.tls.client_key_pem.equals(key + certificate + certificate));
        must_contain(both.warnings.at(0), "client_cert: " + path);
        config.set("client_key", key);
        CPPUNIT_ASSERT(must(engine::read_config(config)).tls.client_key_pem.equals(key));
    }

    void the_callers_environment_says_where_authorities_are() {
        const Value config = Value::object({{"host", "https://localhost"}, {"access_key", token}});
        engine::CertificateLocations certificates;
        certificates.ssl_cert_file = (folder_ / "missing.pem").string();
        const Error error = must_fail(engine::Session::open(config, certificates));
        CPPUNIT_ASSERT_EQUAL(std::string("SSL_CERT_FILE"), error.field);
        must_contain(error.message, certificates.ssl_cert_file);
    }

    void a_proxys_password_is_a_secret_and_its_address_is_not() {
        const auto masked = [](const char* proxy) {
            Value config = Value::object({{"access_key", token}, {"proxy", proxy}});
            auto session = must(engine::Session::open(config));
            return session.known_secrets()->mask(std::string(proxy) + " and " + token);
        };
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:1 and ********"), masked("127.0.0.1:1"));
        CPPUNIT_ASSERT_EQUAL(std::string("http://me@127.0.0.1:1 and ********"),
                             masked("http://me@127.0.0.1:1"));
        CPPUNIT_ASSERT_EQUAL(std::string("http://me:********@127.0.0.1:1/ and ********"),
                             masked("http://me:pa:ss@127.0.0.1:1/"));
        CPPUNIT_ASSERT_EQUAL(std::string("me:********@127.0.0.1:1 and ********"),
                             masked("me:p%40ss@127.0.0.1:1"));
    }

    void an_unknown_resource_is_refused() {
        auto session = open();
        const auto said = [&](const char* resource, engine::Operation mode) {
            const Value result = session.run(resource, mode, Value::object());
            return result.find("error")->find("message")->string();
        };
        for (const engine::Operation mode : {engine::Operation::plan, engine::Operation::apply})
            for (const char* resource : {"grant", "access_key_info", ""})
                CPPUNIT_ASSERT_EQUAL(std::string("resource: must be one of access_key"),
                                     said(resource, mode));
        for (const char* resource : {"grant", "access_key"})
            CPPUNIT_ASSERT_EQUAL(
                std::string("resource: must be one of access_key_info, destination_info"),
                said(resource, engine::Operation::ask));
    }

    void every_resource_of_the_schema_is_run() {
        auto session = open();
        for (const schema::Resource& resource : schema::resources()) {
            const auto mode = resource.kind == schema::ResourceKind::question
                                  ? engine::Operation::ask
                                  : engine::Operation::apply;
            const Value result = session.run(resource.name, mode, Value::object());
            CPPUNIT_ASSERT(*result.find("error")->find("field") != Value("resource"));
            for (const schema::Returned* member : schema::result_members(resource))
                CPPUNIT_ASSERT_MESSAGE(std::string(member->name),
                                       result.find(member->name) != nullptr);
        }
    }

    void bad_desired_parameters_cost_no_request() {
        // Nothing answers on port 1: a request would be a transport error.
        auto session = open();
        const Value result =
            session.run("access_key", engine::Operation::apply, Value::object({{"name", "a"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("ARGUMENT"), result.find("code")->string());
        CPPUNIT_ASSERT_EQUAL(std::string("name"), result.find("error")->find("field")->string());
        const Value refused = session.run("access_key", engine::Operation::apply,
                                          Value::object({{"name", "example"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("TRANSPORT"), refused.find("code")->string());
    }

private:
    std::string write(const char* name, const std::string& content) {
        const auto path = folder_ / name;
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
        return path.string();
    }
    static engine::Session open() {
        return must(engine::Session::open(Value::object(
            {{"host", "https://127.0.0.1:1"}, {"access_key", token}, {"retries", 0}})));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EngineTest);

} // namespace
} // namespace infrastate
