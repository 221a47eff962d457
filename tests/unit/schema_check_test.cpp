// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"
#include "variables.h"

#include "infrastate/schema/check.h"

namespace infrastate::schema {
namespace {

using test::environment;
using test::must_contain;
using test::must_not_contain;

constexpr std::array params{
    Param{.name = "name", .type = Type::key_name, .aliases = {"title"}, .required = true},
    Param{.name = "kind",
          .type = Type::choice,
          .fill = Default::filled,
          .default_value = "plain",
          .choices = {"plain", "other"}},
    Param{.name = "count",
          .type = Type::integer,
          .fill = Default::filled,
          .default_value = "3",
          .environment = {"T_COUNT"},
          .minimum = 1,
          .maximum = 5},
    Param{.name = "flag", .type = Type::boolean, .environment = {"T_FLAG"}},
    Param{.name = "lifetime",
          .type = Type::duration,
          .fill = Default::on_creation,
          .default_value = "1h0m0s"},
    Param{.name = "wait", .type = Type::seconds, .minimum = 100, .maximum = 60'000},
    Param{.name = "until", .type = Type::rfc3339},
    Param{.name = "mode", .type = Type::mode},
    Param{.name = "id", .type = Type::id},
    Param{.name = "labels", .type = Type::dict},
    Param{.name = "token", .type = Type::token, .environment = {"T_TOKEN"}},
    Param{.name = "token_file", .type = Type::path, .environment = {"T_FILE", "T_OLD_FILE"}},
    Param{.name = "login", .environment = {"T_LOGIN"}},
    Param{.name = "password", .type = Type::secret, .environment = {"T_PASSWORD"}},
    Param{.name = "certificate", .type = Type::pem},
    Param{.name = "key", .type = Type::path},
    Param{.name = "overlap", .type = Type::span},
    Param{.name = "renew", .type = Type::span_or_percent, .minimum = 1, .maximum = 90},
    Param{.name = "kept", .type = Type::kept_secret},
};
constexpr std::array rules{
    Rule{RuleKind::mutually_exclusive, {"token", "token_file", "login"}},
    Rule{RuleKind::required_one_of, {"token", "token_file", "login"}},
    Rule{RuleKind::required_together, {"login", "password"}},
    Rule{RuleKind::required_by, {"key", "certificate"}},
};
constexpr Section section{params, rules};

/// The required parameters, and the one that a test gives.
Value with(std::string_view name, Value value) {
    Value out = Value::object({{"name", "my-cluster"}, {"token_file", "/etc/key"}});
    out.set(name, std::move(value));
    return out;
}

Value accepted(const Value& input, std::string_view name) {
    const Checked checked = check(section, input);
    if (!checked.ok()) CPPUNIT_FAIL(checked.error().message);
    const Value* value = checked.value.find(name);
    return value == nullptr ? Value() : *value;
}

Violation only_violation(const Value& input) {
    const Checked checked = check(section, input);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, checked.violations.size());
    CPPUNIT_ASSERT(checked.value.is_null());
    return checked.violations[0];
}

class SchemaCheckTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchemaCheckTest);
    CPPUNIT_TEST(what_nobody_set_stays_unset_unless_the_table_fills_it);
    CPPUNIT_TEST(null_counts_as_not_given);
    CPPUNIT_TEST(an_alias_becomes_the_name);
    CPPUNIT_TEST(a_name_and_its_alias_together_are_given_twice);
    CPPUNIT_TEST(types_are_strict);
    CPPUNIT_TEST(values_get_their_canonical_spelling);
    CPPUNIT_TEST(malformed_values_are_named_with_what_would_be_right);
    CPPUNIT_TEST(bounds_are_kept);
    CPPUNIT_TEST(rules_between_parameters);
    CPPUNIT_TEST(a_violation_points_at_the_rule_and_at_what_was_given);
    CPPUNIT_TEST(a_secret_is_never_quoted);
    CPPUNIT_TEST(unknown_parameters_are_refused_and_the_known_ones_named);
    CPPUNIT_TEST(everything_that_is_wrong_is_listed_in_a_fixed_order);
    CPPUNIT_TEST(something_else_than_an_object_is_refused);
    CPPUNIT_TEST(an_error_names_the_parameter);
    CPPUNIT_TEST(the_environment_fills_only_what_the_caller_left_open);
    CPPUNIT_TEST(the_first_variable_that_is_set_decides_even_if_empty);
    CPPUNIT_TEST(texts_of_the_environment_get_their_type_where_they_can);
    CPPUNIT_TEST(a_sentence_names_the_variable_at_fault);
    CPPUNIT_TEST_SUITE_END();

public:
    void what_nobody_set_stays_unset_unless_the_table_fills_it() {
        const Checked checked = check(section, with("name", "my-cluster"));
        CPPUNIT_ASSERT(checked.ok());
        CPPUNIT_ASSERT(checked.value == Value::object({{"name", "my-cluster"},
                                                       {"kind", "plain"},
                                                       {"count", 3},
                                                       {"token_file", "/etc/key"}}));
    }

