// SPDX-License-Identifier: Apache-2.0
// Which members of a result are masked, and what in a caller's object is secret, by the tables.
#include "support/check.h"

#include "infrastate/schema/mask.h"
#include "infrastate/wire/result.h"

namespace infrastate::schema {
namespace {

const std::string token = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb";

Value result() {
    Value out = Value::object({{"ok", true},
                               {"code", "OK"},
                               {"outcome", "none"},
                               {"changed", false},
                               {"reason", "expiring"},
                               {"secret", token},
                               {"secret_state", "good"},
                               {"explanation", "the key of connector is expiring: OK, none"}});
    out.set("reasons", Value(Value::Array{Value("expiring"), Value("drifted")}));
    out.set("actions", Value(Value::Array{Value("create")}));
    out.set("live_keys", Value(Value::Array{Value("4yJ3n3D8E2")}));
    out.set("resource", Value::object({{"id", "4yJ3n3D8E2"},
                                       {"name", "expiring"},
                                       {"user", "connector"},
                                       {"created", "2026-11-23T07:56:35Z"},
                                       {"expires_in", "8766h0m0s"},
                                       {"remaining_seconds", 73551}}));
    Value old = Value::object({{"id", "4yJ3n3D8E2"}, {"name", "connector"}, {"user", "connector"}});
    out.set("predecessors", Value(Value::Array{std::move(old)}));
    out.set("error", Value::object({{"code", "ARGUMENT"},
                                    {"detail", "expiring"},
                                    {"message", "expiring: no"},
                                    {"field", "expiring"},
                                    {"http_status", 409},
                                    {"retryable", false}}));
    return out;
}

class SchemaMaskTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchemaMaskTest);
    CPPUNIT_TEST(what_programs_read_is_never_masked);
    CPPUNIT_TEST(free_text_is_masked_at_any_depth);
    CPPUNIT_TEST(a_failure_keeps_its_words);
    CPPUNIT_TEST(names_keep_what_is_no_access_key);
    CPPUNIT_TEST(every_returned_text_is_free_or_typed_on_purpose);
    CPPUNIT_TEST(secrets_of_every_table_are_collected);
    CPPUNIT_TEST(a_field_that_the_caller_made_up_is_masked);
    CPPUNIT_TEST_SUITE_END();

public:
    /// Whatever the password is, only the sentence changes.
    void what_programs_read_is_never_masked() {
        const Resource* kind = find_resource("access_key");
        for (const char* password :
             {"OK", "none", "true", "false", "expiring", "drifted", "create", "4yJ3n3D8E2", "73551",
              "connector", "2026-11-23T07:56:35Z", "8766h0m0s", "ARGUMENT", "409", "good", "1"}) {
            Masker masker;
            masker.add(password);
            Value masked = result();
            mask_result(masked, kind, masker);
            Value expected = result();
            expected.set("explanation", masker.mask(expected.text("explanation")));
            expected.find("error")->set("message",
                                        masker.mask(expected.find("error")->text("message")));
            CPPUNIT_ASSERT_MESSAGE(password, masked == expected);
        }
    }

    void free_text_is_masked_at_any_depth() {
        Masker masker;
        masker.add("obviously-fake");
        Value out = result();
        for (const char* name : {"explanation", "of_the_future"})
            out.set(name, "x obviously-fake");
        out.set("warnings", Value(Value::Array{Value("obviously-fake"), Value("harmless")}));
        out.set("diff",
                Value::object(
                    {{"before", Value::object({{"group", "obviously-fake"}})},
                     {"after", Value::object({{"other_keys",
                                               Value::Array{Value("obviously-fake (id x)")}}})}}));
        out.find("resource")
            ->set("deep", Value(Value::Array{Value::object({{"a", "obviously-fake"}})}));
        out.find("error")->set("message", "no obviously-fake");
        for (const Resource* kind :
             {find_resource("access_key"), static_cast<const Resource*>(nullptr)}) {
            Value masked = out;
            mask_result(masked, kind, masker, "WHOLE");
            CPPUNIT_ASSERT(*masked.find("explanation") == Value("x ********"));
            CPPUNIT_ASSERT(*masked.find("of_the_future") == Value("x ********"));
            CPPUNIT_ASSERT(masked.find("warnings")->items()[0] == Value("WHOLE"));
            CPPUNIT_ASSERT(masked.find("warnings")->items()[1] == Value("harmless"));
            CPPUNIT_ASSERT(*masked.find("diff")->find("before")->find("group") == Value("WHOLE"));
            CPPUNIT_ASSERT(masked.find("diff")->find("after")->find("other_keys")->items()[0] ==
                           Value("******** (id x)"));
            CPPUNIT_ASSERT(masked.find("resource")->find("deep")->items()[0] ==
                           Value::object({{"a", "WHOLE"}}));
            CPPUNIT_ASSERT(*masked.find("error")->find("message") == Value("no ********"));
            CPPUNIT_ASSERT(*masked.find("secret") == Value(token));
        }
    }

