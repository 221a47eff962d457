// SPDX-License-Identifier: Apache-2.0
#include "members.h"

namespace infrastate::abi {
namespace {

const Value* find(const Value& value, std::string_view name) noexcept {
    const std::size_t point = name.find('.');
    const Value* outer = value.find(name.substr(0, point));
    if (point == std::string_view::npos || outer == nullptr) return outer;
    return outer->find(name.substr(point + 1));
}

const Value* find(const infrastate_result& result, std::string_view name,
                  Value::Kind kind) noexcept {
    const Value* found = find(result.value, name);
    return found != nullptr && found->kind() == kind ? found : nullptr;
}

} // namespace

std::optional<std::string_view> text_member(const infrastate_result& result,
                                            std::string_view name) noexcept {
    if (const Value* found = find(result, name, Value::Kind::string)) return found->string();
    const FixedResult& fixed = result.fixed;
    if (fixed.code == nullptr) return std::nullopt;
    if (name == "code") return fixed.code;
    if (name == "outcome") return fixed.outcome;
    if (fixed.message == nullptr) return std::nullopt;
    if (name == "error.code") return fixed.code;
    if (name == "error.message") return fixed.message;
    return std::nullopt;
}

std::optional<std::int64_t> integer_member(const infrastate_result& result,
                                           std::string_view name) noexcept {
    if (const Value* found = find(result, name, Value::Kind::integer)) return found->integer();
    return std::nullopt;
}

std::optional<bool> boolean_member(const infrastate_result& result,
                                   std::string_view name) noexcept {
    if (const Value* found = find(result, name, Value::Kind::boolean)) return found->boolean();
    const FixedResult& fixed = result.fixed;
    if (fixed.code == nullptr) return std::nullopt;
    if (name == "ok") return fixed.message == nullptr;
    if (name == "changed") return fixed.changed;
    if (name == "error.retryable" && fixed.message != nullptr) return fixed.retryable;
    return std::nullopt;
}

} // namespace infrastate::abi
