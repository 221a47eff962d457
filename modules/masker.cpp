// SPDX-License-Identifier: Apache-2.0
#include "masker.h"

#include "python_text.h"

#include "infrastate/types/secret.h"
#include "infrastate/types/text.h"

#include <algorithm>

namespace infrastate::module {
namespace {

constexpr std::string_view whole = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
constexpr std::string_view part = "********";

} // namespace

Masker::~Masker() {
    for (std::string& secret : secrets_)
        wipe(secret);
}

void Masker::add(std::string_view secret) {
    if (secret.empty() || std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end())
        return;
    const auto at = std::find_if(secrets_.begin(), secrets_.end(), [&](const std::string& other) {
        return other.size() < secret.size();
    });
    secrets_.insert(at, std::string(secret));
}

void Masker::add_all(const Value& value) {
    switch (value.kind()) {
    case Value::Kind::string:
        return add(value.string());
    case Value::Kind::integer:
    case Value::Kind::number:
        return add(python_str(value));
    case Value::Kind::array:
        for (const Value& item : value.items())
            add_all(item);
        return;
    case Value::Kind::object:
        for (const auto& [name, member] : value.members())
            add_all(member);
        return;
    default:
        return;
    }
}

std::string Masker::mask(std::string_view text) const {
    if (std::find(secrets_.begin(), secrets_.end(), text) != secrets_.end())
        return std::string(whole);
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto hit = std::find_if(secrets_.begin(), secrets_.end(),
                                      [&](const auto& secret) { return text.starts_with(secret); });
        if (hit == secrets_.end()) {
            std::size_t cut = 0; // of a secret inside which the text was shortened
            for (const std::string& secret : secrets_)
                cut = std::max(cut, cut_secret(text, secret));
            out += cut > 0 ? part : text.substr(0, 1);
            text.remove_prefix(std::max<std::size_t>(cut, 1));
        } else {
            out += part;
            text.remove_prefix(hit->size());
        }
    }
    return out;
}

Value Masker::mask_all(const Value& value) const {
    switch (value.kind()) {
    case Value::Kind::string:
        return mask(value.string());
    case Value::Kind::integer:
    case Value::Kind::number: {
        const std::string text = python_str(value);
        if (mask(text) == text) return value;
        return whole;
    }
    case Value::Kind::array: {
        Value out = Value::array();
        for (const Value& item : value.items())
            out.push(mask_all(item));
        return out;
    }
    case Value::Kind::object: {
        Value out = Value::object();
        for (const auto& [name, member] : value.members())
            out.set(name, mask_all(member));
        return out;
    }
    default:
        return value;
    }
}

} // namespace infrastate::module
