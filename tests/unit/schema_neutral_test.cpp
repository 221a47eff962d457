// SPDX-License-Identifier: Apache-2.0
// A value that asks for nothing (false, 0s, {}, []) counts as left out in every rule of the real
// tables by which parameters exclude or need each other; "" and null are left out.
#include "support/check.h"
#include "variables.h"

#include "infrastate/schema/check.h"

#include <vector>

namespace infrastate::schema {
namespace {

using test::environment;
using test::must_contain;

/// A value of that type that is not neutral, in a spelling that check() accepts.
Value asking(const Param& param) {
    switch (param.type) {
    case Type::boolean:
        return true;
    case Type::duration:
    case Type::span:
    case Type::span_or_percent:
        return "1h";
    case Type::rfc3339:
        return "2040-01-01T00:00:00Z";
    case Type::dict:
        return Value::object({{"a", 1}});
    case Type::mode:
        return "0640";
    case Type::pem:
        return "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    case Type::kept_secret:
        return "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb";
    default:
        return "/x";
    }
}

std::vector<Value> neutral_values(const Param& param) {
    switch (param.type) {
    case Type::boolean:
        return {Value(false)};
    case Type::span:
    case Type::span_or_percent:
        return {"0s", "0", "0h0m0s"};
    case Type::dict:
        return {Value::object(), Value::object({{"a", nullptr}})};
    default:
        return {};
    }
}

std::vector<const Section*> sections() {
    std::vector<const Section*> out{&connection()};
    for (const Resource& resource : resources())
        out.push_back(&resource.input);
    return out;
}

/// The violations of rules between parameters.
std::size_t between(const Section& section, const Value& input) {
    std::size_t out = 0;
    for (const Violation& each : check(section, input).violations)
        out += each.fault == Fault::mutually_exclusive || each.fault == Fault::required_by ||
               each.fault == Fault::required_together;
    return out;
}

class SchemaNeutralTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchemaNeutralTest);
    CPPUNIT_TEST(neutral_values_break_no_rule_between_parameters);
    CPPUNIT_TEST(neutral_values_satisfy_no_rule_either);
    CPPUNIT_TEST(neutral_values_without_a_default_are_gone_once_checked);
    CPPUNIT_TEST(a_lifetime_of_nothing_is_no_neutral_value);
    CPPUNIT_TEST(an_empty_text_is_left_out_of_every_parameter_but_a_kept_secret);
    CPPUNIT_TEST(an_explicit_value_hides_its_own_variable_and_a_neutral_one_no_other);
    CPPUNIT_TEST_SUITE_END();

public:
    void neutral_values_break_no_rule_between_parameters() {
        int seen = 0;
        for (const Section* section : sections())
            for (const Rule& rule : section->rules)
                for (std::string_view name : rule.params)
                    for (const Value& nothing : neutral_values(*section->find(name))) {
                        if (rule.kind == RuleKind::required_by && name != rule.params[0]) continue;
                        Value input = Value::object({{name, nothing}});
                        if (rule.kind == RuleKind::mutually_exclusive)
                            for (std::string_view other : rule.params) {
                                Value two = input;
                                if (other != name) two.set(other, asking(*section->find(other)));
                                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                                    std::string(name) + " and " + std::string(other),
                                    std::size_t{0}, between(*section, two));
                                ++seen;
                            }
                        CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(name), std::size_t{0},
                                                     between(*section, input));
                        ++seen;
                    }
        CPPUNIT_ASSERT(seen >= 18); // skip_tls_verify, renew_before, renew_splay, keepers
    }

    void neutral_values_satisfy_no_rule_either() {
        const Section& section = find_resource("access_key")->input;
        const Value input = Value::object({{"renew_splay", "1h"}, {"renew_before", "0s"}});
        must_contain(check(section, input).error().message, "renew_splay needs renew_before");
    }

    void neutral_values_without_a_default_are_gone_once_checked() {
        const Section& section = find_resource("access_key")->input;
        const Checked checked = check(section, Value::object({{"name", "my-cluster"},
                                                              {"renew_before", "0h"},
                                                              {"renew_splay", "0"},
                                                              {"overlap", "0m"},
                                                              {"keepers", Value::object()},
                                                              {"expires_at", ""}}));
        CPPUNIT_ASSERT(checked.ok());
        for (const char* name : {"renew_before", "renew_splay", "keepers", "expires_at"})
            CPPUNIT_ASSERT_MESSAGE(name, checked.value.find(name) == nullptr);
        CPPUNIT_ASSERT(*checked.value.find("overlap") == Value("0s"));
        const Checked tls = check(
            connection(),
            Value::object({{"access_key", "x"}, {"skip_tls_verify", false}, {"use_proxy", false}}));
        CPPUNIT_ASSERT(*tls.value.find("skip_tls_verify") == Value(false));
        CPPUNIT_ASSERT(*tls.value.find("use_proxy") == Value(false));
    }

    void a_lifetime_of_nothing_is_no_neutral_value() {
        for (const Section* section : sections())
            for (const Param& param : section->params) {
                if (param.type != Type::duration && param.type != Type::seconds) continue;
                for (const char* nothing : {"0s", "0"}) {
                    const Value input = Value::object({{param.name, nothing}});
                    const auto checked = check(*section, input);
                    CPPUNIT_ASSERT_MESSAGE(std::string(param.name), !checked.ok());
                    CPPUNIT_ASSERT(!neutral(param, nothing));
                }
            }
    }

    void an_empty_text_is_left_out_of_every_parameter_but_a_kept_secret() {
        for (const Section* section : sections())
            for (const Param& param : section->params) {
                const bool kept = param.type == Type::kept_secret;
                const Checked none = check(*section, Value::object());
                const Checked null = check(*section, Value::object({{param.name, nullptr}}));
                const Checked empty = check(*section, Value::object({{param.name, ""}}));
                const std::string name(param.name);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(name, none.violations.size(), null.violations.size());
                CPPUNIT_ASSERT_EQUAL_MESSAGE(name, none.violations.size(), empty.violations.size());
                CPPUNIT_ASSERT_MESSAGE(name, none.value == null.value);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(name, !kept, none.value == empty.value);
            }
    }

    void an_explicit_value_hides_its_own_variable_and_a_neutral_one_no_other() {
        const Getenv all = environment({{"INFRA_SKIP_TLS_VERIFY", "true"},
                                        {"INFRA_SERVER_CERTIFICATE_FILE", "/ca"},
                                        {"INFRA_ACCESS_KEY", "from-environment"}});
        for (const Value& no : {Value(false), Value("no"), Value("False"), Value(0), Value(0.0)}) {
            Value input = Value::object({{"skip_tls_verify", no}});
            complete_from_environment(connection(), input, all);
            CPPUNIT_ASSERT(*input.find("skip_tls_verify") == no);
            CPPUNIT_ASSERT(*input.find("server_certificate_file") == Value("/ca"));
        }
        // A value that is not neutral hides what it excludes.
        Value input = Value::object({{"skip_tls_verify", true}});
        complete_from_environment(connection(), input, all);
        CPPUNIT_ASSERT(input.find("server_certificate_file") == nullptr);
        input = Value::object({{"server_certificate_file", "/own"}});
        complete_from_environment(connection(), input, all);
        CPPUNIT_ASSERT(input.find("skip_tls_verify") == nullptr);
        // A neutral variable excludes nothing, and an empty one counts as not given.
        input = Value::object({{"access_key", ""}, {"server_certificate_file", "/own"}});
        const Sources sources = complete_from_environment(
            connection(), input,
            environment({{"INFRA_SKIP_TLS_VERIFY", "false"}, {"INFRA_ACCESS_KEY", "x"}}));
        CPPUNIT_ASSERT(*input.find("access_key") == Value("x"));
        CPPUNIT_ASSERT(check(connection(), input, sources).ok());
        input = Value::object({{"access_key", "x"}});
        complete_from_environment(connection(), input,
                                  environment({{"INFRA_SKIP_TLS_VERIFY", "0"},
                                               {"INFRA_SERVER_CERTIFICATE_FILE", "/ca"}}));
        CPPUNIT_ASSERT(check(connection(), input).ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SchemaNeutralTest);

} // namespace
} // namespace infrastate::schema
