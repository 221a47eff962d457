// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"

#include "infrastate/types/value.h"

#include <variant>

namespace infrastate {
namespace {

class ValueTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ValueTest);
    CPPUNIT_TEST(each_kind_holds_its_own);
    CPPUNIT_TEST(access_to_another_kind_throws);
    CPPUNIT_TEST(objects_keep_their_order_and_hold_a_name_once);
    CPPUNIT_TEST(members_are_found_replaced_and_erased);
    CPPUNIT_TEST(null_grows_into_an_object_or_a_list);
    CPPUNIT_TEST(copies_are_deep_and_moves_leave_null);
    CPPUNIT_TEST(a_value_may_be_assigned_from_inside_itself);
    CPPUNIT_TEST(comparison_tells_kinds_apart);
    CPPUNIT_TEST(each_kind_has_a_name);
    CPPUNIT_TEST_SUITE_END();

public:
    void each_kind_holds_its_own() {
        CPPUNIT_ASSERT(Value().is_null());
        CPPUNIT_ASSERT(Value(nullptr).is_null());
        CPPUNIT_ASSERT_EQUAL(Value::Kind::boolean, Value(true).kind());
        CPPUNIT_ASSERT_EQUAL(Value::Kind::integer, Value(7).kind());
        CPPUNIT_ASSERT_EQUAL(Value::Kind::number, Value(7.0).kind());
        CPPUNIT_ASSERT_EQUAL(Value::Kind::string, Value("true").kind());
        CPPUNIT_ASSERT_EQUAL(Value::Kind::array, Value::array().kind());
        CPPUNIT_ASSERT_EQUAL(Value::Kind::object, Value::object().kind());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, Value(7).integer());
        CPPUNIT_ASSERT_EQUAL(std::string("x"), Value(std::string_view("x")).string());
    }

    void access_to_another_kind_throws() {
        CPPUNIT_ASSERT_THROW(Value(7).string(), std::bad_variant_access);
        CPPUNIT_ASSERT_THROW(Value("7").integer(), std::bad_variant_access);
        CPPUNIT_ASSERT_THROW(Value(7).number(), std::bad_variant_access);
        CPPUNIT_ASSERT_THROW(Value().boolean(), std::bad_variant_access);
        CPPUNIT_ASSERT_THROW(Value::object().items(), std::bad_variant_access);
        CPPUNIT_ASSERT_THROW(Value::array().members(), std::bad_variant_access);
        CPPUNIT_ASSERT_THROW(Value("x").set("a", 1), std::bad_variant_access);
        CPPUNIT_ASSERT_THROW(Value("x").push(1), std::bad_variant_access);
    }

    void objects_keep_their_order_and_hold_a_name_once() {
        Value object = Value::object({{"z", 1}, {"a", 2}});
        object.set("z", 3);
        object.set("m", 4);
        object.append("b", 5);
        std::string order;
        for (const auto& [name, value] : object.members())
            order += name + "=" + std::to_string(value.integer()) + " ";
        CPPUNIT_ASSERT_EQUAL(std::string("z=3 a=2 m=4 b=5 "), order);
    }

    void members_are_found_replaced_and_erased() {
        Value object = Value::object({{"a", 1}, {"b", Value::array()}});
        CPPUNIT_ASSERT(object.find("c") == nullptr);
        CPPUNIT_ASSERT(Value(1).find("a") == nullptr);
        object.find("b")->push("x");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, object.find("b")->items().size());
        CPPUNIT_ASSERT_EQUAL(std::string("y"), object.set("a", "y").string());
        object.erase("a");
        object.erase("a");
        CPPUNIT_ASSERT(object.find("a") == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, object.members().size());
    }

    void null_grows_into_an_object_or_a_list() {
        Value object, list;
        object.set("a", 1);
        list.push(1);
        CPPUNIT_ASSERT(object.is_object());
        CPPUNIT_ASSERT(list.is_array());
    }

    void copies_are_deep_and_moves_leave_null() {
        Value first = Value::object({{"a", Value::object({{"b", "deep"}})}});
        Value second = first;
        second.find("a")->set("b", "changed");
        CPPUNIT_ASSERT_EQUAL(std::string("deep"), first.find("a")->find("b")->string());
        const Value third = std::move(first);
        CPPUNIT_ASSERT(first.is_null()); // NOLINT(bugprone-use-after-move): that is the promise
        first = second;
        CPPUNIT_ASSERT(first == second);
        CPPUNIT_ASSERT(third.is_object());
    }

    void a_value_may_be_assigned_from_inside_itself() {
        Value object = Value::object({{"a", Value::object({{"b", "deep"}})}});
        object = *object.find("a");
        CPPUNIT_ASSERT_EQUAL(std::string("deep"), object.find("b")->string());
        object = std::move(*object.find("b"));
        CPPUNIT_ASSERT_EQUAL(std::string("deep"), object.string());
        const Value& self = object;
        object = self;
        CPPUNIT_ASSERT_EQUAL(std::string("deep"), object.string());
    }

    void comparison_tells_kinds_apart() {
        CPPUNIT_ASSERT(!(Value(1) == Value(1.0)));
        CPPUNIT_ASSERT(!(Value(1) == Value(true)));
        CPPUNIT_ASSERT(!(Value() == Value(false)));
        CPPUNIT_ASSERT(!(Value("") == Value()));
        CPPUNIT_ASSERT(Value::object({{"a", 1}}) == Value::object({{"a", 1}}));
    }

    void each_kind_has_a_name() {
        CPPUNIT_ASSERT(kind_name(Value(1).kind()) == "an integer");
        CPPUNIT_ASSERT(kind_name(Value().kind()) == "null");
        CPPUNIT_ASSERT(kind_name(Value::array().kind()) == "a list");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ValueTest);

} // namespace
} // namespace infrastate
