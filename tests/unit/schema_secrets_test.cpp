// SPDX-License-Identifier: Apache-2.0
// Somebody pasted a secret into the wrong parameter. A refused value is neither repeated nor left
// behind in memory. Only their form shows that these texts may be secrets.
#include "support/check.h"
#include "support/freed_memory.h"

#include "infrastate/engine/engine.h"
#include "infrastate/schema/check.h"
#include "infrastate/schema/mask.h"
#include "infrastate/types/duration.h"
#include "infrastate/types/file_mode.h"
#include "infrastate/types/timestamp.h"

#include <array>
#include <functional>

namespace infrastate::schema {
namespace {

using test::must_contain;

/// Compares without a copy of the text, which would be found in memory.
void not_repeated(const std::string& said, std::string_view text) {
    if (said.find(text) != std::string::npos) CPPUNIT_FAIL("repeated in: " + said);
}

/// All made up: an access key, a password with blanks, one that begins like a number, a token of
/// digits and letters, a word, and one with a line break and a slash.
constexpr std::array<std::string_view, 6> pasted{
    "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb",
    "correct horse 4 battery staple",
    "2027-horse-battery-staple",
    "0123456789abcdef0123456789abcdef",
    "obviously-fake",
    "horse+battery/staple==\n0123456789",
};

std::string all_of(const Violation& violation) {
    std::string out = violation.sentence + violation.got + violation.expected;
    for (const std::string& name : violation.params)
        out += name;
    return out;
}

/// Calls `visit(section, parameter)` for each parameter that a caller may set.
void each_parameter(const std::function<void(const Section&, const Param&)>& visit) {
    for (const Param& param : connection().params)
        visit(connection(), param);
    for (const Resource& resource : resources())
        for (const Param& param : resource.input.params)
            visit(resource.input, param);
}

class SchemaSecretsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchemaSecretsTest);
    CPPUNIT_TEST(a_value_that_is_refused_is_neither_repeated_nor_left_in_memory);
    CPPUNIT_TEST(nor_is_one_inside_a_value_of_the_wrong_shape);
    CPPUNIT_TEST(nor_is_the_name_of_an_unknown_parameter);
    CPPUNIT_TEST(nor_is_what_a_type_cannot_be_read_from);
    CPPUNIT_TEST(nor_is_what_the_connection_is_not_opened_with);
    CPPUNIT_TEST(what_is_shorter_than_a_secret_is_repeated);
    CPPUNIT_TEST(an_access_key_is_masked_wherever_it_was_pasted);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_value_that_is_refused_is_neither_repeated_nor_left_in_memory() {
        int refused = 0;
        each_parameter([&](const Section& section, const Param& param) {
            for (const std::string_view text : pasted) {
                const test::FreedMemoryWatch watch(text);
                bool for_its_form = false;
                {
                    const Checked checked = check(section, Value::object({{param.name, text}}));
                    for (const Violation& violation : checked.violations) {
                        not_repeated(all_of(violation), text);
                        for_its_form = for_its_form || (violation.params.front() == param.name &&
                                                        violation.fault != Fault::required_by);
                    }
                    if (!checked.ok()) not_repeated(checked.error().message, text);
                }
                if (!for_its_form) continue; // an accepted value stays in memory
                ++refused;
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(param.name), std::size_t{0},
                                             watch.leaks());
            }
        });
        CPPUNIT_ASSERT_GREATER(150, refused);
    }

    void nor_is_one_inside_a_value_of_the_wrong_shape() {
        each_parameter([](const Section& section, const Param& param) {
            for (const std::string_view text : pasted) {
                const test::FreedMemoryWatch watch(text);
                for (const bool list : {true, false}) {
                    Value inner = Value::array();
                    inner.push(Value(text));
                    Value value =
                        list ? std::move(inner) : Value::object({{"a", std::move(inner)}});
                    Value input = Value::object();
                    input.set(param.name, std::move(value));
                    const Checked checked = check(section, input);
                    for (const Violation& violation : checked.violations)
                        not_repeated(all_of(violation), text);
                }
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(param.name), std::size_t{0},
                                             watch.leaks());
            }
        });
    }

    /// The name of a member: the object itself has the only copy.
    void nor_is_the_name_of_an_unknown_parameter() {
        for (const std::string_view text : pasted) {
            Value input = Value::object();
            input.set(text, Value(1));
            const Checked checked = check(connection(), input);
            const test::FreedMemoryWatch watch(text);
            for (const Violation& violation : checked.violations)
                not_repeated(all_of(violation), text);
            not_repeated(masked(checked.error(), connection(), Masker()).field, text);
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, watch.leaks());
        }
        must_contain(
            check(connection(), Value::object({{"acess_key_file", 1}})).violations.back().sentence,
            "'acess_key_file' is no parameter");
    }

    void nor_is_what_a_type_cannot_be_read_from() {
        for (const std::string_view text : pasted) {
            const test::FreedMemoryWatch watch(text);
            not_repeated(test::must_fail(Duration::parse(text)).message, text);
            not_repeated(test::must_fail(Timestamp::parse(text)).message, text);
            not_repeated(test::must_fail(parse_file_mode(text)).message, text);
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, watch.leaks());
        }
    }

    void nor_is_what_the_connection_is_not_opened_with() {
        int refused = 0;
        for (const Param& param : connection().params)
            for (const std::string_view text : pasted) {
                if (is_secret(param.type) || param.type == Type::boolean) continue;
                Value config =
                    Value::object({{"host", "https://localhost:1"},
                                   {"access_key", "cccccccccc.dddddddddddddddddddddddd"}});
                if (param.name == "access_key_file") config.erase("access_key");
                const test::FreedMemoryWatch watch(text);
                config.set(param.name, text);
                if (const auto opened = engine::Session::open(config); !opened) {
                    not_repeated(opened.error().message, text);
                    ++refused;
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(param.name), std::size_t{0},
                                                 watch.leaks());
                }
            }
        CPPUNIT_ASSERT_GREATER(20, refused);
    }

    void what_is_shorter_than_a_secret_is_repeated() {
        struct Row {
            std::string_view name, value, part;
        };
        const Section& section = find_resource("access_key")->input;
        for (const Row& row :
             {Row{"expires_in", "1 day", "expires_in: '1 day' is not a duration: write it like"},
              Row{"expires_in", "30 days, or so",
                  "expires_in: a text of 14 bytes is not a duration"},
              Row{"state", "Present", "one of present, absent, not 'Present'"},
              Row{"recreate", "state-change", "state_change, always, not a text of 12 bytes"},
              Row{"renew_before", "95%", "not '95%'"},
              Row{"mode", "rw", "'rw' is not a file's mode"},
              Row{"expires_at", "2027-13-01T00:00:00Z", "'2027-13-01T00:00:00Z' is not a time"},
              Row{"expires_at", "2027-11-23", "'2027-11-23' is not a time"},
              Row{"expires_at", "tomorrow morning", "a text of 16 bytes is not a time"}}) {
            const Checked checked =
                check(section, Value::object({{"name", "my-cluster"}, {row.name, row.value}}));
            CPPUNIT_ASSERT_MESSAGE(std::string(row.value), !checked.ok());
            must_contain(checked.violations.front().sentence, std::string(row.part));
        }
    }

    /// If it is not refused (a name may look like an access key), a result repeats it.
    void an_access_key_is_masked_wherever_it_was_pasted() {
        each_parameter([](const Section&, const Param& param) {
            for (const bool list : {true, false}) {
                Value value(pasted[0]);
                if (list) {
                    value = Value::array();
                    value.push(Value(pasted[0]));
                }
                Value input = Value::object();
                input.set(param.name, std::move(value));
                Masker masker;
                collect_secrets(input, masker);
                not_repeated(masker.mask("there is no '" + std::string(pasted[0]) + "' here"),
                             pasted[0]);
            }
        });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SchemaSecretsTest);

} // namespace
} // namespace infrastate::schema
