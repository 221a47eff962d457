// SPDX-License-Identifier: Apache-2.0
// Bad JSON and bad parameters: ARGUMENT, the wrong field, one sentence, and no request.
#include "abi_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

namespace infrastate::test {
namespace {

using namespace std::string_literals;

struct Bad {
    const char* what;
    std::string text;
    const char* field;
    const char* says;
};

std::string nested(std::size_t depth, const char* open, const char* close) {
    std::string out;
    for (std::size_t i = 0; i < depth; ++i)
        out += open;
    for (std::size_t i = 0; i < depth; ++i)
        out += close;
    return out;
}

/// Errors of both a configuration and a request; `whole` is how an error names the text.
std::vector<Bad> bad_json(const char* whole) {
    return {
        {"nothing", "", whole, "empty"},
        {"blanks", "   ", whole, ""},
        {"no JSON", "host=x", whole, ""},
        {"an array", "[]", whole, "must be a JSON object"},
        {"a string", "\"{}\"", whole, "must be a JSON object"},
        {"null", "null", whole, "must be a JSON object"},
        {"cut off", "{\"resource\":", whole, ""},
        {"something behind it", "{} {}", whole, ""},
        {"a NUL behind it", "{}\0"s, whole, ""},
        {"a NUL inside", "{\"resource\":\"a\0b\"}"s, whole, ""},
        {"an escaped NUL", "{\"resource\":\"a\\u0000b\"}", whole, ""},
        {"invalid UTF-8", "{\"resource\":\"\xC3\x28\"}", whole, "UTF-8"},
        {"an overlong form", "{\"resource\":\"\xC0\xAF\"}", whole, "UTF-8"},
        {"a lone surrogate", "{\"resource\":\"\\ud800\"}", whole, ""},
        {"a surrogate in UTF-8", "{\"resource\":\"\xED\xA0\x80\"}", whole, "UTF-8"},
        {"a byte order mark", "\xEF\xBB\xBF{}", whole, ""},
        {"a doubled field", R"({"resource":"access_key","resource":"access_key"})", whole, ""},
        {"depth 10,000 of arrays", nested(10'000, "[", "]"), whole, ""},
        {"depth 10,000 of objects", nested(10'000, "{\"a\":", "}"), whole, ""},
        {"depth 10,000 inside", "{\"desired\":" + nested(10'000, "[", "]") + "}", whole, ""},
        {"17 MB", "{\"resource\":\"" + std::string(17'000'000, 'a') + "\"}", whole, ""},
        {"a huge number", "{\"timeout_ms\":" + std::string(400, '9') + "}", whole, ""},
        {"infinity", "{\"timeout_ms\":1e999}", whole, ""},
        {"NaN", "{\"timeout_ms\":NaN}", whole, ""},
    };
}

void check(const Bad& bad, const Answer& answer) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(bad.what, INFRASTATE_ARGUMENT, answer.code);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(bad.what, std::string(bad.field), answer.error("field"));
    const std::string message = answer.error("message");
    CPPUNIT_ASSERT_MESSAGE(bad.what + (": " + message),
                           message.find(bad.says) != std::string::npos);
    CPPUNIT_ASSERT_MESSAGE(bad.what, message.size() < 1200);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(bad.what, std::string("none"), answer.text("outcome"));
}

} // namespace

class InputTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(InputTest);
    CPPUNIT_TEST(bad_json_is_refused_as_a_configuration);
    CPPUNIT_TEST(bad_json_is_refused_as_a_request);
    CPPUNIT_TEST(bad_parameters_of_a_configuration_are_named);
    CPPUNIT_TEST(bad_parameters_of_a_request_are_named);
    CPPUNIT_TEST(what_is_wrong_in_one_request_of_a_batch_is_its_own);
    CPPUNIT_TEST(a_request_above_the_clients_own_limit_is_refused);
    CPPUNIT_TEST(the_length_counts_and_not_a_nul);
    CPPUNIT_TEST(a_secret_in_bad_input_is_not_quoted);
    CPPUNIT_TEST(what_asks_for_nothing_is_as_good_as_left_out);
    CPPUNIT_TEST_SUITE_END();

    HostileServer server_{"127.0.0.1", test_tls(), empty_infra()};

public:
    void bad_json_is_refused_as_a_configuration() {
        for (const Bad& bad : bad_json("config"))
            check(bad, open_fails(bad.text));
    }

    void bad_json_is_refused_as_a_request() {
        const Client client = open(config_for(server_.authority()));
        for (const Bad& bad : bad_json("request"))
            for (const Function function : {&infrastate_plan, &infrastate_apply, &infrastate_info})
                check(bad, call(function, client.get(), bad.text));
        CPPUNIT_ASSERT_EQUAL(0, server_.connections());
    }

    void bad_parameters_of_a_configuration_are_named() {
        const std::string key = R"("access_key":")" + fake_key() + "\"";
        for (const Bad& bad : std::vector<Bad>{
                 {"unknown", "{" + key + R"(,"hots":"x"})", "hots", "hots"},
                 {"a timeout in another unit", "{" + key + R"(,"timeout":"3s"})", "timeout", ""},
                 {"a number for a text", "{" + key + R"(,"host":7})", "host", "host"},
                 {"a text for a number", "{" + key + R"(,"timeout_ms":"5"})", "timeout_ms", ""},
                 {"a fraction", "{" + key + R"(,"timeout_ms":1.5})", "timeout_ms", ""},
                 {"zero", "{" + key + R"(,"timeout_ms":0})", "timeout_ms", ""},
                 {"two days", "{" + key + R"(,"timeout_ms":172800000})", "timeout_ms", ""},
                 {"a text for a boolean", "{" + key + R"(,"environment":"yes"})", "environment",
                  ""},
                 {"a number for a boolean", "{" + key + R"(,"skip_tls_verify":1})",
                  "skip_tls_verify", ""},
                 {"too large a limit", "{" + key + R"(,"max_request_bytes":99999999})",
                  "max_request_bytes", ""},
                 {"no credentials", R"({"host":"localhost"})", "access_key", "access_key"},
                 {"two credentials", "{" + key + R"(,"username":"a","password":"b"})", "access_key",
                  "username"},
                 {"no encryption", "{" + key + R"(,"host":"http://localhost"})", "host", "https"},
                 {"an injected header", "{" + key + R"(,"host":"localhost\r\nX: y"})", "host", ""},
                 {"an object for a text", "{" + key + R"(,"host":{}})", "host", ""},
             })
            check(bad, open_fails(bad.text));
        // A message mentions no variables that are not read.
        CPPUNIT_ASSERT_EQUAL(std::string::npos,
                             open_fails(R"({"host":"localhost"})").error("message").find("INFRA_"));
        const Answer missing = open_fails(R"({"access_key_file":"/nonexistent/key"})");
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_FILE, missing.code);
        CPPUNIT_ASSERT_EQUAL(std::string("access_key_file"), missing.error("field"));
    }

    void bad_parameters_of_a_request_are_named() {
        const Client client = open(config_for(server_.authority()));
        for (const Bad& bad : std::vector<Bad>{
                 {"an empty object", "{}", "resource", "missing"},
                 {"no resource", R"({"desired":{}})", "resource", "missing"},
                 {"a number as resource", R"({"resource":5,"desired":{}})", "resource", "string"},
                 {"an unknown resource", R"({"resource":"user","desired":{}})", "resource",
                  "access_key"},
                 {"no desired", R"({"resource":"access_key"})", "desired", "missing"},
                 {"null as desired", R"({"resource":"access_key","desired":null})", "desired",
                  "object"},
                 {"an array as desired", R"({"resource":"access_key","desired":[]})", "desired",
                  "object"},
                 {"no name", R"({"resource":"access_key","desired":{}})", "name", "name"},
                 {"a number as name", R"({"resource":"access_key","desired":{"name":12}})", "name",
                  "text"},
                 {"an unknown field", R"({"resource":"access_key","desirde":{}})", "desirde",
                  "not known"},
                 {"an unknown parameter", request_for("ab", R"(,"expiry":"1h")"), "expiry", ""},
                 {"exclusive parameters",
                  request_for("ab", R"(,"expires_in":"1h","expires_at":"2030-01-01T00:00:00Z")"),
                  "expires_in", "expires_at"},
                 {"no choice", request_for("ab", R"(,"state":"gone")"), "state", "absent"},
                 {"no duration", request_for("ab", R"(,"expires_in":"soon")"), "expires_in", ""},
                 {"a negative timeout",
                  R"({"resource":"access_key","desired":{"name":"ab"},"timeout_ms":-5})",
                  "timeout_ms", "milliseconds"},
                 {"a text as timeout",
                  R"({"resource":"access_key","desired":{"name":"ab"},"timeout_ms":"5"})",
                  "timeout_ms", "milliseconds"},
                 {"both forms", R"({"requests":[],"resource":"access_key"})", "resource",
                  "requests"},
                 {"an empty batch", R"({"requests":[]})", "requests", "at least one"},
                 {"no batch", R"({"requests":{}})", "requests", "array"},
             })
            for (const Function function : {&infrastate_plan, &infrastate_apply})
                check(bad, call(function, client.get(), bad.text));
        for (const Bad& bad : std::vector<Bad>{
                 {"desired", request_for("ab"), "desired", "not known"},
                 {"a batch", R"({"requests":[]})", "requests", "no batch"},
                 {"an unknown parameter", R"({"resource":"access_key","query":{"id":"x"}})", "id",
                  ""},
                 {"null", R"({"resource":"access_key","query":null})", "query", "object"},
             })
            check(bad, call(&infrastate_info, client.get(), bad.text));
        std::string many = "{\"requests\":[0";
        for (int i = 0; i < 10'000; ++i)
            many += ",0";
        check({"10,001 requests", many + "]}", "requests", "10000"},
              call(&infrastate_plan, client.get(), many + "]}"));
        CPPUNIT_ASSERT_EQUAL(0, server_.connections());
    }

    void what_is_wrong_in_one_request_of_a_batch_is_its_own() {
        const Client client = open(config_for(server_.authority()));
        const Answer answer = call(
            &infrastate_plan, client.get(),
            R"({"requests":[7,{"resource":"access_key","desired":{"name":"ab"}},)"
            R"({"resource":"access_key","desired":{"name":"ab"},"timeout_ms":3},{"desired":{}},)"
            R"({"resource":"access_key","desired":{"name":"cd"}},{"resource":"nothing"}]})");
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_PARTIAL, answer.code);
        const auto& results = answer.json.find("results")->items();
        const char* codes[] = {"ARGUMENT", "OK", "ARGUMENT", "ARGUMENT", "OK", "ARGUMENT"};
        CPPUNIT_ASSERT_EQUAL(std::size(codes), results.size());
        for (std::size_t i = 0; i < results.size(); ++i)
            CPPUNIT_ASSERT_EQUAL(std::string(codes[i]), results[i].find("code")->string());
        CPPUNIT_ASSERT_EQUAL(std::string("requests[0]"), answer.error("field"));
        CPPUNIT_ASSERT(answer.error("message").find("4 of 6") == 0);
    }

    void a_request_above_the_clients_own_limit_is_refused() {
        const Client client = open(config_for(server_.authority(), R"("max_request_bytes":1024)"));
        const std::string good = request_for("some-key");
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK, call(&infrastate_plan, client.get(), good).code);
        const std::string padded = good + std::string(1025 - good.size(), ' ');
        check({"padded", padded, "request", "1024"}, call(&infrastate_plan, client.get(), padded));
    }

    void the_length_counts_and_not_a_nul() {
        const Client client = open(config_for(server_.authority()));
        const std::string longer = request_for("some-key") + "garbage";
        infrastate_result* result = nullptr;
        const auto code =
            infrastate_plan(client.get(), longer.data(), longer.size() - 7, nullptr, &result);
        CPPUNIT_ASSERT_EQUAL(INFRASTATE_OK, take(code, result).code);
    }

    void a_secret_in_bad_input_is_not_quoted() {
        const std::string secret = "eeeeeeeeee.ffffffffffffffffffffffff";
        for (const std::string& config :
             {R"({"access_key":")" + secret + "\n\"}", R"({"access_key":")" + secret + R"(" x})",
              R"({"access_key":[")" + secret + R"("]})",
              R"({"access_key":")" + secret + R"(","password":")" + secret + R"("})",
              R"({")" + secret + R"(":1})"}) {
            const Answer answer = open_fails(config);
            CPPUNIT_ASSERT_MESSAGE(answer.error("message"),
                                   answer.error("message").find("ffffff") == std::string::npos);
        }
        const Client client = open(config_for(server_.authority()));
        const Answer answer = call(&infrastate_plan, client.get(), R"({")" + secret + R"(":1})");
        CPPUNIT_ASSERT(answer.error("message").find("ffffff") == std::string::npos);
        CPPUNIT_ASSERT(answer.error("field").find("ffffff") == std::string::npos);
    }

    void what_asks_for_nothing_is_as_good_as_left_out() {
        const Client client = open(config_for(server_.authority(),
                                              R"("skip_tls_verify":false,)"
                                              R"("server_certificate_file":"","use_proxy":false)"));
        for (const char* nothing :
             {R"("keepers":{})", R"("keepers":{"a":null})", R"("renew_splay":"0s")",
              R"("renew_before":"0s","expires_at":"2040-01-01 00:00:00+00:00")",
              R"("expires_in":"1h","expires_at":"","secret_file":"","mode":"")",
              R"("rotate_if_created_before":"now")"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                nothing, INFRASTATE_OK,
                call(&infrastate_plan, client.get(),
                     R"({"resource":"access_key","desired":{"name":"ab",)" + std::string(nothing) +
                         "}}")
                    .code);
        check({"no lifetime", "", "expires_in", "zero"},
              call(&infrastate_plan, client.get(),
                   R"({"resource":"access_key","desired":{"name":"ab","expires_in":"0s"}})"));
        check({"a bad mode", "", "mode", "setuid"},
              call(&infrastate_plan, client.get(),
                   R"({"resource":"access_key","desired":{"name":"ab","secret_file":"/x",)"
                   R"("mode":"u+s"}})"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(InputTest);

} // namespace infrastate::test
