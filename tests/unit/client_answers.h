// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of the client's reading calls, on a scripted server: rows and pages as a
// server writes them, and the calls themselves.
#pragma once

#include "scripted_sender.h"
#include "support/check.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/json/json.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <thread>

namespace infrastate::client_answers {

using client::InfraClient;
using client::RunBudget;
using ports::KeyQuery;
using test::must;
using test::must_contain;
using test::must_fail;
using test::must_not_contain;
using test::ScriptedSender;
using Verdict = ports::TryAnswer::Verdict;
using std::chrono::milliseconds;

inline constexpr const char* date_header = "Mon, 23 Nov 2026 01:56:35 GMT";

inline Value key_item(const std::string& id, const std::string& name = "example") {
    return Value::object({{"id", id},
                          {"created", "2026-11-23T01:56:35Z"},
                          {"lastUsed", "2026-11-23T01:56:36Z"},
                          {"name", name},
                          {"issuedForName", "connector"},
                          {"issuedFor", "2vc1qNZcG2w"},
                          {"providerID", "2vc1qNYQccW"},
                          {"expires", "2027-11-23T07:56:35Z"},
                          {"inactivityTimeout", "2026-11-26T01:56:35Z"},
                          {"scopes", Value::array()}});
}

inline Value changed(Value item, const char* name, Value value) {
    item.set(name, std::move(value));
    return item;
}
inline Value without(Value item, const char* name) {
    item.erase(name);
    return item;
}

inline Value page_value(Value::Array items, std::int64_t page, std::int64_t pages,
                        std::int64_t total) {
    const auto count = static_cast<std::int64_t>(items.size());
    return Value::object({{"page", page},
                          {"limit", 1000},
                          {"totalPages", pages},
                          {"totalCount", total},
                          {"count", count},
                          {"items", Value(std::move(items))}});
}
inline std::string page_text(Value::Array items, std::int64_t page, std::int64_t pages,
                             std::int64_t total) {
    return json::write(page_value(std::move(items), page, pages, total));
}
inline std::string one_page(Value::Array items) {
    const auto count = static_cast<std::int64_t>(items.size());
    return page_text(std::move(items), 1, count > 0 ? 1 : 0, count);
}
inline std::string error_text(int code, const std::string& message) {
    return json::write(Value::object({{"code", code}, {"message", message}}));
}

inline RunBudget quick() {
    RunBudget budget;
    budget.first_pause = milliseconds(1);
    return budget;
}

/// What the tests share.
class ClientReadFixture : public CppUnit::TestFixture {
protected:
    const Secret token_{"aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"};

    Result<ports::KeyListing> list(ScriptedSender& sender, const KeyQuery& query = {}) {
        InfraClient api(sender, token_, quick());
        return api.keys().list(query);
    }
    Result<ports::KeyListing> list_of(const std::string& body) {
        ScriptedSender sender;
        sender.answer(200, body);
        return list(sender);
    }
};

} // namespace infrastate::client_answers
