// SPDX-License-Identifier: Apache-2.0
// How fast the core and its C interface are. Each figure is measured by turns with its own floor,
// so that a busy machine slows both. The environment names the server. Prints one value a line:
// what it is, a tab, the value. scripts/bench makes medians of them.
//   abi_benchmark                  all of it; --quick for a tenth
//   abi_benchmark apply COUNT      only so many applies that change nothing
//   abi_benchmark batch COUNT      one batch of so many keys of one user, made before by
//   abi_benchmark keys COUNT
#include "bare_loop.h"
#include "infrastate.h"

#include "infrastate/json/json.h"
#include "infrastate/plan/access_key.h"

#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace infrastate;
using bench::BareLoop;
using bench::variable;
using Clock = std::chrono::steady_clock;

constexpr int rounds = 15;

double seconds(const std::function<void()>& work) {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// For work without a server: another program on the same core does not count.
double processor_seconds(const std::function<void()>& work) {
    const std::clock_t start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

double middle(std::vector<double> all) {
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
}

void print(const char* what, double value) {
    std::printf("%s\t%.9g\n", what, value);
}

Timestamp at(const char* text) {
    return Timestamp::parse(text).value();
}

void plans_per_second() {
    const plan::Desired desired{.state = plan::State::present,
                                .name = KeyName::parse("my-cluster").value(),
                                .expires_in = Duration::parse("720h").value()};
    plan::Observed observed{{}, {at("2026-11-23T12:00:00Z"), true}, {}};
    observed.rows.push_back({ServerId::parse("4yJ3n3D8E2").value(), "my-cluster", "connector",
                             "4yJ3n3D8E1", at("2026-11-23T00:00:00Z"), at("2026-11-23T01:00:00Z"),
                             at("2026-12-23T00:00:00Z"), at("2026-11-26T01:00:00Z")});
    constexpr int count = 100'000;
    std::size_t sum = 0;
    for (int round = 0; round < rounds; ++round) {
        const double time = processor_seconds([&] {
            for (int i = 0; i < count; ++i)
                sum += plan::plan_access_key(desired, observed).reasons.size();
        });
        print("plans", count / time);
    }
    if (sum > 0) return;
    std::fputs("nothing was planned\n", stderr);
    std::exit(1);
}

struct Library {
    infrastate_client* client = nullptr;
    Library() {
        const std::string config = json::write(
            Value::object({{"host", variable("INFRA_TEST_URL")},
                           {"access_key", variable("INFRA_TEST_ADMIN_KEY")},
                           {"server_certificate_file", variable("INFRA_TEST_CA_FILE")}}));
        infrastate_result* result = nullptr;
        if (infrastate_client_open(config.data(), config.size(), nullptr, nullptr, &client,
                                   &result) != INFRASTATE_OK)
            std::puts(infrastate_result_json(result, nullptr));
        infrastate_result_free(result);
    }
    ~Library() { infrastate_client_close(client); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    std::string call(decltype(&infrastate_plan) function, const std::string& request) const {
        infrastate_result* result = nullptr;
        function(client, request.data(), request.size(), nullptr, &result);
        std::size_t size = 0;
        const char* text = infrastate_result_json(result, &size);
        std::string out(text, size);
        infrastate_result_free(result);
        return out;
    }
};

/// A batch of the keys that name() names for the numbers from `first` on.
std::string batch(int first, int count, const std::function<std::string(int)>& name) {
    std::string out = R"({"requests":[)";
    for (int i = first; i < first + count; ++i)
        out += (i > first ? "," : "") +
               std::string(R"({"resource":"access_key","desired":{"user":"connector","name":")") +
               name(i) + R"(","expires_in":"8766h0m0s","inactivity_timeout":"72h0m0s"}})";
    return out + "]}";
}