    void a_failure_keeps_its_words() {
        Error error{Code::argument, "none: ARGUMENT", "none", "none", 409, true};
        for (const char* password : {"ARGUMENT", "none", "true", "false"}) {
            Masker masker;
            masker.add(password);
            Value masked = wire::failed_result(error, ResourceKind::state);
            mask_result(masked, nullptr, masker);
            for (const char* name : {"code", "outcome"})
                CPPUNIT_ASSERT(*masked.find(name) ==
                               *wire::failed_result(error, ResourceKind::state).find(name));
            for (const char* name : {"code", "detail", "field"})
                CPPUNIT_ASSERT(
                    *masked.find("error")->find(name) ==
                    *wire::failed_result(error, ResourceKind::state).find("error")->find(name));
        }
    }

    void names_keep_what_is_no_access_key() {
        Masker masker;
        masker.add("connector");
        masker.add(token);
        Value keys = Value(Value::Array{Value::object(
            {{"name", "x" + token + "y"}, {"user", "connector"}, {"family", token}})});
        Value out =
            Value::object({{"access_keys", std::move(keys)}, {"explanation", "of connector"}});
        mask_result(out, find_resource("access_key_info"), masker);
        CPPUNIT_ASSERT(
            out.find("access_keys")->items()[0] ==
            Value::object({{"name", "x********y"}, {"user", "connector"}, {"family", "********"}}));
        CPPUNIT_ASSERT(*out.find("explanation") == Value("of ********"));
    }

    /// A new field must declare its type; few fields are sentences.
    void every_returned_text_is_free_or_typed_on_purpose() {
        for (const Resource& resource : resources())
            for (const Returned& field : resource.returns) {
                const bool is_free = field.type == Type::string || field.type == Type::list;
                const bool sentence = field.name == "summary" || field.name == "explanation" ||
                                      field.name == "warnings";
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(field.name), sentence, is_free);
                for (const Returned& inner : field.fields)
                    CPPUNIT_ASSERT_MESSAGE(std::string(inner.name),
                                           inner.type != Type::string && inner.type != Type::list);
            }
    }

    void secrets_of_every_table_are_collected() {
        std::size_t secrets = 0;
        const auto look_at = [&](const Section& section) {
            for (const Param& param : section.params) {
                if (!is_secret(param.type)) continue;
                ++secrets;
                for (const Value& input :
                     {Value::object({{param.name, "obviously-fake"}}),
                      Value::object({{param.name, Value(Value::Array{Value("obviously-fake")})}}),
                      Value::object({{param.name, Value::object({{"obviously-fake", 1}})}}),
                      Value::object({{"desired", Value::object({{param.name, "obviously-fake"}})}}),
                      Value::object(
                          {{"requests",
                            Value(Value::Array{Value::object(
                                {{"desired",
                                  Value::object({{param.name, "obviously-fake"}})}})})}})}) {
                    Masker masker;
                    collect_secrets(input, masker);
                    CPPUNIT_ASSERT_MESSAGE(std::string(param.name),
                                           masker.is_secret("obviously-fake"));
                }
            }
        };
        look_at(connection());
        for (const Resource& resource : resources())
            look_at(resource.input);
        CPPUNIT_ASSERT(secrets >= 4);

        Masker masker;
        const std::string key = "-----BEGIN PRIVATE KEY-----\nfake\n-----END PRIVATE KEY-----\n";
        collect_secrets(Value::object({{"password", 73551},
                                       {"proxy", "http://me:pass%21word@proxy"},
                                       {"host", "https://me:host-word@example.com"},
                                       {"client_key", key},
                                       {"name", "plain"}}),
                        masker);
        for (std::string_view secret : {std::string_view("73551"), std::string_view("pass%21word"),
                                        std::string_view("pass!word"), std::string_view(key)})
            CPPUNIT_ASSERT_MESSAGE(std::string(secret), masker.is_secret(secret));
        CPPUNIT_ASSERT(!masker.is_secret("plain"));
    }

    void a_field_that_the_caller_made_up_is_masked() {
        Masker masker;
        masker.add("name");
        masker.add("hunter22");
        const Section& section = find_resource("access_key")->input;
        CPPUNIT_ASSERT_EQUAL(std::string("name"),
                             masked(argument_error("name", "x"), section, masker).field);
        const Error made_up =
            masked(argument_error("hunter22", "'hunter22' is none"), section, masker);
        CPPUNIT_ASSERT_EQUAL(std::string("********"), made_up.field);
        CPPUNIT_ASSERT_EQUAL(std::string("'********' is none"), made_up.message);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SchemaMaskTest);

} // namespace
} // namespace infrastate::schema
