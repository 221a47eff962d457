// SPDX-License-Identifier: Apache-2.0
// Parameters in: what is refused, which values have equal digests, and which name is derived.
#include "../../src/wire/digests.h"
#include "support/check.h"

#include "infrastate/wire/access_key.h"

namespace infrastate {
namespace {

using test::must;
using test::must_contain;
using test::must_fail;
using test::must_not_contain;

constexpr const char* fake_secret = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb";

Value named(std::initializer_list<std::pair<std::string_view, Value>> more) {
    Value out = test::object_of(more);
    if (out.find("name") == nullptr) out.set("name", "example");
    return out;
}

wire::DesiredContext here() {
    return {"https://infra.example.com", "0123456789abcdef0123456789abcdef",
            "/etc/infra/connector.key"};
}

class WireDesiredTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WireDesiredTest);
    CPPUNIT_TEST(bad_parameters_are_refused_by_name);
    CPPUNIT_TEST(what_contradicts_itself_is_refused_before_any_request);
    CPPUNIT_TEST(defaults_are_not_taken_for_the_callers_wish);
    CPPUNIT_TEST(every_parameter_arrives);
    CPPUNIT_TEST(no_time_is_the_same_as_not_set);
    CPPUNIT_TEST(a_percentage_stays_one);
    CPPUNIT_TEST(an_empty_secret_is_something_else_than_none);
    CPPUNIT_TEST(what_is_no_access_key_is_refused_without_showing_it);
    CPPUNIT_TEST(keepers_that_templates_write_alike_are_equal);
    CPPUNIT_TEST(keepers_that_differ_have_other_digests);
    CPPUNIT_TEST(the_digest_of_keepers_never_changes);
    CPPUNIT_TEST(nested_keepers_are_refused_by_name);
    CPPUNIT_TEST(a_name_is_derived_from_where_the_secret_is_kept);
    CPPUNIT_TEST(each_part_of_the_place_changes_the_derived_name);
    CPPUNIT_TEST(a_missing_name_says_both_remedies);
    CPPUNIT_TEST(an_id_needs_no_name_to_remove_its_key);
    CPPUNIT_TEST_SUITE_END();

public:
    void bad_parameters_are_refused_by_name() {
        struct Row {
            const char* parameter;
            Value value;
            const char* message;
        };
        for (const Row& row : {
                 Row{"expires_in", "1d2x", "1d2x"},
                 Row{"expires_in", "-1h", "negative"},
                 Row{"expires_in", "0s", "zero"},
                 Row{"expires_in", "1e3h", "1e3h"},
                 Row{"expires_in", "2628000h", "292 years"},
                 Row{"expires_in", "9223372036854775808ns", "292 years"},
                 Row{"inactivity_timeout", "1d", "h, m, s"},
                 Row{"inactivity_timeout", 5, "a string"},
                 Row{"expires_at", "tomorrow", "RFC 3339"},
                 Row{"rotate_if_created_before", "2027-11-23", "RFC 3339"},
                 Row{"name", "a", "2 to 240"},
                 Row{"name", std::string(257, 'x'), "not 257"},
                 Row{"name", "has space", "position 4"},
                 Row{"state", "Present", "present, absent"},
                 Row{"recreate", "sometimes", "never, dead, state_change, always"},
                 Row{"retire", "soon", "when_replaced_in_use, on_time"},
                 Row{"adopt", "always", "never, replace"},
                 Row{"verify_secret", true, "auto, always, never"},
                 Row{"current_secret_missing", "", "fail, replace"},
                 Row{"id", "a/b", "1 to 64 letters and digits"},
                 Row{"renew_before", "often", "not a duration"},
                 Row{"renew_before", "x%", "a percentage like 20%"},
                 Row{"renew_splay", "-1h", "negative"},
                 Row{"overlap", 60, "a string"},
                 Row{"current_secret", 12, "a string"},
                 Row{"keepers", "a=b", "an object"},
                 Row{"user", "", "1 to 256"},
                 Row{"user", "a\nb", "control characters"},
             }) {
            const Error error = must_fail(
                wire::desired_access_key(named({{row.parameter, row.value}})), row.parameter);
            CPPUNIT_ASSERT_EQUAL(Code::argument, error.code);
            CPPUNIT_ASSERT_EQUAL(std::string(row.parameter), error.field);
            must_contain(error.message, std::string(row.parameter) + ": ");
            must_contain(error.message, row.message);
        }
    }