/// Compares the interface's plan of many keys with Poco's bare parsing and printing of the very
/// same request and result. All plans use one listing, so the network plays no part.
void plan_against_parsing(const Library& library) {
    constexpr int count = 2'000;
    const std::string request = batch(0, count, [](int) { return "my-cluster"; });
    const std::string answer = library.call(&infrastate_plan, request);
    for (int round = 0; round < rounds; ++round) {
        print("interface plan",
              processor_seconds([&] { library.call(&infrastate_plan, request); }) / count);
        print("parse and print", processor_seconds([&] {
                                     for (const std::string* text : {&request, &answer}) {
                                         Poco::JSON::Parser parser;
                                         parser.parse(*text).toString();
                                     }
                                 }) / count);
    }
}

/// One apply of an unchanged key, on the library's kept connection.
std::string apply_unchanged(const Library& library) {
    static const std::string request =
        R"({"resource":"access_key","desired":{"name":"my-cluster","user":"connector"}})";
    return library.call(&infrastate_apply, request);
}

/// Makes the key. Ends the program if an apply then does not find it unchanged.
void make_key(const Library& library) {
    apply_unchanged(library);
    const std::string again = apply_unchanged(library);
    if (again.find(R"("ok":true)") != std::string::npos &&
        again.find(R"("changed":false)") != std::string::npos)
        return;
    std::fprintf(stderr, "an apply of an unchanged key says %s\n", again.c_str());
    std::exit(1);
}

/// Measures one of each by turns, so that other load on the machine affects both alike. Prints the
/// median of each hundred.
void apply_against_poco(const Library& library, int hundreds) {
    make_key(library);
    BareLoop bare;
    for (int hundred = -2; hundred < hundreds; ++hundred) {
        std::vector<double> ours, floor;
        for (int i = 0; i < 100; ++i) {
            ours.push_back(seconds([&] { apply_unchanged(library); }));
            floor.push_back(seconds([&] { bare.once(); }));
        }
        if (hundred < 0) continue; // the first two only warm up
        print("apply", middle(std::move(ours)));
        print("bare loop", middle(std::move(floor)));
    }
}

std::string key_of_batch(int number) {
    return "batch-" + std::to_string(number);
}

/// One apply of a whole batch; ends the program if it does not succeed, or changes a key where it
/// must not. Makes no copy of the result, whose memory is measured.
void apply_batch(const Library& library, int first, int count, bool may_change) {
    const std::string request = batch(first, count, key_of_batch);
    infrastate_result* result = nullptr;
    infrastate_apply(library.client, request.data(), request.size(), nullptr, &result);
    std::size_t size = 0;
    const char* text = infrastate_result_json(result, &size);
    const std::string_view answer(text, size);
    const bool fine = answer.find(R"("ok":false)") == std::string::npos &&
                      answer.find(R"("ok":true)") != std::string::npos &&
                      (may_change || answer.find(R"("changed":true)") == std::string::npos);
    if (!fine) {
        std::fprintf(stderr, "a batch says %.500s\n", text);
        std::exit(1);
    }
    infrastate_result_free(result);
}

/// Runs one kind of work, and nothing else.
int only(std::string_view side, int count) {
    const Library library;
    if (library.client == nullptr) return 1;
    if (side == "keys") {
        constexpr int at_once = 500; // within the time that a call may take
        for (int first = 0; first < count; first += at_once)
            apply_batch(library, first, std::min(at_once, count - first), true);
    } else if (side == "batch") {
        apply_batch(library, 0, count, false);
    } else if (side == "apply") {
        make_key(library);
        for (int i = 0; i < count; ++i)
            apply_unchanged(library);
    } else {
        return 2;
    }
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    if (count == 3) return only(arguments[1], std::atoi(arguments[2]));
    plans_per_second();
    const Library library;
    if (library.client == nullptr) return 1;
    plan_against_parsing(library);
    apply_against_poco(library, count == 2 && std::string_view(arguments[1]) == "--quick" ? 6 : 40);
}
