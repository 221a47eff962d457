// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"
#include "things/tables.h"

#include "infrastate/schema/check.h"
#include "infrastate/schema/describe.h"

#include <set>

namespace infrastate::schema {
namespace {

using Sections = std::vector<std::pair<std::string, Section>>;

/// Adds the table, and those of the objects in it.
void add(Sections& out, const std::string& name, const Section& section) {
    out.emplace_back(name, section);
    for (const Param& param : section.params)
        if (param.fields != nullptr) add(out, name + "." + std::string(param.name), *param.fields);
}

/// Each table with the name of its resource, or "connection".
Sections sections() {
    Sections out;
    for (const Resource& resource : resources())
        add(out, std::string(resource.name), resource.input);
    add(out, "connection", connection());
    return out;
}

/// The same with the tests' own resource, which has lists of objects.
Sections all_sections() {
    Sections out = sections();
    add(out, "things", test::things::input);
    return out;
}

class SchemaTablesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchemaTablesTest);
    CPPUNIT_TEST(access_key_is_the_first_resource);
    CPPUNIT_TEST(no_name_stands_twice_where_tables_are_joined);
    CPPUNIT_TEST(rules_name_parameters_that_exist);
    CPPUNIT_TEST(defaults_are_themselves_accepted_and_canonical);
    CPPUNIT_TEST(choices_belong_to_choices);
    CPPUNIT_TEST(everything_is_documented);
    CPPUNIT_TEST(defaults_of_creation_are_those_of_the_contract);
    CPPUNIT_TEST(secrets_are_marked);
    CPPUNIT_TEST(variables_follow_one_rule);
    CPPUNIT_TEST(describe_holds_every_table);
    CPPUNIT_TEST(describe_lists_every_code);
    CPPUNIT_TEST(lists_of_objects_say_what_is_in_them);
    CPPUNIT_TEST(lists_of_objects_as_input_have_a_table);
    CPPUNIT_TEST_SUITE_END();

public:
    void access_key_is_the_first_resource() {
        CPPUNIT_ASSERT(resources()[0].name == "access_key");
        CPPUNIT_ASSERT(find_resource("access_key") == &resources()[0]);
        CPPUNIT_ASSERT(find_resource("infra_access_key") == nullptr);
    }

    void no_name_stands_twice_where_tables_are_joined() {
        for (const Resource& resource : resources()) {
            std::set<std::string_view> names;
            for (const Section& section : {resource.input, connection()})
                for (const Param& param : section.params) {
                    CPPUNIT_ASSERT_MESSAGE(std::string(param.name),
                                           names.insert(param.name).second);
                    for (std::string_view alias : param.aliases)
                        CPPUNIT_ASSERT_MESSAGE(std::string(alias), names.insert(alias).second);
                }
        }
    }

    void rules_name_parameters_that_exist() {
        for (const auto& [name, section] : all_sections())
            for (const Rule& rule : section.rules) {
                CPPUNIT_ASSERT_MESSAGE(name, rule.params.size() >= 2);
                for (std::string_view param : rule.params) {
                    const Param* found = section.find(param);
                    CPPUNIT_ASSERT_MESSAGE(std::string(param),
                                           found != nullptr && found->name == param);
                }
            }
    }