    void what_contradicts_itself_is_refused_before_any_request() {
        struct Row {
            Value parameters;
            const char* field;
        };
        for (const Row& row : {
                 Row{named({{"expires_in", "1h"}, {"expires_at", "2030-01-01T00:00:00Z"}}),
                     "expires_in"},
                 Row{named({{"renew_before", "1h"}, {"expires_at", "2030-01-01T00:00:00Z"}}),
                     "renew_before"},
                 Row{named({{"renew_before", "40m"}, {"renew_splay", "30m"}, {"expires_in", "1h"}}),
                     "renew_before"},
                 Row{named({{"renew_before", "91%"}}), "renew_before"},
                 Row{named({{"renew_splay", "1h"}}), "renew_splay"},
                 Row{named({{"overlap", "1h"}}), "overlap"},
                 Row{named({{"overlap", "1h"},
                            {"recreate", "always"},
                            {"secret_file", "/etc/infra/connector.key"}}),
                     "overlap"},
                 Row{named({{"keepers", Value::object({{"a", 1}})}}), "keepers"},
                 Row{named({{"current_secret", ""}}), "current_secret"},
             }) {
            const Error error = must_fail(wire::desired_access_key(row.parameters), row.field);
            CPPUNIT_ASSERT_EQUAL(Code::argument, error.code);
            CPPUNIT_ASSERT_EQUAL(std::string(row.field), error.field);
        }
    }

    void defaults_are_not_taken_for_the_callers_wish() {
        const auto desired = must(wire::desired_access_key(named({{"user", nullptr}})));
        CPPUNIT_ASSERT_EQUAL(std::string("connector"), desired.user);
        CPPUNIT_ASSERT(desired.state == plan::State::present);
        CPPUNIT_ASSERT(desired.recreate == plan::Recreate::state_change);
        CPPUNIT_ASSERT(desired.retire == plan::Retire::when_replaced_in_use);
        CPPUNIT_ASSERT(desired.adopt == plan::Adopt::never);
        CPPUNIT_ASSERT(desired.verify == plan::Verify::automatic);
        CPPUNIT_ASSERT(desired.current_secret == plan::CurrentSecret::not_given);
        CPPUNIT_ASSERT(desired.current_secret_missing == plan::WhenMissing::fail);
        CPPUNIT_ASSERT(!desired.expires_in && !desired.expires_at && !desired.inactivity_timeout);
        CPPUNIT_ASSERT(!desired.renew_before && !desired.renew_splay && !desired.overlap);
        CPPUNIT_ASSERT(!desired.rotate_if_created_before && !desired.keepers && !desired.id);
        CPPUNIT_ASSERT(!desired.secret_file && !desired.has_holder() && desired.named);
    }

