// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of the client's changing calls, on a scripted server: the answer to a create,
// and the calls themselves.
#pragma once

#include "scripted_sender.h"
#include "support/check.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/json/json.h"

#include <cppunit/extensions/HelperMacros.h>

#include <thread>

namespace infrastate::client_changes {

using client::InfraClient;
using client::RunBudget;
using ports::Removed;
using std::chrono::milliseconds;
using test::must;
using test::must_contain;
using test::must_fail;
using test::must_not_contain;
using test::ScriptedSender;

inline constexpr const char* made_secret = "cccccccccc.dddddddddddddddddddddddd";

inline Value created_value() {
    return Value::object({{"id", "2vc1Eb8jQ27"},
                          {"created", "2026-11-23T01:56:35Z"},
                          {"name", "example"},
                          {"issuedFor", "2vc1qNZcG2w"},
                          {"providerID", ""},
                          {"expires", "2027-11-23T07:56:35Z"},
                          {"inactivityTimeout", "2026-11-26T01:56:35Z"},
                          {"accessKey", made_secret}});
}
inline std::string created_with(const char* name, Value value) {
    Value body = created_value();
    body.set(name, std::move(value));
    return json::write(body);
}
inline std::string created_without(const char* name) {
    Value body = created_value();
    body.erase(name);
    return json::write(body);
}
inline std::string error_text(int code, const std::string& message) {
    return json::write(Value::object({{"code", code}, {"message", message}}));
}

/// What the tests share.
class ClientChangeFixture : public CppUnit::TestFixture {
protected:
    const Secret token_{"aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"};
    const Secret none_{};
    const ServerId id_ = must(ServerId::parse("2vc1Eb8jQ27"));

    static RunBudget quick() {
        RunBudget budget;
        budget.first_pause = milliseconds(1);
        return budget;
    }
    ports::NewKey wanted() const {
        return {must(ServerId::parse("2vc1qNZcG2w")), "example", must(Duration::parse("8766h")),
                must(Duration::parse("72h"))};
    }
    Result<ports::CreatedKey> create(ScriptedSender& sender) const {
        InfraClient api(sender, token_, quick());
        return api.keys().create(wanted());
    }
    Result<Removed> remove(ScriptedSender& sender) const {
        InfraClient api(sender, token_, quick());
        return api.keys().remove(id_);
    }
};

} // namespace infrastate::client_changes