    void null_counts_as_not_given() {
        CPPUNIT_ASSERT(accepted(with("flag", nullptr), "flag").is_null());
        CPPUNIT_ASSERT(Fault::missing == only_violation(with("name", nullptr)).fault);
        // Nor does it exclude another parameter.
        CPPUNIT_ASSERT(check(section, with("token", nullptr)).ok());
    }

    void an_alias_becomes_the_name() {
        Value input = with("title", "other-name");
        input.erase("name");
        CPPUNIT_ASSERT(accepted(input, "name") == Value("other-name"));
        CPPUNIT_ASSERT(accepted(input, "title").is_null());
    }

    void a_name_and_its_alias_together_are_given_twice() {
        const Violation violation = only_violation(with("title", "other-name"));
        CPPUNIT_ASSERT(Fault::given_twice == violation.fault);
        CPPUNIT_ASSERT_EQUAL(std::string("name"), violation.params.at(0));
    }

    void types_are_strict() {
        struct Row {
            std::string_view name;
            Value value;
        };
        for (const Row& row :
             {Row{"name", 5}, Row{"count", "3"}, Row{"count", 3.0}, Row{"count", true},
              Row{"flag", "true"}, Row{"flag", 1}, Row{"lifetime", 3600}, Row{"wait", true},
              Row{"until", 0}, Row{"mode", 6.0}, Row{"labels", "a=b"},
              Row{"labels", Value::array()}, Row{"kind", true}, Row{"id", 12},
              Row{"certificate", Value::object()}}) {
            const Violation violation = only_violation(with(row.name, row.value));
            CPPUNIT_ASSERT_MESSAGE(std::string(row.name), Fault::wrong_type == violation.fault);
            must_contain(violation.sentence, std::string(row.name) + ": must be ");
            must_contain(violation.sentence, ", not " + std::string(kind_name(row.value.kind())));
        }
    }

    void values_get_their_canonical_spelling() {
        struct Row {
            std::string_view name;
            Value given, expected;
        };
        for (const Row& row : {Row{"lifetime", "90m", "1h30m0s"},
                               Row{"wait", 30, "30s"},
                               Row{"wait", 2.5, "2.5s"},
                               Row{"wait", "30", "30s"},
                               Row{"wait", "1m", "1m0s"},
                               Row{"wait", "0.5", "500ms"},
                               Row{"until", "2027-11-23T08:56:35+01:00", "2027-11-23T07:56:35Z"},
                               Row{"mode", "600", "0600"},
                               Row{"mode", "0640", "0640"},
                               Row{"mode", 0640, "0640"},
                               Row{"mode", "00640", "0640"},
                               Row{"mode", "u=rw,g=r,o=", "u=rw,g=r,o="},
                               Row{"mode", "u+", "u+"},
                               Row{"mode", "g=u", "g=u"},
                               Row{"overlap", "90m", "1h30m0s"},
                               Row{"renew", "20%", "20%"},
                               Row{"renew", "05%", "5%"},
                               Row{"renew", "24h", "24h0m0s"},
                               Row{"kept", "", ""},
                               Row{"kept", " \n", ""},
                               Row{"kept", "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb\r\n",
                                   "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"},
                               Row{"labels", Value::object({{"a", 1}}), Value::object({{"a", 1}})}})
            CPPUNIT_ASSERT_MESSAGE(std::string(row.name),
                                   accepted(with(row.name, row.given), row.name) == row.expected);
    }

