// SPDX-License-Identifier: Apache-2.0
// The same in C++: handles that free themselves, and a call that several threads may cancel.
// usage: keep_key NAME   (INFRA_HOST, INFRA_ACCESS_KEY, INFRA_SERVER_CERTIFICATE_FILE)
#include <infrastate.h>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

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

/// Empty if the result has no such text. The result owns the text.
std::string_view text(const Result& result, const char* member) {
    std::size_t size = 0;
    const char* found = infrastate_result_string(result.get(), member, &size);
    return found == nullptr ? std::string_view() : std::string_view(found, size);
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
    if (const auto code = infrastate_result_code(result.get()); code != INFRASTATE_OK) {
        std::cerr << infrastate_code_name(code) << ": " << text(result, "error.message") << '\n';
        return 1;
    }
    if (const auto secret = text(result, "secret"); !secret.empty())
        std::cout << "made, its secret is " << secret << '\n';
    else if (infrastate_result_boolean(result.get(), "changed") == 1)
        std::cout << "changed\n";
    else
        std::cout << "as it should be\n";
}
