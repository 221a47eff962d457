// SPDX-License-Identifier: Apache-2.0
#include "request.h"

#include "config.h"

#include "infrastate/json/json.h"
#include "infrastate/schema/check.h"
#include "infrastate/schema/mask.h"
#include "infrastate/types/text.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace infrastate::abi {
namespace {

/// The schema describes the questions about "NAME" as a resource of its own, "NAME_info".
constexpr std::string_view info_suffix = "_info";
constexpr std::size_t max_requests = 10'000;

std::string_view member_name(Asks asks) noexcept {
    return asks == Asks::desired ? "desired" : "query";
}

/// An error about the first member that is not in `known`.
std::optional<Error> unknown_member(const Value& object,
                                    std::initializer_list<std::string_view> known,
                                    std::string_view hint) {
    for (const auto& [name, value] : object.members())
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const bool plain = is_plain_name(name);
            return argument_error(plain ? name : "request",
                                  (plain ? name + ": is not known"
                                         : std::string("request: has a member that is not known")) +
                                      "; a request has " + joined(known) + std::string(hint));
        }
    return std::nullopt;
}

Result<std::optional<std::chrono::milliseconds>> read_timeout(const Value& object) {
    const Value* value = object.find("timeout_ms");
    if (value == nullptr || value->is_null()) return std::optional<std::chrono::milliseconds>{};
    if (value->kind() != Value::Kind::integer || value->integer() < 1 ||
        value->integer() > longest_timeout_ms())
        return argument_error("timeout_ms",
                              "timeout_ms: must be a whole number of milliseconds from 1 to " +
                                  std::to_string(longest_timeout_ms()));
    return std::optional(std::chrono::milliseconds(value->integer()));
}

schema::ResourceKind kind_for(Asks asks) {
    return asks == Asks::query ? schema::ResourceKind::question : schema::ResourceKind::state;
}

/// The name of the resource in a request.
std::string_view asked_name(const schema::Resource* resource) {
    std::string_view name = resource->name;
    if (resource->kind == schema::ResourceKind::question) name.remove_suffix(info_suffix.size());
    return name;
}

/// The resource that `name` means in a request of this kind; nullptr if there is none.
const schema::Resource* find_asked(std::string_view name, Asks asks) {
    for (const schema::Resource& each : schema::resources())
        if (each.kind == kind_for(asks) && asked_name(&each) == name) return &each;
    return nullptr;
}

Item refused(Error error, std::string_view resource = {}) {
    Item out;
    out.request.resource = resource;
    out.error = std::move(error);
    return out;
}

/// Reads resource and parameters of one request. The caller has checked the other members.
Item read_item(Value& object, Asks asks, const Masker& masker) {
    const Value* resource = object.find("resource");
    if (resource == nullptr)
        return refused(argument_error(
            "resource", "resource: is missing; name the kind of thing, like \"access_key\""));
    if (!resource->is_string())
        return refused(argument_error("resource", "resource: must be a string, not " +
                                                      std::string(kind_name(resource->kind()))));
    const schema::Resource* kind = find_asked(resource->string(), asks);
    if (kind == nullptr)
        return refused(argument_error(
            "resource", "resource: must be one of " +
                            joined(schema::resources_of(kind_for(asks)), ", ", asked_name) +
                            ", not " + refused_name(resource->string()) +
                            (asks == Asks::desired && find_asked(resource->string(), Asks::query)
                                 ? ", which can only be asked about"
                                 : "")));
    const std::string name(member_name(asks));
    Value none = Value::object();
    Value* parameters = object.find(name);
    if (parameters == nullptr && asks == Asks::query) parameters = &none;
    if (parameters == nullptr)
        return refused(
            argument_error(
                name,
                name + ": is missing; an object with the parameters of the resource is needed"),
            kind->name);
    if (!parameters->is_object())
        return refused(argument_error(name, name + ": must be an object, not " +
                                                std::string(kind_name(parameters->kind()))),
                       kind->name);
    auto checked = schema::check(kind->input, *parameters);
    if (!checked.ok())
        return refused(schema::masked(checked.error(), kind->input, masker), kind->name);
    Item out;
    out.request.resource = kind->name;
    out.request.desired = std::move(checked.value);
    return out;
}

