// SPDX-License-Identifier: Apache-2.0
// A neutral JSON value: the schema checks it, the wire layer maps it, and the json layer reads and
// writes it. An object keeps the order of its members and has each name once. Every string is wiped
// when its value is destroyed, because any of them may be a secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace infrastate {

class Value {
public:
    enum class Kind { null, boolean, integer, number, string, array, object };
    using Array = std::vector<Value>;
    using Member = std::pair<std::string, Value>;
    using Object = std::vector<Member>;

    Value() = default;
    Value(std::nullptr_t) {}
    Value(bool value) : data_(value) {}
    Value(std::int64_t value) : data_(value) {}
    Value(int value) : data_(std::int64_t{value}) {}
    Value(double value) : data_(value) {}
    Value(const std::string& value) : Value(std::string(value)) {}
    /// Copies a short string and wipes the source, because the value may be a secret.
    Value(std::string&& value) noexcept;
    Value(std::string_view value) : Value(std::string(value)) {}
    Value(const char* value) : Value(std::string(value)) {}
    Value(Array value) : data_(std::move(value)) {}
    static Value array() { return Value(Array{}); }
    static Value object() { return Value(ObjectTag{}); }
    /// An empty object with room for so many members: each growth would move all of them.
    static Value object_with_room(std::size_t members);
    /// An object of the members that the call lists, each name once; they are moved, not copied.
    template <std::size_t Count>
    static Value object(std::pair<std::string_view, Value> (&&members)[Count]) {
        return object_of(members, Count);
    }

    Value(const Value& other);
    Value(Value&& other) noexcept;
    Value& operator=(const Value& other);
    Value& operator=(Value&& other) noexcept;
    ~Value();

    Kind kind() const noexcept { return static_cast<Kind>(data_.index()); }
    bool is_null() const noexcept { return kind() == Kind::null; }
    bool is_string() const noexcept { return kind() == Kind::string; }
    bool is_object() const noexcept { return kind() == Kind::object; }
    bool is_array() const noexcept { return kind() == Kind::array; }

    /// Each throws std::bad_variant_access if the value is of another kind (a defect in the
    /// caller).
    bool boolean() const { return std::get<bool>(data_); }
    std::int64_t integer() const { return std::get<std::int64_t>(data_); }
    double number() const { return std::get<double>(data_); }
    const std::string& string() const { return std::get<std::string>(data_); }
    const Array& items() const { return std::get<Array>(data_); }
    Array& items() { return std::get<Array>(data_); }
    const Object& members() const { return std::get<Object>(data_); }

    /// The member of that name, borrowed. nullptr if there is none or this is not an object.
    const Value* find(std::string_view name) const noexcept;
    Value* find(std::string_view name) noexcept;
    /// The same, but nullptr also for a member that is null, which counts as not given.
    const Value* given(std::string_view name) const noexcept;
    /// The text of a member. Empty if there is none or it is not a text. Borrowed, because a copy
    /// of a secret would have to be wiped.
    std::string_view text(std::string_view name) const noexcept;
    /// A boolean member. `otherwise` if there is none or it is not a boolean.
    bool flag(std::string_view name, bool otherwise = false) const noexcept;
    /// Sets or replaces a member of an object; a null value becomes an empty object first.
    Value& set(std::string_view name, Value&& value);
    Value& set(std::string_view name, const Value& value) { return set(name, Value(value)); }
    /// Adds a member without the search that makes set() slow for many members. The caller must
    /// make sure that the object has no member of that name.
    Value& append(std::string_view name, Value&& value);
    /// Calls `visit(name, value)` for each member of an object. `visit` may change the value.
    template <class Visit>
    void for_each_member(const Visit& visit) {
        for (auto& [name, value] : std::get<Object>(data_))
            visit(std::as_const(name), value);
    }
    /// Removes a member if it is there.
    void erase(std::string_view name);
    /// Appends to an array; a null value becomes an empty array first.
    Value& push(Value&& value);
    Value& push(const Value& value) { return push(Value(value)); }

    bool operator==(const Value& other) const { return data_ == other.data_; }

private:
    struct ObjectTag {};
    explicit Value(ObjectTag) : data_(Object{}) {}
    static Value object_of(std::pair<std::string_view, Value>* members, std::size_t count);
    void take(Value& other) noexcept;
    void wipe_strings() noexcept;

    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

/// The kind in words for error messages: "null", "a boolean", "an integer", ...
std::string_view kind_name(Value::Kind kind) noexcept;

} // namespace infrastate