    void malformed_values_are_named_with_what_would_be_right() {
        struct Row {
            std::string_view name;
            Value value;
            std::string part;
        };
        for (const Row& row :
             {Row{"name", "a", "2 to 240"},
              Row{"lifetime", "1d2x", "write it like 8766h"},
              Row{"lifetime", "-1h", "negative"},
              Row{"lifetime", "0s", "zero"},
              Row{"lifetime", "2629800h", "292 years"},
              Row{"until", "tomorrow", "RFC 3339"},
              Row{"mode", "rw", "like 0600"},
              Row{"mode", "0888", "like 0600"},
              Row{"mode", "=rw,", "0600"},
              Row{"mode", 01777, "sticky"},
              Row{"mode", "+r", "for whom"},
              Row{"id", "a/b", "letters and digits"},
              Row{"token_file", "/a\nb", "position 3"},
              Row{"certificate", "trust me", "PEM"},
              Row{"certificate", std::string("a\x01"), "PEM"},
              Row{"kind", "Plain", "one of plain, other, not 'Plain'"},
              Row{"labels", Value::object({{"a", Value::array()}}), "'a' is a list"},
              Row{"overlap", "00", "is not a duration"},
              Row{"overlap", "-1h", "negative"},
              Row{"overlap", "20%", "is not a duration"},
              Row{"renew", "0%", "1% to 90%, not '0%'"},
              Row{"renew", "91%", "1% to 90%"},
              Row{"renew", "-5%", "1% to 90%"},
              Row{"renew", "2.5%", "1% to 90%"},
              Row{"renew", "%", "percentage"},
              Row{"renew", "1000%", "percentage"},
              Row{"renew", "20 %", "percentage"},
              Row{"renew", "soon", "is not a duration"},
              Row{"token_file", std::string(5000, 'x'), "4096 bytes"}}) {
            const Checked checked = check(section, with(row.name, row.value));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(row.name), std::size_t{1},
                                         checked.violations.size());
            must_contain(checked.violations[0].sentence, std::string(row.name) + ": ");
            must_contain(checked.violations[0].sentence, row.part);
        }
    }

    void bounds_are_kept() {
        for (const int good : {1, 5})
            CPPUNIT_ASSERT(accepted(with("count", good), "count") == Value(good));
        for (const int bad : {0, 6, -1})
            CPPUNIT_ASSERT(Fault::out_of_range == only_violation(with("count", bad)).fault);
        CPPUNIT_ASSERT(accepted(with("wait", "100ms"), "wait") == Value("100ms"));
        for (const char* bad : {"99ms", "61s", "10000h"}) {
            const Violation violation = only_violation(with("wait", bad));
            CPPUNIT_ASSERT(Fault::out_of_range == violation.fault);
            must_contain(violation.sentence, "from 100ms to 1m0s, not ");
        }
        CPPUNIT_ASSERT(Fault::out_of_range == only_violation(with("mode", 010000)).fault);
    }

    void rules_between_parameters() {
        Violation violation = only_violation(with("token", "abc"));
        CPPUNIT_ASSERT(Fault::mutually_exclusive == violation.fault);
        CPPUNIT_ASSERT_EQUAL(std::string("token and token_file exclude each other; give only one"),
                             violation.sentence);

        violation = only_violation(with("token_file", nullptr));
        CPPUNIT_ASSERT(Fault::required_one_of == violation.fault);
        must_contain(violation.sentence, "token (or T_TOKEN), token_file (or T_FILE)");

        violation = only_violation(with("password", "obviously-fake"));
        CPPUNIT_ASSERT(Fault::required_together == violation.fault);
        CPPUNIT_ASSERT_EQUAL(std::string("login"), violation.params.at(0));

        violation = only_violation(with("key", "/k"));
        CPPUNIT_ASSERT(Fault::required_by == violation.fault);
        CPPUNIT_ASSERT_EQUAL(std::string("key needs certificate"), violation.sentence);
    }

    void a_violation_points_at_the_rule_and_at_what_was_given() {
        const Value input =
            Value::object({{"name", 5}, {"kind", "odd"}, {"key", "/k"}, {"bogus", 1}});
        const Checked checked = check(section, input);
        const auto violation = [&](Fault fault) -> const Violation& {
            for (const Violation& each : checked.violations)
                if (each.fault == fault) return each;
            CPPUNIT_FAIL("no such violation");
            throw;
        };
        CPPUNIT_ASSERT(violation(Fault::wrong_type).value == input.find("name"));
        CPPUNIT_ASSERT(violation(Fault::not_a_choice).value == input.find("kind"));
        CPPUNIT_ASSERT_EQUAL(std::string_view("bogus"), violation(Fault::unknown).member);
        CPPUNIT_ASSERT(violation(Fault::required_one_of).rule == &rules[1]);
        CPPUNIT_ASSERT(violation(Fault::required_by).rule == &rules[3]);
        const Value both = Value::object(
            {{"name", "my-cluster"}, {"title", "other-name"}, {"token", "x"}, {"login", "x"}});
        const Checked twice = check(section, both);
        CPPUNIT_ASSERT(twice.violations.at(0).rule == &rules[0]); // mutually exclusive
        CPPUNIT_ASSERT(twice.violations.at(1).rule == &rules[2]); // required together
        CPPUNIT_ASSERT_EQUAL(std::string_view("title"), twice.violations.at(2).member);
    }

    void a_secret_is_never_quoted() {
        Value input = with("token", "abcdefgh ijklmnop");
        input.erase("token_file");
        const Violation violation = only_violation(input);
        must_contain(violation.sentence, "token: ");
        must_not_contain(violation.sentence + violation.got, "abcdefgh");
        const Violation kept = only_violation(with("kept", "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbb-"));
        must_contain(kept.sentence, "kept: must be an access key of Infra");
        must_not_contain(kept.sentence + kept.got, "bbb-");
    }

    void unknown_parameters_are_refused_and_the_known_ones_named() {
        const Violation violation = only_violation(with("bogus", "value-of-it"));
        CPPUNIT_ASSERT(Fault::unknown == violation.fault);
        must_contain(violation.sentence, "'bogus'");
        must_contain(violation.sentence, "token_file");
        must_not_contain(violation.sentence, "value-of-it");
    }

    void everything_that_is_wrong_is_listed_in_a_fixed_order() {
        const Checked checked = check(section, Value::object({{"bogus", 1},
                                                              {"password", "x"},
                                                              {"key", "/k"},
                                                              {"count", 99},
                                                              {"token", "x"},
                                                              {"token_file", "/x"}}));
        std::vector<Fault> faults;
        for (const Violation& violation : checked.violations)
            faults.push_back(violation.fault);
        CPPUNIT_ASSERT((std::vector<Fault>{Fault::mutually_exclusive, Fault::missing,
                                           Fault::out_of_range, Fault::required_together,
                                           Fault::required_by, Fault::unknown} == faults));
    }

    void something_else_than_an_object_is_refused() {
        const Checked checked = check(section, Value::array());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, checked.violations.size());
        CPPUNIT_ASSERT(Fault::not_an_object == checked.violations[0].fault);
        CPPUNIT_ASSERT_EQUAL(std::string(), checked.error().field);
    }

    void an_error_names_the_parameter() {
        const Error error = check(section, with("lifetime", "soon")).error();
        CPPUNIT_ASSERT_EQUAL(Code::argument, error.code);
        CPPUNIT_ASSERT_EQUAL(std::string("lifetime"), error.field);
    }

    void the_environment_fills_only_what_the_caller_left_open() {
        const Getenv all = environment({{"T_COUNT", "4"},
                                        {"T_TOKEN", "from-environment"},
                                        {"T_FILE", "/from/environment"},
                                        {"T_LOGIN", "somebody"},
                                        {"T_PASSWORD", "obviously-fake"}});
        Value input =
            Value::object({{"name", "my-cluster"}, {"token_file", "/mine"}, {"count", 2}});
        const Value before = input;
        CPPUNIT_ASSERT(complete_from_environment(section, input, all).empty());
        CPPUNIT_ASSERT(before == input);

        // A password is dropped together with the login that it needs.
        input = Value::object({{"token", "mine"}});
        complete_from_environment(section, input, all);
        CPPUNIT_ASSERT(input == Value::object({{"token", "mine"}, {"count", 4}}));

        // A null counts as not given, and an alias counts as given.
        input = Value::object({{"token", nullptr}, {"title", "my-cluster"}});
        complete_from_environment(section, input, environment({{"T_TOKEN", "from-environment"}}));
        CPPUNIT_ASSERT(input ==
                       Value::object({{"token", "from-environment"}, {"title", "my-cluster"}}));

        // The caller's own login uses the password from the environment.
        input = Value::object({{"login", "me"}});
        complete_from_environment(
            section, input, environment({{"T_TOKEN", "x"}, {"T_PASSWORD", "obviously-fake"}}));
        CPPUNIT_ASSERT(input == Value::object({{"login", "me"}, {"password", "obviously-fake"}}));
    }

    void the_first_variable_that_is_set_decides_even_if_empty() {
        Value input = Value::object();
        complete_from_environment(section, input,
                                  environment({{"T_FILE", "/new"}, {"T_OLD_FILE", "/old"}}));
        CPPUNIT_ASSERT(*input.find("token_file") == Value("/new"));
        input = Value::object();
        complete_from_environment(section, input, environment({{"T_OLD_FILE", "/old"}}));
        CPPUNIT_ASSERT(*input.find("token_file") == Value("/old"));
        input = Value::object();
        complete_from_environment(section, input,
                                  environment({{"T_FILE", ""}, {"T_OLD_FILE", "/old"}}));
        CPPUNIT_ASSERT(input.find("token_file") == nullptr);
    }

    void texts_of_the_environment_get_their_type_where_they_can() {
        Value input = Value::object();
        complete_from_environment(section, input,
                                  environment({{"T_FLAG", " Yes"}, {"T_COUNT", "+4"}}));
        CPPUNIT_ASSERT(*input.find("flag") == Value(true));
        CPPUNIT_ASSERT(*input.find("count") == Value(4));
        input = Value::object();
        complete_from_environment(section, input,
                                  environment({{"T_FLAG", "perhaps"}, {"T_COUNT", "4.0"}}));
        CPPUNIT_ASSERT(*input.find("flag") == Value("perhaps"));
        CPPUNIT_ASSERT(*input.find("count") == Value("4.0"));
    }

    void a_sentence_names_the_variable_at_fault() {
        Value input = with("name", "my-cluster");
        const Sources sources =
            complete_from_environment(section, input, environment({{"T_COUNT", "many"}}));
        must_contain(check(section, input, sources).error().message,
                     "count (from the environment variable T_COUNT): must be an integer from 1");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SchemaCheckTest);

} // namespace
} // namespace infrastate::schema
