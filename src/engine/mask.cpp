// SPDX-License-Identifier: Apache-2.0
#include "mask.h"

#include "infrastate/types/text.h"

#include <algorithm>

namespace infrastate::engine {
namespace {

std::vector<std::string_view> longest_first(std::vector<std::string_view> secrets) {
    // Very short "secrets" would blank out ordinary words; nothing Infra gives is that short.
    constexpr std::size_t shortest = 4;
    std::erase_if(secrets, [](std::string_view secret) { return secret.size() < shortest; });
    std::sort(secrets.begin(), secrets.end(),
              [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
    return secrets;
}

void mask_sorted(std::string& text, const std::vector<std::string_view>& secrets) {
    for (std::string_view secret : secrets)
        for (std::size_t at = text.find(secret); at != std::string::npos;
             at = text.find(secret, at))
            text.replace(at, secret.size(), "********");
    // The server's words are shortened before they come here, perhaps inside a secret.
    for (std::size_t at = 0; text.find("...", at) != std::string::npos; ++at)
        for (std::string_view secret : secrets)
            if (const auto cut = cut_secret(std::string_view(text).substr(at), secret); cut > 0)
                text.replace(at, cut, "********");
}

/// False for most texts: what mask_sorted() would not change, found out without a copy.
bool may_hold_one(std::string_view text, const std::vector<std::string_view>& secrets) {
    if (text.find("...") != std::string_view::npos) return true;
    return std::any_of(secrets.begin(), secrets.end(), [&](std::string_view secret) {
        return text.find(secret) != std::string_view::npos;
    });
}

void mask_tree(Value& value, const std::vector<std::string_view>& secrets) {
    if (value.is_string()) {
        if (!may_hold_one(value.string(), secrets)) return;
        std::string text = value.string();
        mask_sorted(text, secrets);
        if (text != value.string()) value = Value(std::move(text));
    } else if (value.is_array()) {
        for (Value& item : value.items())
            mask_tree(item, secrets);
    } else if (value.is_object()) {
        value.for_each_member(
            [&](const std::string&, Value& member) { mask_tree(member, secrets); });
    }
}

} // namespace

void mask(std::string& text, const std::vector<std::string_view>& secrets) {
    mask_sorted(text, longest_first(secrets));
}

void mask_result(Value& result, const std::vector<std::string_view>& secrets) {
    const auto sorted = longest_first(secrets);
    if (!result.is_object()) return mask_tree(result, sorted);
    result.for_each_member([&](const std::string& name, Value& member) {
        if (name != "secret") mask_tree(member, sorted);
    });
}

} // namespace infrastate::engine
