// SPDX-License-Identifier: Apache-2.0
// The same in C++: handles that free themselves, and a call that several threads may cancel.
// usage: keep_key NAME   (INFRA_HOST, INFRA_ACCESS_KEY, INFRA_SERVER_CERTIFICATE_FILE)
#include <infrastate.h>
#include <iostream>
#include <memory>
#include <string>

namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* handle) const {
        Free(handle);
    }
};
using Client = std::unique_ptr<infrastate_client, Freed<infrastate_client_close>>;
using Result = std::unique_ptr<infrastate_result, Freed<infrastate_result_free>>;
using Cancel = std::unique_ptr<infrastate_cancel, Freed<infrastate_cancel_free>>;

std::string text(const Result& result) {
    std::size_t size = 0;
    const char* json = infrastate_result_json(result.get(), &size);
    return {json, size};
}

/// The text behind `name` in a result; a program for real use has a JSON library.
std::string member(const std::string& json, const std::string& name) {
    const auto at = json.find('"' + name + "\":\"");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 4;
    auto end = begin;
    while (json[end] != '"')
        end += json[end] == '\\' ? 2 : 1;
    return json.substr(begin, end - begin);
}

} // namespace

int main(int argc, char** argv) {
    const std::string name = argc == 2 ? argv[1] : "";
    if (name.empty() || name.find_first_of("\"\\") != std::string::npos) {
        std::cerr << "usage: keep_key NAME\n";
        return 2;
    }
    const std::string config = R"({"environment": true})";
    infrastate_client* opened = nullptr;
    infrastate_result* answer = nullptr;
    infrastate_client_open(config.data(), config.size(), nullptr, nullptr, &opened, &answer);
    const Client client(opened);
    Result result(answer);

    if (client) {
        const Cancel cancel(infrastate_cancel_new()); // another thread could set it
        const std::string request =
            R"({"resource": "access_key", "desired": {"name": ")" + name + R"("}})";
        infrastate_apply(client.get(), request.data(), request.size(), cancel.get(), &answer);
        result.reset(answer);
    }
    if (infrastate_result_code(result.get()) != INFRASTATE_OK) {
        // Not the whole result: it may hold a secret.
        std::cerr << infrastate_code_name(infrastate_result_code(result.get())) << ": "
                  << member(text(result), "message") << '\n';
        return 1;
    }
    const std::string json = text(result);
    if (const auto secret = member(json, "secret"); !secret.empty())
        std::cout << "made, its secret is " << secret << '\n';
    else
        std::cout << (json.find("\"changed\":true") != std::string::npos ? "changed"
                                                                         : "as it should be")
                  << '\n';
}