    void every_parameter_arrives() {
        const auto desired = must(
            wire::desired_access_key(named({{"state", "present"},
                                            {"user", "dev@example.com"},
                                            {"id", "4yJ3n3D8E2"},
                                            {"expires_in", "100h"},
                                            {"inactivity_timeout", "10h"},
                                            {"recreate", "dead"},
                                            {"renew_before", "20h"},
                                            {"renew_splay", "2h"},
                                            {"overlap", "1h"},
                                            {"retire", "on_time"},
                                            {"rotate_if_created_before", "2026-11-23T07:56:35Z"},
                                            {"keepers", Value::object({{"release", 5}})},
                                            {"adopt", "replace"},
                                            {"secret_file", "/etc/infra/connector.key"},
                                            {"current_secret", fake_secret},
                                            {"current_secret_missing", "replace"},
                                            {"verify_secret", "always"}}),
                                     here()));
        CPPUNIT_ASSERT_EQUAL(std::string("example"), desired.name.text());
        CPPUNIT_ASSERT_EQUAL(std::string("dev@example.com"), desired.user);
        CPPUNIT_ASSERT_EQUAL(std::string("https://infra.example.com"), desired.host);
        CPPUNIT_ASSERT_EQUAL(std::string("4yJ3n3D8E2"), desired.id.value().text());
        CPPUNIT_ASSERT_EQUAL(std::string("100h0m0s"), desired.expires_in.value().text());
        CPPUNIT_ASSERT_EQUAL(std::string("10h0m0s"), desired.inactivity_timeout.value().text());
        CPPUNIT_ASSERT_EQUAL(std::string("20h0m0s"),
                             std::get<Duration>(desired.renew_before.value()).text());
        CPPUNIT_ASSERT_EQUAL(std::string("2h0m0s"), desired.renew_splay.value().text());
        CPPUNIT_ASSERT_EQUAL(std::string("1h0m0s"), desired.overlap.value().text());
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-23T07:56:35Z"),
                             desired.rotate_if_created_before.value().text());
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, desired.keepers.value().size());
        CPPUNIT_ASSERT(desired.recreate == plan::Recreate::dead);
        CPPUNIT_ASSERT(desired.retire == plan::Retire::on_time);
        CPPUNIT_ASSERT(desired.adopt == plan::Adopt::replace);
        CPPUNIT_ASSERT(desired.verify == plan::Verify::always);
        CPPUNIT_ASSERT(desired.current_secret == plan::CurrentSecret::given);
        CPPUNIT_ASSERT(desired.current_secret_missing == plan::WhenMissing::replace);
        CPPUNIT_ASSERT(desired.secret_file);
    }

    void no_time_is_the_same_as_not_set() {
        const auto desired = must(wire::desired_access_key(
            named({{"overlap", "0s"}, {"renew_before", "0s"}, {"renew_splay", "0s"}})));
        CPPUNIT_ASSERT(!desired.overlap && !desired.renew_before && !desired.renew_splay);
    }

    void a_percentage_stays_one() {
        const auto desired = must(wire::desired_access_key(named({{"renew_before", "20%"}})));
        CPPUNIT_ASSERT(std::get<plan::Percent>(desired.renew_before.value()) == plan::Percent{20});
    }

    void an_empty_secret_is_something_else_than_none() {
        const auto none = must(wire::desired_access_key(named({{"current_secret", nullptr}})));
        CPPUNIT_ASSERT(none.current_secret == plan::CurrentSecret::not_given);
        const auto empty = must(wire::desired_access_key(
            named({{"current_secret", ""}, {"current_secret_missing", "replace"}})));
        CPPUNIT_ASSERT(empty.current_secret == plan::CurrentSecret::empty);
        CPPUNIT_ASSERT(empty.has_holder());
    }

    void what_is_no_access_key_is_refused_without_showing_it() {
        for (const char* bad :
             {"aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbb", "aaaaaaaaaabbbbbbbbbbbbbbbbbbbb",
              "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbb-", "VALUE_FROM_VAULT"}) {
            const Error error =
                must_fail(wire::desired_access_key(named({{"current_secret", bad}})));
            must_contain(error.message, "current_secret: must be an access key of Infra");
            must_not_contain(error.message,
                             std::string(bad).substr(0, 10) + ".bbbbbbbbbbbbbbbbbbbbbbb-");
            must_not_contain(error.message, "VALUE_FROM_VAULT");
        }
    }

    void keepers_that_templates_write_alike_are_equal() {
        struct Row {
            Value one, other;
        };
        for (const Row& row : {
                 Row{5, "5"},
                 Row{-7, "-7"},
                 Row{true, "true"},
                 Row{true, "True"},
                 Row{false, "False"},
                 Row{1.5, "1.5"},
                 Row{2.0, "2.0"},
                 Row{1e16, "1e+16"},
                 Row{0.0001, "0.0001"},
                 Row{100000.0, "100000.0"},
                 Row{std::int64_t{9'007'199'254'740'993}, "9007199254740993"},
             })
            CPPUNIT_ASSERT_EQUAL(digest({{"a", row.one}}), digest({{"a", row.other}}));
        CPPUNIT_ASSERT_EQUAL(digest({{"a", 1}, {"b", 2}}), digest({{"b", 2}, {"a", 1}}));
        CPPUNIT_ASSERT_EQUAL(digest({{"a", 1}}), digest({{"a", 1}, {"b", nullptr}}));
    }

    void keepers_that_differ_have_other_digests() {
        const std::string one = digest({{"a", 1}});
        for (const Value& other :
             {Value::object(), Value::object({{"a", 2}}), Value::object({{"b", 1}}),
              Value::object({{"a", 1}, {"b", ""}}), Value::object({{"a", 1.0}}),
              Value::object({{"a", true}}), Value::object({{"A", 1}})})
            CPPUNIT_ASSERT(one != must(wire::keepers_digest(other)));
        // Without the lengths these would be equal.
        CPPUNIT_ASSERT(digest({{"a", "b1:c1:d"}}) != digest({{"a", "b"}, {"c", "d"}}));
        CPPUNIT_ASSERT(digest({{"a", "TRUE"}}) != digest({{"a", true}}));
        CPPUNIT_ASSERT(digest({{"a", "yes"}}) != digest({{"a", true}}));
    }

    // Computed by another program: a digest stays on disk for years.
    void the_digest_of_keepers_never_changes() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("d6b1df058db47293ede8349cbbf9789d2cb065dde4c3d8249a1df825f45fafb1"),
            digest({{"release", 5}, {"ratio", 1.5}, {"debug", true}, {"none", nullptr}}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            digest({}));
    }

    void nested_keepers_are_refused_by_name() {
        for (const Value& nested : {Value::array(), Value::object()}) {
            const Error error = must_fail(wire::desired_access_key(
                named({{"secret_file", "/x"}, {"keepers", Value::object({{"deep", nested}})}})));
            CPPUNIT_ASSERT_EQUAL(std::string("keepers"), error.field);
            must_contain(error.message, "keepers: 'deep' is a");
            must_contain(error.message, "a text, a number or a boolean");
        }
    }

    // Computed by another program: the name must stay the same for ever, or a new key is made.
    void a_name_is_derived_from_where_the_secret_is_kept() {
        const Value parameters = Value::object({{"secret_file", "/etc/infra/connector.key"}});
        const auto desired = must(wire::desired_access_key(parameters, here()));
        CPPUNIT_ASSERT_EQUAL(std::string("infra-d73m7unmb4d4cdfa"), desired.name.text());
        CPPUNIT_ASSERT(desired.named);
        wire::DesiredContext nowhere = here();
        nowhere.machine_id.clear();
        must_contain(must_fail(wire::desired_access_key(parameters, nowhere)).message,
                     "no usable /etc/machine-id; set name");
    }

    void each_part_of_the_place_changes_the_derived_name() {
        const auto name = [](const char* machine, const char* path, const char* host,
                             const char* user) {
            return wire::derived_name(machine, path, host, user).text();
        };
        const std::string one = name("m", "/p", "h", "u");
        CPPUNIT_ASSERT_EQUAL(one, name("m", "/p", "h", "u"));
        for (const std::string& other :
             {name("n", "/p", "h", "u"), name("m", "/q", "h", "u"), name("m", "/p", "i", "u"),
              name("m", "/p", "h", "v"), name("m/", "p", "h", "u"), name("m", "/p", "hu", "")})
            CPPUNIT_ASSERT(one != other);
    }

    void a_missing_name_says_both_remedies() {
        for (const Value& parameters : {Value::object(), Value::object({{"id", "4yJ3n3D8E2"}}),
                                        Value::object({{"state", "absent"}})}) {
            const Error error = must_fail(wire::desired_access_key(parameters, here()));
            CPPUNIT_ASSERT_EQUAL(std::string("name"), error.field);
            must_contain(error.message, "name: is missing; either set name");
            must_contain(error.message, "or set secret_file");
        }
    }

    void an_id_needs_no_name_to_remove_its_key() {
        const auto by_id = must(wire::desired_access_key(
            Value::object({{"id", "4yJ3n3D8E2"}, {"state", "absent"}}), here()));
        CPPUNIT_ASSERT(!by_id.named);
        const auto both = must(
            wire::desired_access_key(named({{"id", "4yJ3n3D8E2"}, {"state", "absent"}}), here()));
        CPPUNIT_ASSERT(both.named);
        CPPUNIT_ASSERT_EQUAL(std::string("example"), both.name.text());
    }

private:
    static std::string digest(std::initializer_list<std::pair<std::string_view, Value>> keepers) {
        return must(wire::keepers_digest(test::object_of(keepers)));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WireDesiredTest);

} // namespace
} // namespace infrastate