Item read_batch_item(Value& item, Asks asks, const Masker& masker) {
    if (!item.is_object())
        return refused(argument_error("requests", "requests: each must be an object, not " +
                                                      std::string(kind_name(item.kind()))));
    if (item.find("timeout_ms") != nullptr)
        return refused(argument_error("timeout_ms",
                                      "timeout_ms: is of the whole batch; put it beside requests"));
    if (auto error = unknown_member(item, {"resource", member_name(asks)}, ""))
        return refused(std::move(*error));
    return read_item(item, asks, masker);
}

/// Whether the text between the quotes of a JSON string spells `name`, an ASCII text.
bool spells(std::string_view written, std::string_view name) noexcept {
    constexpr std::string_view escape = "\\u00"; // two digits follow
    for (const char wanted : name) {
        if (written.empty()) return false;
        unsigned found = static_cast<unsigned char>(written.front());
        std::size_t size = 1;
        if (written.starts_with(escape) && written.size() >= escape.size() + 2) {
            size = escape.size() + 2;
            const char* end = written.data() + size;
            if (std::from_chars(end - 2, end, found, 16).ptr != end) return false;
        }
        if (found != static_cast<unsigned char>(wanted)) return false;
        written.remove_prefix(size);
    }
    return written.empty();
}

/// The position of the next character that is not white space.
std::size_t skip_space(std::string_view text, std::size_t at) noexcept {
    constexpr std::string_view space = " \t\r\n";
    while (at < text.size() && space.find(text[at]) != std::string_view::npos)
        ++at;
    return at;
}

/// The position of the quote that ends a JSON string, or of the end of the text. `at` is the
/// position after the opening quote.
std::size_t end_of_string(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && text[at] != '"')
        at += text[at] == '\\' ? 2U : 1U;
    return std::min(at, text.size());
}

} // namespace

bool asks_for_batch(std::string_view text) noexcept {
    text = text.substr(0, max_json_bytes);
    std::size_t at = skip_space(text, 0);
    if (at == text.size() || text[at] != '{') return false;
    std::size_t depth = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth == 0) return false;
        if (c != '"') continue;
        const std::size_t begin = at + 1;
        at = end_of_string(text, begin);
        const std::size_t next = skip_space(text, std::min(at + 1, text.size()));
        if (depth == 1 && next < text.size() && text[next] == ':' &&
            spells(text.substr(begin, at - begin), "requests"))
            return true;
    }
    return false;
}

Result<Parsed> parse_request(std::string_view text, Asks asks, std::size_t max_bytes,
                             Masker& masker) {
    auto input = json::read(text, {.max_bytes = max_bytes, .max_depth = max_json_depth});
    if (!input) {
        Error error = std::move(input).error();
        error.message = "request: " + error.message;
        error.field = "request";
        return error;
    }
    if (!input->is_object())
        return argument_error("request", "request: must be a JSON object, not " +
                                             std::string(kind_name(input->kind())));
    schema::collect_secrets(*input, masker);
    Parsed out;
    auto timeout = read_timeout(*input);
    if (!timeout) return std::move(timeout).error();
    out.timeout = *timeout;

    Value* requests = input->find("requests");
    if (requests == nullptr) {
        const std::string_view hint = asks == Asks::desired ? ", or requests and timeout_ms" : "";
        if (auto error =
                unknown_member(*input, {"resource", member_name(asks), "timeout_ms"}, hint))
            return std::move(*error);
        out.items.push_back(read_item(*input, asks, masker));
        return out;
    }
    if (asks == Asks::query)
        return argument_error("requests",
                              "requests: infrastate_info takes a single request, no batch");
    if (auto error = unknown_member(*input, {"requests", "timeout_ms"},
                                    "; resource and desired stand in each of requests"))
        return std::move(*error);
    if (!requests->is_array())
        return argument_error("requests", "requests: must be an array, not " +
                                              std::string(kind_name(requests->kind())));
    if (requests->items().empty())
        return argument_error("requests", "requests: must hold at least one request");
    if (requests->items().size() > max_requests)
        return argument_error("requests", "requests: must hold at most " +
                                              std::to_string(max_requests) + " requests, not " +
                                              std::to_string(requests->items().size()));
    out.batch = true;
    out.items.reserve(requests->items().size());
    for (Value& item : requests->items())
        out.items.push_back(read_batch_item(item, asks, masker));
    return out;
}

} // namespace infrastate::abi
