// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/value.h"

#include "infrastate/types/secret.h"

#include <algorithm>
#include <cassert>

namespace infrastate {

Value Value::object_with_room(std::size_t members) {
    Value out = object();
    std::get<Object>(out.data_).reserve(members);
    return out;
}

Value Value::object_of(std::pair<std::string_view, Value>* members, std::size_t count) {
    Value out = object_with_room(count);
    for (std::size_t i = 0; i < count; ++i) {
        assert(out.find(members[i].first) == nullptr);
        out.append(members[i].first, std::move(members[i].second));
    }
    return out;
}

Value::Value(std::string&& value) noexcept : data_(std::move(value)) {
    wipe(value);
}

// Does not use the copying of std::variant: if memory runs out during it, libstdc++ 12 destroys
// objects that were never created. Each content is copied first and then moved in, which cannot
// fail.
Value::Value(const Value& other) {
    if (const auto* text = std::get_if<std::string>(&other.data_)) {
        std::string copy(*text);
        data_ = std::move(copy);
        wipe(copy); // a short string was copied, not moved
    } else if (const auto* items = std::get_if<Array>(&other.data_)) {
        Array copy(*items);
        data_ = std::move(copy);
    } else if (const auto* members = std::get_if<Object>(&other.data_)) {
        Object copy(*members);
        data_ = std::move(copy);
    } else if (const auto* flag = std::get_if<bool>(&other.data_)) {
        data_ = *flag;
    } else if (const auto* integer = std::get_if<std::int64_t>(&other.data_)) {
        data_ = *integer;
    } else if (const auto* number = std::get_if<double>(&other.data_)) {
        data_ = *number;
    }
}

Value::Value(Value&& other) noexcept {
    take(other);
}

/// Moves the content of `other` into this value, which is null; `other` is null afterwards. Values
/// are moved often, and this costs half of what moving the variant does.
void Value::take(Value& other) noexcept {
    switch (other.kind()) {
    case Kind::null:
        return;
    case Kind::boolean:
        data_.emplace<bool>(*std::get_if<bool>(&other.data_));
        break;
    case Kind::integer:
        data_.emplace<std::int64_t>(*std::get_if<std::int64_t>(&other.data_));
        break;
    case Kind::number:
        data_.emplace<double>(*std::get_if<double>(&other.data_));
        break;
    case Kind::string: {
        auto& text = *std::get_if<std::string>(&other.data_);
        data_.emplace<std::string>(std::move(text));
        wipe(text); // a short string was copied, not moved
        break;
    }
    case Kind::array:
        data_.emplace<Array>(std::move(*std::get_if<Array>(&other.data_)));
        break;
    case Kind::object:
        data_.emplace<Object>(std::move(*std::get_if<Object>(&other.data_)));
        break;
    }
    other.data_.emplace<std::monostate>();
}

Value& Value::operator=(const Value& other) {
    if (this != &other) {
        Value copy(other);
        *this = std::move(copy);
    }
    return *this;
}

Value& Value::operator=(Value&& other) noexcept {
    if (this != &other) {
        // `other` may be inside this value, so its content is taken before the old content is
        // destroyed.
        Value taken(std::move(other));
        wipe_strings();
        data_.emplace<std::monostate>();
        take(taken);
    }
    return *this;
}

Value::~Value() {
    wipe_strings();
}

void Value::wipe_strings() noexcept {
    // Items and members wipe themselves when their containers are destroyed.
    if (auto* text = std::get_if<std::string>(&data_)) wipe(*text);
}

const Value* Value::find(std::string_view name) const noexcept {
    const auto* members = std::get_if<Object>(&data_);
    if (members == nullptr) return nullptr;
    // Most names differ in length or first letter, so those are compared first.
    const char first = name.empty() ? '\0' : name.front();
    for (const auto& [key, value] : *members)
        if (key.size() == name.size() && key[0] == first && key == name) return &value;
    return nullptr;
}

Value* Value::find(std::string_view name) noexcept {
    return const_cast<Value*>(std::as_const(*this).find(name));
}

const Value* Value::given(std::string_view name) const noexcept {
    const Value* value = find(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::string_view Value::text(std::string_view name) const noexcept {
    const Value* value = find(name);
    const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(&value->data_);
    return text == nullptr ? std::string_view{} : *text;
}

bool Value::flag(std::string_view name, bool otherwise) const noexcept {
    const Value* value = find(name);
    const auto* flag = value == nullptr ? nullptr : std::get_if<bool>(&value->data_);
    return flag == nullptr ? otherwise : *flag;
}

Value& Value::set(std::string_view name, Value&& value) {
    if (is_null()) data_ = Object{};
    if (Value* present = find(name)) {
        *present = std::move(value);
        return *present;
    }
    return append(name, std::move(value));
}

Value& Value::append(std::string_view name, Value&& value) {
    auto& members = std::get<Object>(data_);
    // Each growth moves and wipes all members, so the capacity is doubled.
    if (members.size() == members.capacity())
        members.reserve(std::max<std::size_t>(8, 2 * members.size()));
    return members.emplace_back(name, std::move(value)).second;
}

void Value::erase(std::string_view name) {
    if (auto* members = std::get_if<Object>(&data_))
        std::erase_if(*members, [&](const Member& member) { return member.first == name; });
}

Value& Value::push(Value&& value) {
    if (is_null()) data_ = Array{};
    auto& items = std::get<Array>(data_);
    items.push_back(std::move(value));
    return items.back();
}

std::string_view kind_name(Value::Kind kind) noexcept {
    switch (kind) {
    case Value::Kind::null:
        return "null";
    case Value::Kind::boolean:
        return "a boolean";
    case Value::Kind::integer:
        return "an integer";
    case Value::Kind::number:
        return "a number";
    case Value::Kind::string:
        return "a string";
    case Value::Kind::array:
        return "a list";
    case Value::Kind::object:
        return "an object";
    }
    return "a value";
}

} // namespace infrastate
