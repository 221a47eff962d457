// SPDX-License-Identifier: Apache-2.0
// Lists of objects as input, with the tables of the resource that only the tests have.
#include "src/wire/parameters.h"
#include "support/check.h"
#include "things/tables.h"

#include "infrastate/schema/check.h"
#include "infrastate/schema/describe.h"
#include "infrastate/schema/mask.h"

namespace infrastate::schema {
namespace {

namespace things = test::things;
using test::must;
using test::must_contain;
using test::must_not_contain;

Value list_of(std::initializer_list<Value> items) {
    return Value(Value::Array(items));
}

/// A good thing with more members, or without a member whose value is null.
Value thing(std::initializer_list<std::pair<std::string_view, Value>> more = {}) {
    Value out = Value::object({{"name", "one"}, {"user", "me"}});
    for (const auto& [name, value] : more)
        out.set(name, value);
    return out;
}

/// The last of four things; the others are good.
Value fourth(Value last) {
    Value out = Value::object({{"owner", "somebody"}});
    out.set("things", list_of({thing(), thing(), thing(), std::move(last)}));
    return out;
}

Violation only_violation(const Value& input) {
    const Checked checked = check(things::input, input);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, checked.violations.size());
    CPPUNIT_ASSERT(checked.value.is_null());
    return checked.violations[0];
}

class SchemaObjectsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchemaObjectsTest);
    CPPUNIT_TEST(objects_are_checked_like_parameters);
    CPPUNIT_TEST(each_fault_names_its_place);
    CPPUNIT_TEST(an_item_must_be_an_object);
    CPPUNIT_TEST(a_misspelt_member_names_what_was_meant);
    CPPUNIT_TEST(rules_hold_inside_of_each_object);
    CPPUNIT_TEST(neutral_values_exclude_nothing_inside_either);
    CPPUNIT_TEST(no_list_and_no_objects_are_told_apart_by_rules);
    CPPUNIT_TEST(lists_stand_in_objects_of_lists);
    CPPUNIT_TEST(what_is_wrong_with_the_whole_comes_first);
    CPPUNIT_TEST(not_all_of_a_long_list_is_told);
    CPPUNIT_TEST(no_secret_is_quoted);
    CPPUNIT_TEST(a_place_is_masked_only_where_the_caller_made_it_up);
    CPPUNIT_TEST(describe_says_what_is_inside);
    CPPUNIT_TEST(objects_are_read_with_their_place);
    CPPUNIT_TEST_SUITE_END();