    void defaults_are_themselves_accepted_and_canonical() {
        for (const auto& [name, section] : all_sections())
            for (const Param& param : section.params) {
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(param.name), param.fill == Default::none,
                                             param.default_value.empty());
                if (param.fill == Default::none) continue;
                CPPUNIT_ASSERT_MESSAGE(std::string(param.name), !param.required);
                Value value = param.default_value;
                if (param.type == Type::boolean) value = lax_boolean(param.default_value).value();
                if (param.type == Type::integer) value = lax_integer(param.default_value).value();
                const Section alone{{&param, 1}, {}};
                const Checked checked = check(alone, Value::object({{param.name, value}}));
                CPPUNIT_ASSERT_MESSAGE(std::string(param.name), checked.ok());
                CPPUNIT_ASSERT_MESSAGE(std::string(param.name),
                                       *checked.value.find(param.name) == value);
            }
    }

    void choices_belong_to_choices() {
        for (const auto& [name, section] : all_sections())
            for (const Param& param : section.params)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(param.name), param.type == Type::choice,
                                             !param.choices.empty());
    }

    void everything_is_documented() {
        for (const auto& [name, section] : all_sections())
            for (const Param& param : section.params)
                CPPUNIT_ASSERT_MESSAGE(std::string(param.name), !param.doc.empty());
        for (const Resource& resource : resources()) {
            CPPUNIT_ASSERT(!resource.summary.empty() && !resource.description.empty());
            for (const Returned& field : resource.returns)
                CPPUNIT_ASSERT_MESSAGE(std::string(field.name),
                                       !field.doc.empty() && !field.when.empty());
        }
    }

    void defaults_of_creation_are_those_of_the_contract() {
        const Section& input = resources()[0].input;
        CPPUNIT_ASSERT(input.find("expires_in")->default_value == "8766h0m0s");
        CPPUNIT_ASSERT(input.find("inactivity_timeout")->default_value == "72h0m0s");
        for (std::string_view name : {"expires_in", "inactivity_timeout"})
            CPPUNIT_ASSERT(input.find(name)->fill == Default::on_creation);
        const Checked checked = check(input, Value::object({{"name", "my-cluster"}}));
        CPPUNIT_ASSERT(checked.value == Value::object({{"state", "present"},
                                                       {"name", "my-cluster"},
                                                       {"user", "connector"},
                                                       {"recreate", "state_change"},
                                                       {"overlap", "0s"},
                                                       {"retire", "when_replaced_in_use"},
                                                       {"adopt", "never"},
                                                       {"current_secret_missing", "fail"},
                                                       {"verify_secret", "auto"}}));
    }

    void secrets_are_marked() {
        std::set<std::string_view> secrets;
        for (const auto& [name, section] : sections())
            for (const Param& param : section.params)
                if (is_secret(param.type)) secrets.insert(param.name);
        CPPUNIT_ASSERT(
            (std::set<std::string_view>{"access_key", "password", "client_key_passphrase",
                                        "current_secret"} == secrets));
    }

    void variables_follow_one_rule() {
        for (const Param& param : connection().params) {
            if (param.name == "proxy" || param.name == "no_proxy") continue;
            std::string expected = "INFRA_";
            for (char c : param.name)
                expected += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, param.environment.size());
            CPPUNIT_ASSERT_EQUAL(expected, std::string(param.environment[0]));
        }
    }

    void describe_holds_every_table() {
        const Value all = describe();
        CPPUNIT_ASSERT(*all.find("schema_version") == Value(1));
        CPPUNIT_ASSERT(*all.find("version") == Value(version()));
        CPPUNIT_ASSERT_EQUAL(resources().size(), all.find("resources")->items().size());
        const Value& first = all.find("resources")->items()[0];
        CPPUNIT_ASSERT_EQUAL(resources()[0].input.params.size(),
                             first.find("params")->items().size());
        CPPUNIT_ASSERT_EQUAL(resources()[0].returns.size(), first.find("returns")->items().size());
        const Value* connection_params = all.find("connection")->find("params");
        CPPUNIT_ASSERT_EQUAL(connection().params.size(), connection_params->items().size());
        for (const Value& param : connection_params->items()) {
            if (*param.find("name") != Value("timeout")) continue;
            CPPUNIT_ASSERT(*param.find("default") == Value("30s"));
            CPPUNIT_ASSERT(*param.find("minimum_ms") == Value(100));
            CPPUNIT_ASSERT(*param.find("type") == Value("seconds"));
            return;
        }
        CPPUNIT_FAIL("timeout is not described");
    }

    void describe_lists_every_code() {
        const Value all = describe();
        std::int64_t next = 0;
        for (const Value& code : all.find("codes")->items()) {
            CPPUNIT_ASSERT_EQUAL(next, code.find("number")->integer());
            CPPUNIT_ASSERT(*code.find("name") == Value(code_name(static_cast<Code>(next))));
            ++next;
        }
        // A number after the last code has no name of its own.
        CPPUNIT_ASSERT(code_name(static_cast<Code>(next)) == code_name(Code::internal));
        CPPUNIT_ASSERT(code_name(static_cast<Code>(next - 1)) != code_name(Code::internal));
    }

    void lists_of_objects_say_what_is_in_them() {
        std::size_t lists = 0;
        for (const Resource& resource : resources())
            for (const Returned& field : resource.returns) {
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(field.name), field.type == Type::objects,
                                             !field.fields.empty());
                lists += field.type == Type::objects ? 1 : 0;
            }
        CPPUNIT_ASSERT(lists > 0);
        const Value all = describe();
        for (const Value& field : all.find("resources")->items()[0].find("returns")->items())
            if (*field.find("name") == Value("predecessors"))
                CPPUNIT_ASSERT(*field.find("fields")->items().at(0).find("name") == Value("id"));
    }

    /// Each name occurs once in it, and no variable fills a member.
    void lists_of_objects_as_input_have_a_table() {
        for (const auto& [table, section] : all_sections()) {
            const bool inside = table.find('.') != std::string::npos;
            std::set<std::string_view> names;
            for (const Param& param : section.params) {
                const std::string name = table + "." + std::string(param.name);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(name, param.type == Type::objects,
                                             param.fields != nullptr);
                CPPUNIT_ASSERT_MESSAGE(name, !inside || param.environment.empty());
                CPPUNIT_ASSERT_MESSAGE(name, names.insert(param.name).second);
                for (std::string_view alias : param.aliases)
                    CPPUNIT_ASSERT_MESSAGE(name, names.insert(alias).second);
            }
        }
        CPPUNIT_ASSERT_EQUAL(sections().size() + 4, all_sections().size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SchemaTablesTest);

} // namespace
} // namespace infrastate::schema
