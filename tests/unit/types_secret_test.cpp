// SPDX-License-Identifier: Apache-2.0
#include "support/check.h"
#include "support/freed_memory.h"

#include "infrastate/types/secret.h"
#include "infrastate/types/value.h"

#include <memory>
#include <type_traits>

namespace infrastate {
namespace {

using test::FreedMemoryWatch;

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(std::is_nothrow_move_assignable_v<Secret>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);

// In static storage, so that the watch itself never frees it.
constexpr char mark[] = "qqqqqqqqqq.qrstqrstqrstqrstqrstqrst";
constexpr std::string_view text(mark);

class SecretTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SecretTest);
    CPPUNIT_TEST(holds_what_it_was_given);
    CPPUNIT_TEST(clone_is_a_copy_of_its_own);
    CPPUNIT_TEST(adopt_wipes_the_source);
    CPPUNIT_TEST(a_moved_from_secret_is_empty);
    CPPUNIT_TEST(equals_compares_content_and_length);
    CPPUNIT_TEST(the_watch_notices_memory_that_is_not_wiped);
    CPPUNIT_TEST(no_freed_memory_holds_a_secret);
    CPPUNIT_TEST(no_freed_memory_holds_a_string_of_a_value);
    CPPUNIT_TEST(a_short_string_of_a_value_is_wiped_in_place);
    CPPUNIT_TEST(wiping_a_string_reaches_its_unused_capacity);
    CPPUNIT_TEST(access_keys_are_known_by_their_shape);
    CPPUNIT_TEST_SUITE_END();

public:
    void holds_what_it_was_given() {
        CPPUNIT_ASSERT(Secret().empty());
        const Secret secret(text);
        CPPUNIT_ASSERT(secret.reveal() == text);
        CPPUNIT_ASSERT_EQUAL(text.size(), secret.size());
        CPPUNIT_ASSERT(Secret(std::string_view("a\0b", 3)).size() == 3);
    }

    void clone_is_a_copy_of_its_own() {
        Secret first(text);
        const Secret second = first.clone();
        first = Secret();
        CPPUNIT_ASSERT(second.equals(text));
    }

    void adopt_wipes_the_source() {
        std::string source(text);
        const char* const bytes = source.data();
        const Secret secret = Secret::adopt(std::move(source));
        CPPUNIT_ASSERT(secret.equals(text));
        CPPUNIT_ASSERT(source.empty()); // NOLINT(bugprone-use-after-move): that is the promise
        CPPUNIT_ASSERT(bytes == source.data());
        for (std::size_t i = 0; i < text.size(); ++i)
            CPPUNIT_ASSERT_EQUAL('\0', bytes[i]);
    }

    void a_moved_from_secret_is_empty() {
        Secret first(text);
        Secret second = std::move(first);
        CPPUNIT_ASSERT(first.empty()); // NOLINT(bugprone-use-after-move): that is the promise
        first = std::move(second);
        CPPUNIT_ASSERT(second.empty()); // NOLINT(bugprone-use-after-move)
        Secret& self = first;
        first = std::move(self);
        CPPUNIT_ASSERT(first.equals(text));
    }

    void equals_compares_content_and_length() {
        const Secret secret(text);
        CPPUNIT_ASSERT(secret.equals(Secret(text)));
        CPPUNIT_ASSERT(!secret.equals(text.substr(1)));
        CPPUNIT_ASSERT(!secret.equals(""));
        CPPUNIT_ASSERT(Secret().equals(""));
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::string other(text);
            other[i] = static_cast<char>(other[i] ^ 0x01);
            CPPUNIT_ASSERT(!secret.equals(other));
        }
    }

    void the_watch_notices_memory_that_is_not_wiped() {
        const FreedMemoryWatch watch(text);
        { const auto careless = std::make_unique<std::string>(text); }
        CPPUNIT_ASSERT(watch.leaks() > 0);
    }

    void no_freed_memory_holds_a_secret() {
        const FreedMemoryWatch watch(text);
        {
            Secret first(text);
            Secret second = first.clone();
            second = std::move(first);
            Secret third = std::move(second);
            third = Secret("something else");
            std::vector<Secret> many;
            for (int i = 0; i < 40; ++i)
                many.emplace_back(text);
            Secret adopted = Secret::adopt(std::string(text));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, watch.leaks());
    }

    void no_freed_memory_holds_a_string_of_a_value() {
        const FreedMemoryWatch watch(text);
        {
            Value object = Value::object({{"secret", Value(text)}, {"list", Value::array()}});
            for (int i = 0; i < 40; ++i)
                object.find("list")->push(Value(text));
            Value copy = object;
            copy.set("secret", Value("other"));
            copy.erase("list");
            Value moved = std::move(object);
            copy = moved;
            moved = *moved.find("secret");
            copy.set("more", std::move(moved));
            copy = nullptr;
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, watch.leaks());
    }

    void a_short_string_of_a_value_is_wiped_in_place() {
        // A short string is inside the object, so this looks at the object's own bytes.
        alignas(Value) unsigned char room[sizeof(Value)] = {};
        const std::string_view bytes(reinterpret_cast<const char*>(room), sizeof room);
        auto* value = new (room) Value("shortsecret");
        CPPUNIT_ASSERT(bytes.find("shortsecret") != std::string_view::npos);
        const Value moved = std::move(*value);
        CPPUNIT_ASSERT(bytes.find("shortsecret") == std::string_view::npos);
        *value = Value("shortsecret");
        value->~Value();
        // The barrier keeps the compiler from assuming what dead storage holds.
        __asm__ __volatile__("" : : "r"(room) : "memory");
        CPPUNIT_ASSERT(bytes.find("shortsecret") == std::string_view::npos);
        CPPUNIT_ASSERT(moved.string() == "shortsecret");
    }

    void wiping_a_string_reaches_its_unused_capacity() {
        std::string buffer(text);
        buffer.resize(4);
        wipe(buffer);
        CPPUNIT_ASSERT(buffer.empty());
        buffer.resize(buffer.capacity(), 'x');
        buffer = std::string(text);
        buffer.reserve(200);
        const char* const bytes = buffer.data();
        wipe(buffer);
        for (std::size_t i = 0; i < text.size(); ++i)
            CPPUNIT_ASSERT_EQUAL('\0', bytes[i]);
        wipe(nullptr, 0);
    }

    void access_keys_are_known_by_their_shape() {
        CPPUNIT_ASSERT(looks_like_access_key("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"));
        CPPUNIT_ASSERT(looks_like_access_key(text));
        for (const std::string_view bad :
             {std::string_view(""), std::string_view("aaaaaaaaaa"),
              std::string_view("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbb"),
              std::string_view("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbb"),
              std::string_view("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb\n"),
              std::string_view("aaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbbb"),
              std::string_view("aaaaaaaaa.abbbbbbbbbbbbbbbbbbbbbbbb"),
              std::string_view("aaaaa aaaa.bbbbbbbbbbbbbbbbbbbbbbbb"),
              std::string_view("aaaaaaaaaa.bbbbbbbbbbbb.bbbbbbbbbbb")})
            CPPUNIT_ASSERT_MESSAGE(std::string(bad), !looks_like_access_key(bad));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SecretTest);

} // namespace
} // namespace infrastate