public:
    void objects_are_checked_like_parameters() {
        Value given = Value::object({{"title", "one"},
                                     {"group", "us"},
                                     {"size", nullptr},
                                     {"file", ""},
                                     {"lifetime", nullptr}});
        const Checked checked = check(things::input, fourth(std::move(given)));
        if (!checked.ok()) CPPUNIT_FAIL(checked.error().message);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, checked.value.find("things")->items().size());
        const Value expected = Value::object({{"name", "one"}, {"kind", "plain"}, {"group", "us"}});
        CPPUNIT_ASSERT(checked.value.find("things")->items()[3] == expected);
        const Checked spelled = check(
            things::input, fourth(thing({{"lifetime", "90m"}, {"size", 2}, {"flag", false}})));
        CPPUNIT_ASSERT(*spelled.value.find("things")->items()[3].find("lifetime") ==
                       Value("1h30m0s"));
    }

    void each_fault_names_its_place() {
        struct Row {
            std::string_view name;
            Value value;
            Fault fault;
            std::string sentence;
        };
        for (const Row& row :
             {Row{"name", nullptr, Fault::missing, "things[3].name: is required; give a text"},
              Row{"name", 5, Fault::wrong_type, "things[3].name: must be a text, not an integer"},
              Row{"kind", "odd", Fault::not_a_choice,
                  "things[3].kind: must be one of plain, other, not 'odd'"},
              Row{"size", 9, Fault::out_of_range,
                  "things[3].size: must be an integer from 1 to 5, not 9"},
              Row{"size", "9", Fault::wrong_type,
                  "things[3].size: must be an integer from 1 to 5, not a string"},
              Row{"delay", "soon", Fault::malformed, "things[3].delay: "},
              Row{"file", "/a\nb", Fault::malformed, "things[3].file: must not hold a control"},
              Row{"labels", Value::object({{"a", Value::array()}}), Fault::malformed,
                  "things[3].labels: must be an object with texts, numbers and booleans; 'a' is "},
              Row{"parts", "x", Fault::wrong_type,
                  "things[3].parts: must be a list of objects, not a string"}}) {
            const Violation violation = only_violation(fourth(thing({{row.name, row.value}})));
            CPPUNIT_ASSERT_MESSAGE(row.sentence, row.fault == violation.fault);
            CPPUNIT_ASSERT_EQUAL(row.sentence, violation.sentence.substr(0, row.sentence.size()));
            CPPUNIT_ASSERT_EQUAL("things[3]." + std::string(row.name), violation.field());
            CPPUNIT_ASSERT_EQUAL(std::string(row.name), violation.params.at(0));
        }
        const Error error = check(things::input, fourth(thing({{"size", 9}}))).error();
        CPPUNIT_ASSERT_EQUAL(std::string("things[3].size"), error.field);
        const Violation twice = only_violation(fourth(thing({{"title", "two"}})));
        CPPUNIT_ASSERT(Fault::given_twice == twice.fault);
        must_contain(twice.sentence, "things[3].name: given twice, the second time as 'title'");
    }

    void an_item_must_be_an_object() {
        for (const Value& odd : {Value("one"), Value(5), Value(), Value::array(), Value(true)}) {
            const Value input = fourth(odd);
            const Checked checked = check(things::input, input);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, checked.violations.size());
            const Violation& violation = checked.violations[0];
            CPPUNIT_ASSERT(Fault::wrong_type == violation.fault);
            CPPUNIT_ASSERT_EQUAL(std::string("things[3]"), violation.field());
            CPPUNIT_ASSERT_EQUAL("things[3]: must be an object, not " +
                                     std::string(kind_name(odd.kind())),
                                 violation.sentence);
            CPPUNIT_ASSERT(violation.value == &input.find("things")->items()[3]);
        }
        for (const Value& odd : {Value("one"), thing(), Value(5)})
            must_contain(only_violation(Value::object({{"owner", "x"}, {"things", odd}})).sentence,
                         "things: must be a list of objects, not ");
    }

    void a_misspelt_member_names_what_was_meant() {
        struct Row {
            std::string_view name, meant;
        };
        for (const Row& row :
             {Row{"nam", "name"}, Row{"grop", "group"}, Row{"usre", "user"}, Row{"titel", "title"},
              Row{"passwort", "password"}, Row{"life_time", "lifetime"}}) {
            const Violation violation = only_violation(fourth(thing({{row.name, "value-of-it"}})));
            CPPUNIT_ASSERT(Fault::unknown == violation.fault);
            CPPUNIT_ASSERT_EQUAL("things[3]." + std::string(row.name), violation.field());
            must_contain(violation.sentence,
                         "things[3]." + std::string(row.name) + " is no parameter; did you mean '" +
                             std::string(row.meant) + "'? These are: name, kind, ");
            must_not_contain(violation.sentence, "value-of-it");
        }
        for (const char* name : {"bogus", "x", "na", "resource"})
            must_contain(only_violation(fourth(thing({{name, 1}}))).sentence,
                         "things[3]." + std::string(name) + " is no parameter; these are: name, ");
        const Violation odd = only_violation(fourth(thing({{"Obviously Fake 1", 1}})));
        CPPUNIT_ASSERT_EQUAL(std::string("things[3]"), odd.field());
        must_contain(odd.sentence, "things[3]: a member with a name of 16 bytes is no parameter");
        const Violation top = only_violation(Value::object({{"owner", "x"}, {"thing", 1}}));
        must_contain(top.sentence, "'thing' is no parameter; did you mean 'things'? These are: ");
        CPPUNIT_ASSERT_EQUAL(std::string("thing"), top.field());
    }

    void rules_hold_inside_of_each_object() {
        struct Row {
            Value given;
            Fault fault;
            std::string sentence;
        };
        for (const Row& row : {Row{thing({{"group", "us"}}), Fault::mutually_exclusive,
                                   "things[3]: user and group exclude each other; give only one"},
                               Row{thing({{"user", nullptr}}), Fault::required_one_of,
                                   "things[3]: one of these is required: user, group"},
                               Row{thing({{"login", "me"}}), Fault::required_together,
                                   "things[3]: login needs password; give both or none"},
                               Row{thing({{"lifetime", "1h"}}), Fault::required_by,
                                   "things[3]: lifetime needs size"}}) {
            const Violation violation = only_violation(fourth(row.given));
            CPPUNIT_ASSERT_MESSAGE(row.sentence, row.fault == violation.fault);
            CPPUNIT_ASSERT_EQUAL(row.sentence, violation.sentence);
            CPPUNIT_ASSERT(violation.rule >= things::thing_rules.data());
            must_contain(violation.field(), "things[3].");
        }
        // The members of one object do not matter to another.
        Value two = Value::object({{"owner", "x"}});
        two.set("things", list_of({thing(), thing({{"user", nullptr}, {"group", "us"}})}));
        CPPUNIT_ASSERT(check(things::input, two).ok());
    }

    void neutral_values_exclude_nothing_inside_either() {
        for (const Value& no : {Value(false), Value()})
            CPPUNIT_ASSERT(
                check(things::input, fourth(thing({{"delay", "1h"}, {"flag", no}}))).ok());
        const Checked zero =
            check(things::input, fourth(thing({{"delay", "0s"}, {"flag", true}, {"parts", {}}})));
        CPPUNIT_ASSERT(zero.ok());
        CPPUNIT_ASSERT(zero.value.find("things")->items()[3].find("delay") == nullptr);
        CPPUNIT_ASSERT(Fault::mutually_exclusive ==
                       only_violation(fourth(thing({{"delay", "1h"}, {"flag", true}}))).fault);
    }

    void no_list_and_no_objects_are_told_apart_by_rules() {
        const Value none = Value::array();
        Value input = Value::object({{"owner", "x"}, {"things", none}, {"none", true}});
        const Checked checked = check(things::input, input);
        CPPUNIT_ASSERT(checked.ok());
        CPPUNIT_ASSERT(checked.value.find("things") == nullptr);
        input.set("things", list_of({thing()}));
        CPPUNIT_ASSERT(Fault::mutually_exclusive == only_violation(input).fault);
        input.set("things", "");
        CPPUNIT_ASSERT(check(things::input, input).ok());
    }

    void lists_stand_in_objects_of_lists() {
        const auto with_part = [](Value part) {
            return fourth(
                thing({{"parts", list_of({Value::object({{"label", "a"}}), std::move(part)})}}));
        };
        CPPUNIT_ASSERT(check(things::input, with_part(Value::object({{"label", "b"}}))).ok());
        Violation violation =
            only_violation(with_part(Value::object({{"label", "b"}, {"weight", 10}})));
        CPPUNIT_ASSERT_EQUAL(std::string("things[3].parts[1].weight"), violation.field());
        CPPUNIT_ASSERT((std::vector<std::string_view>{"things", "parts"}) == violation.lists);
        violation = only_violation(with_part(Value::object({{"lable", "b"}, {"label", "b"}})));
        must_contain(violation.sentence,
                     "things[3].parts[1].lable is no parameter; did you mean 'label'");
        violation = only_violation(with_part(7));
        CPPUNIT_ASSERT_EQUAL(std::string("things[3].parts[1]"), violation.field());
        CPPUNIT_ASSERT((std::vector<std::string_view>{"things"}) == violation.lists);
    }

    void what_is_wrong_with_the_whole_comes_first() {
        Value input = fourth(thing({{"size", 9}, {"name", nullptr}}));
        input.erase("owner");
        input.set("bogus", 1);
        const Checked checked = check(things::input, input);
        std::vector<std::string> fields;
        for (const Violation& each : checked.violations)
            fields.push_back(each.field());
        CPPUNIT_ASSERT((std::vector<std::string>{"owner", "bogus", "things[3].name",
                                                 "things[3].size"}) == fields);
    }

    void not_all_of_a_long_list_is_told() {
        for (const Value& odd : {Value(5), Value::object({{"bogus", 1}})}) {
            Value input = Value::object({{"owner", "x"}});
            input.set("things", Value(Value::Array(100'000, odd)));
            const Checked checked = check(things::input, input);
            CPPUNIT_ASSERT(!checked.ok());
            CPPUNIT_ASSERT(checked.violations.size() < 100);
            must_contain(checked.violations[0].field(), "things[0]");
        }
    }

    void no_secret_is_quoted() {
        Value given = thing({{"login", "me"}, {"password", "obviously\nfake"}});
        const Checked checked = check(things::input, fourth(std::move(given)));
        must_not_contain(checked.error().message, "obviously");
        CPPUNIT_ASSERT(things::input.holds_secret() && things::part.holds_secret());
        const Section owner{std::span(things::params).first(1), {}};
        CPPUNIT_ASSERT(!owner.holds_secret());
    }

    void a_place_is_masked_only_where_the_caller_made_it_up() {
        Masker masker;
        for (const char* password : {"name", "things", "parts", "label", "obviously-fake"})
            masker.add(password);
        struct Row {
            std::string field, expected;
        };
        for (const Row& row :
             {Row{"things[3].name", "things[3].name"},
              Row{"things[3].parts[0].label", "things[3].parts[0].label"},
              Row{"things[3]", "things[3]"}, Row{"things[3].obviously-fake", "things[3].********"},
              Row{"obviously-fake", "********"}, Row{"owner.obviously-fake", "owner.********"}})
            CPPUNIT_ASSERT_EQUAL(
                row.expected, masked(argument_error(row.field, "x"), things::input, masker).field);
    }

    void describe_says_what_is_inside() {
        const Value all = describe(things::input);
        const Value& list = all.find("params")->items().at(1);
        CPPUNIT_ASSERT(*list.find("name") == Value("things"));
        CPPUNIT_ASSERT(*list.find("type") == Value("objects"));
        CPPUNIT_ASSERT_EQUAL(things::thing_params.size(), list.find("fields")->items().size());
        CPPUNIT_ASSERT_EQUAL(things::thing_rules.size(), list.find("rules")->items().size());
        const Value& name = list.find("fields")->items()[0];
        CPPUNIT_ASSERT(*name.find("required") == Value(true));
        CPPUNIT_ASSERT(*list.find("fields")->items()[10].find("secret") == Value(true));
        const Value& parts = list.find("fields")->items().back();
        CPPUNIT_ASSERT_EQUAL(things::part_params.size(), parts.find("fields")->items().size());
        // A parameter that is no list of objects has no such member.
        CPPUNIT_ASSERT(all.find("params")->items()[0].find("fields") == nullptr);
        CPPUNIT_ASSERT(all.find("params")->items()[0].find("rules") == nullptr);
    }

    void objects_are_read_with_their_place() {
        const auto read_size = [](const Value& object) -> Result<std::int64_t> {
            const Value* size = object.given("size");
            if (size == nullptr) return argument_error("size", "size: is missing");
            if (size->integer() > 5) return argument_error("", "is too large");
            return size->integer();
        };
        std::vector<std::int64_t> sizes{7};
        Value input = Value::object();
        must(wire::read(input, "things", read_size, sizes));
        CPPUNIT_ASSERT((std::vector<std::int64_t>{7}) == sizes);
        input.set("things", list_of({thing({{"size", 1}}), thing({{"size", 2}})}));
        must(wire::read(input, "things", read_size, sizes));
        CPPUNIT_ASSERT((std::vector<std::int64_t>{1, 2}) == sizes);
        struct Row {
            Value second;
            std::string field, message;
        };
        for (const Row& row :
             {Row{thing(), "things[1].size", "things[1].size: is missing"},
              Row{thing({{"size", 6}}), "things[1]", "things[1]: is too large"},
              Row{5, "things[1]", "things[1]: must be an object, not an integer"}}) {
            input.set("things", list_of({thing({{"size", 1}}), row.second}));
            const auto read = wire::read(input, "things", read_size, sizes);
            CPPUNIT_ASSERT(!read);
            CPPUNIT_ASSERT_EQUAL(row.field, read.error().field);
            CPPUNIT_ASSERT_EQUAL(row.message, read.error().message);
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, sizes.size());
        }
        input.set("things", 5);
        must_contain(wire::read(input, "things", read_size, sizes).error().message,
                     "things: must be a list of objects, not an integer");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SchemaObjectsTest);

} // namespace
} // namespace infrastate::schema
