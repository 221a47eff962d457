// SPDX-License-Identifier: Apache-2.0
// Those parts of the module's adapter that a run from outside (tests/module) cannot test alone.
#include "modules/ansible_arguments.h"
#include "modules/ansible_internals.h"
#include "modules/envelope.h"
#include "modules/hosted.h"
#include "modules/invocation_log.h"
#include "modules/no_log.h"
#include "support/check.h"
#include "things/tables.h"

#include <syslog.h>

namespace infrastate::module {
namespace {

using schema::Param;
using schema::Rule;
using schema::RuleKind;
using schema::Section;
using schema::Type;
using test::must;
using test::must_contain;
using test::must_fail;
using test::must_not_contain;

constexpr std::array params{
    Param{.name = "name", .aliases = {"title", "label"}, .required = true},
    Param{.name = "size", .type = Type::integer},
    Param{.name = "labels", .type = Type::dict},
    Param{.name = "token", .type = Type::token},
};
constexpr Section section{params, {}};

std::optional<std::string> empty_environment(const std::string&) {
    return std::nullopt;
}

Arguments read(Value input, Masker& masker) {
    return read_ansible_arguments(section, std::move(input), "things", empty_environment, masker);
}

class ModuleAdapterTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ModuleAdapterTest);
    CPPUNIT_TEST(an_alias_wins_over_the_name_with_a_warning);
    CPPUNIT_TEST(aliases_are_listed_among_what_is_supported);
    CPPUNIT_TEST(a_dict_must_be_one);
    CPPUNIT_TEST(a_text_with_json_is_read_as_a_dict);
    CPPUNIT_TEST(joined_tables_keep_their_order_and_rules);
    CPPUNIT_TEST(the_first_error_is_the_one_that_is_told);
    CPPUNIT_TEST(secrets_are_known_even_where_something_is_wrong);
    CPPUNIT_TEST(a_secret_in_an_odd_shape_is_not_repeated);
    CPPUNIT_TEST(the_log_holds_no_secret_and_no_second_line);
    CPPUNIT_TEST(the_log_holds_no_secret_of_an_object);
    CPPUNIT_TEST(the_facility_of_the_log_is_the_one_ansible_names);
    CPPUNIT_TEST(a_text_of_stars_is_a_secret_like_any_other);
    CPPUNIT_TEST(arguments_show_no_secret_and_keep_their_types);
    CPPUNIT_TEST(diffs_of_every_shape_end_in_a_line_break);
    CPPUNIT_TEST(modules_are_found_under_every_name_a_file_may_have);
    CPPUNIT_TEST(internals_are_taken_out_and_odd_ones_ignored);
    CPPUNIT_TEST_SUITE_END();

public:
    void an_alias_wins_over_the_name_with_a_warning() {
        Masker masker;
        const Arguments arguments = read(Value::object({{"name", "a"}, {"title", "b"}}), masker);
        CPPUNIT_ASSERT(!arguments.error);
        CPPUNIT_ASSERT(*arguments.checked.value.find("name") == Value("b"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, arguments.warnings.size());
        CPPUNIT_ASSERT_EQUAL(std::string("Both option name and its alias title are set."),
                             arguments.warnings[0]);
    }

    void aliases_are_listed_among_what_is_supported() {
        Masker masker;
        const Arguments arguments =
            read(Value::object({{"title", "b"}, {"zed", 1}, {"bogus", 1}}), masker);
        CPPUNIT_ASSERT_EQUAL(
            std::string("Unsupported parameters for (things) module: bogus, zed. Supported "
                        "parameters include: labels, name, size, token (label, title)."),
            arguments.error.value().message);
    }

    void a_dict_must_be_one() {
        Masker masker;
        CPPUNIT_ASSERT(
            !read(Value::object({{"name", "a"}, {"labels", Value::object()}}), masker).error);
        const Arguments arguments =
            read(Value::object({{"name", "a"}, {"labels", Value::array()}}), masker);
        CPPUNIT_ASSERT_EQUAL(
            std::string("argument 'labels' is of type list and we were unable to "
                        "convert to dict: <class 'list'> cannot be converted to a dict"),
            arguments.error.value().message);
    }

    void a_text_with_json_is_read_as_a_dict() {
        Masker masker;
        const auto labels = [&](const char* text) {
            return read(Value::object({{"name", "a"}, {"labels", text}}), masker);
        };
        const Arguments good = labels("{\"a\": 1, \"b\": [true]}");
        CPPUNIT_ASSERT(!good.error);
        CPPUNIT_ASSERT(*good.params.find("labels")->find("a") == Value(1));
        must_contain(labels("{'a': 1}").error.value().message,
                     "unable to evaluate string as dictionary");
        for (const char* other : {" ", "a", "a=b", "[1]"})
            must_contain(labels(other).error.value().message,
                         "dictionary requested, could not parse JSON or key=value");
    }

    void joined_tables_keep_their_order_and_rules() {
        static constexpr std::array more{Param{.name = "host"}};
        static constexpr std::array rules{Rule{RuleKind::required_one_of, {"host", "name"}}};
        const JoinedSection joined(section, Section{more, rules});
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, joined.section().params.size());
        CPPUNIT_ASSERT(joined.section().params[4].name == "host");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, joined.section().rules.size());
    }

    void the_first_error_is_the_one_that_is_told() {
        Masker masker;
        const Arguments arguments = read(Value::object({{"bogus", 1}, {"size", "many"}}), masker);
        CPPUNIT_ASSERT_EQUAL(std::string("missing required arguments: name"),
                             arguments.error.value().message);
        CPPUNIT_ASSERT_EQUAL(std::string("name"), arguments.error->field);
    }

    void secrets_are_known_even_where_something_is_wrong() {
        Masker masker;
        const Value nested =
            Value::object({{"deep", Value(Value::Array{Value("obviously-fake")})}});
        CPPUNIT_ASSERT(read(Value::object({{"name", "a"}, {"token", nested}}), masker).error);
        CPPUNIT_ASSERT_EQUAL(std::string("<********>"), masker.mask("<obviously-fake>"));
    }

    void a_secret_in_an_odd_shape_is_not_repeated() {
        Masker masker;
        const Arguments named =
            read(Value::object({{"name", "a"}, {"token", Value::object({{"obviously-fake", 1}})}}),
                 masker);
        const Value shown = no_log_arguments(named.module_args, section, masker);
        CPPUNIT_ASSERT(*shown.find("token") == Value(no_log_value));
        CPPUNIT_ASSERT_EQUAL(std::string("not ********"), masker.mask("not obviously-fake"));
        const std::string key = "-----BEGIN PRIVATE KEY-----\nfake\n-----END PRIVATE KEY-----\n";
        Masker other;
        CPPUNIT_ASSERT(!read(Value::object({{"name", key}}), other).error);
        CPPUNIT_ASSERT_EQUAL(std::string(no_log_value), no_log(key, other));
    }

    void the_log_holds_no_secret_and_no_second_line() {
        Masker masker;
        const Arguments arguments = read(Value::object({{"name", "a\nb obviously-fake"},
                                                        {"labels", Value::object({{"x", 1}})},
                                                        {"token", "obviously-fake"}}),
                                         masker);
        Internals internals;
        LogLine line = invocation_line(section, arguments.module_args, internals, "things", masker);
        CPPUNIT_ASSERT_EQUAL(std::string("ansible-things"), line.identity);
        CPPUNIT_ASSERT_EQUAL(std::string("Invoked with name=a b ******** size=None "
                                         "labels={\"x\":1} token=NOT_LOGGING_PARAMETER"),
                             line.text);
        internals.target_log_info = "play 7";
        line = invocation_line(section, arguments.module_args, internals, "things", masker);
        must_contain(line.text, "play 7 Invoked with name=");
    }

    /// However JSON spells it, and also if something else is in place of the object.
    void the_log_holds_no_secret_of_an_object() {
        const std::string password = "obviously \"fake\"";
        const auto logged = [&](Value thing) {
            Masker masker;
            Value list = Value::array();
            list.push(std::move(thing));
            Value input = Value::object({{"owner", "me"}});
            input.set("things", std::move(list));
            const Arguments arguments = read_ansible_arguments(
                test::things::input, std::move(input), "things", empty_environment, masker);
            return invocation_line(test::things::input, arguments.module_args, {}, "things", masker)
                .text;
        };
        const Value labels = Value::object({{"a", "x" + password}});
        Value thing = Value::object({{"name", "one"}, {"labels", labels}});
        // This name is a secret's only inside these objects.
        thing.set("parts", Value(Value::Array{Value::object({{"pin", password}})}));
        const std::string line = logged(std::move(thing));
        must_not_contain(line, "fake");
        must_contain(line, R"("name":"one")");
        must_contain(line, R"("pin":"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")");
        must_contain(line, R"("labels":{"a":"x********"})");
        must_not_contain(logged(password), "fake");
        must_not_contain(logged(Value(Value::Array{Value(password)})), "fake");
    }

    void the_facility_of_the_log_is_the_one_ansible_names() {
        Masker masker;
        Internals internals;
        const auto facility = [&](const char* name) {
            internals.syslog_facility = name;
            return invocation_line(section, Value::object(), internals, "x", masker).facility;
        };
        CPPUNIT_ASSERT_EQUAL(int{LOG_LOCAL3}, facility("LOG_LOCAL3"));
        CPPUNIT_ASSERT_EQUAL(int{LOG_DAEMON}, facility("LOG_DAEMON"));
        CPPUNIT_ASSERT_EQUAL(int{LOG_USER}, facility("LOG_NONSENSE"));
        CPPUNIT_ASSERT_EQUAL(int{LOG_USER}, facility(""));
    }

    void a_text_of_stars_is_a_secret_like_any_other() {
        Masker masker;
        masker.add("");
        CPPUNIT_ASSERT_EQUAL(std::string("plain"), no_log("plain", masker));
        CPPUNIT_ASSERT_EQUAL(std::string(), no_log("", masker));
        masker.add("********");
        CPPUNIT_ASSERT_EQUAL(std::string(no_log_value), no_log("********", masker));
    }

    /// As Ansible does: by the parameter's type, and by the value wherever it occurs again.
    void arguments_show_no_secret_and_keep_their_types() {
        Masker masker;
        const Arguments arguments =
            read(Value::object({{"name", "my-73551"},
                                {"size", 73551},
                                {"labels", Value::object({{"a", "x"}, {"b", true}})},
                                {"token", 73551}}),
                 masker);
        masker.add("x");
        const Value shown = no_log_arguments(arguments.module_args, section, masker);
        CPPUNIT_ASSERT(*shown.find("name") == Value("my-********"));
        CPPUNIT_ASSERT(*shown.find("size") == Value(no_log_value));
        CPPUNIT_ASSERT(*shown.find("token") == Value(no_log_value));
        CPPUNIT_ASSERT(*shown.find("labels") == Value::object({{"a", no_log_value}, {"b", true}}));
        Masker none;
        const Value empty =
            no_log_arguments(read(Value::object({{"token", ""}}), none).module_args, section, none);
        CPPUNIT_ASSERT(empty.find("token")->is_null()); // "" counts as left out
        CPPUNIT_ASSERT(empty.find("labels")->is_null());
    }

    void diffs_of_every_shape_end_in_a_line_break() {
        const Value object = Value::object({{"state", "present"}, {"id", nullptr}, {"n", 2}});
        CPPUNIT_ASSERT_EQUAL(std::string("state: present\nid: null\nn: 2\n"), diff_text(object));
        CPPUNIT_ASSERT_EQUAL(std::string("a\nb\n"),
                             diff_text(Value(Value::Array{Value("a"), Value("b")})));
        CPPUNIT_ASSERT_EQUAL(std::string("text\n"), diff_text("text"));
        CPPUNIT_ASSERT_EQUAL(std::string("text\n"), diff_text("text\n"));
        CPPUNIT_ASSERT_EQUAL(std::string(), diff_text(nullptr));
        CPPUNIT_ASSERT_EQUAL(std::string(), diff_text(Value::object()));
    }

    void modules_are_found_under_every_name_a_file_may_have() {
        const schema::Resource* wanted = schema::find_resource("access_key");
        for (const char* name :
             {"infra_access_key", "ns.col.infra_access_key", "/tmp/x/AnsiballZ_infra_access_key",
              "infra_access_key.bin", "./infra_access_key.x86_64", "infra_access_key_x86_64",
              "ns.col.infra_access_key_aarch64", "AnsiballZ_infra_access_key_arm64"})
            CPPUNIT_ASSERT_MESSAGE(name, find_hosted(name) == wanted);
        for (const char* name : {"infra_access_key_info", "ns.col.infra_access_key_info",
                                 "AnsiballZ_infra_access_key_info", "infra_access_key_info_x86_64"})
            CPPUNIT_ASSERT_MESSAGE(name,
                                   find_hosted(name) == schema::find_resource("access_key_info"));
        for (const char* name : {"", "infra", "infra_access_keys", "infra_access_key_infos",
                                 "_x86_64", "x86_64", ".", "/", "infra_access_key/", "other.infra"})
            CPPUNIT_ASSERT_MESSAGE(name, find_hosted(name) == nullptr);
    }

    void internals_are_taken_out_and_odd_ones_ignored() {
        Value input = Value::object({{"name", "a"},
                                     {"_ansible_check_mode", "on"},
                                     {"_ansible_module_name", "evil\nname"},
                                     {"_ansible_syslog_facility", 5},
                                     {"_ansible_of_the_future", Value::array()},
                                     {"_ansible", "not one of them"}});
        const Internals internals = must(take_internals(input));
        CPPUNIT_ASSERT(internals.check_mode && !internals.diff && internals.inject_invocation);
        CPPUNIT_ASSERT(internals.module_name.empty() && internals.syslog_facility.empty());
        CPPUNIT_ASSERT(input == Value::object({{"name", "a"}, {"_ansible", "not one of them"}}));
        input = Value::object({{"_ansible_check_mode", 2}});
        must_contain(must_fail(take_internals(input)).message, "_ansible_check_mode");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ModuleAdapterTest);

} // namespace
} // namespace infrastate::module
