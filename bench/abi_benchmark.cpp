// SPDX-License-Identifier: Apache-2.0
// How fast the core and its C interface are. Each figure is measured by turns with its own floor,
// so that a busy machine slows both. The environment names the server.
#include "infrastate.h"

#include "infrastate/json/json.h"
#include "infrastate/plan/access_key.h"

#include <Poco/JSON/Parser.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace infrastate;
using Clock = std::chrono::steady_clock;

constexpr int rounds = 15;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) {
        std::fprintf(stderr, "%s is not set: run bench/run\n", name);
        std::exit(2);
    }
    return value;
}

double seconds(const std::function<void()>& work) {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double middle(std::vector<double> all) {
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
}

/// The median time of each side over `rounds` rounds, measured by turns.
struct Pair {
    double ours = 0, floor = 0, ratio = 0;
};
Pair in_turns(const std::function<void()>& ours, const std::function<void()>& floor) {
    std::vector<double> a, b, ratios;
    ours();
    floor();
    for (int i = 0; i < rounds; ++i) {
        a.push_back(seconds(ours));
        b.push_back(seconds(floor));
        ratios.push_back(a.back() / b.back());
    }
    return {middle(a), middle(b), middle(ratios)};
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
    std::vector<double> all;
    for (int round = 0; round < rounds; ++round)
        all.push_back(seconds([&] {
            for (int i = 0; i < count; ++i)
                sum += plan::plan_access_key(desired, observed).reasons.size();
        }));
    const double best = *std::min_element(all.begin(), all.end());
    std::printf("plan(): %.0f a second (bound: 200,000)%s\n", count / best,
                sum == 0 ? " and nothing planned" : "");
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

std::string batch(int count) {
    std::string out = R"({"requests":[)";
    for (int i = 0; i < count; ++i)
        out += (i > 0 ? "," : "") +
               std::string(R"({"resource":"access_key","desired":{"name":"my-cluster",)"
                           R"("expires_in":"8766h0m0s","inactivity_timeout":"72h0m0s"}})");
    return out + "]}";
}

/// Compares the interface's plan of many keys with Poco's bare parsing and printing of the very
/// same request and result. All plans use one listing, so the network plays no part.
void plan_against_parsing(const Library& library) {
    constexpr int count = 2'000;
    const std::string request = batch(count);
    const std::string answer = library.call(&infrastate_plan, request);
    const auto pair = in_turns([&] { library.call(&infrastate_plan, request); },
                               [&] {
                                   for (const std::string* text : {&request, &answer}) {
                                       Poco::JSON::Parser parser;
                                       parser.parse(*text).toString();
                                   }
                               });
    std::printf("ABI plan: %.0f a second, %.2fx of bare parse + print (bound: >= 0.5x)\n",
                count / pair.ours, 1 / pair.ratio);
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

/// What remains without our code: the same request on a kept connection of Poco's, and parsing its
/// answer.
class BareLoop {
public:
    BareLoop() { session_.setKeepAlive(true); }

    void once() {
        Poco::Net::HTTPRequest get(
            "GET", "/api/access-keys?limit=1000&page=1&showExpired=true&name=my-cluster",
            "HTTP/1.1");
        get.set("Infra-Version", "0.20.0");
        get.set("Accept", "application/json");
        get.set("Authorization", "Bearer " + key_);
        session_.sendRequest(get);
        Poco::Net::HTTPResponse response;
        std::string body;
        Poco::StreamCopier::copyToString(session_.receiveResponse(response), body);
        Poco::JSON::Parser parser;
        parser.parse(body);
        if (response.getStatus() != 200)
            std::printf("the bare loop was answered %s\n", body.c_str());
    }

private:
    static Poco::Net::Context::Ptr context() {
        return new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE,
                                      variable("INFRA_TEST_CA_FILE"),
                                      Poco::Net::Context::VERIFY_STRICT);
    }

    const Poco::URI url_{variable("INFRA_TEST_URL")};
    const std::string key_ = variable("INFRA_TEST_ADMIN_KEY");
    Poco::Net::HTTPSClientSession session_{url_.getHost(), url_.getPort(), context()};
};

/// Measures one of each by turns, so that other load on the machine affects both alike.
void apply_against_poco(const Library& library) {
    constexpr int warm = 200, count = 4'000;
    make_key(library);
    BareLoop bare;
    std::vector<double> ours, floor;
    for (int i = 0; i < warm + count; ++i) {
        ours.push_back(seconds([&] { apply_unchanged(library); }));
        floor.push_back(seconds([&] { bare.once(); }));
        if (i + 1 == warm) {
            ours.clear();
            floor.clear();
        }
    }
    const double one = middle(std::move(ours)), other = middle(std::move(floor));
    std::printf("no change: an apply takes %.1f us, a bare Poco loop %.1f us: %.2fx (bound: <= "
                "1.15x)\n",
                one * 1e6, other * 1e6, one / other);
}

/// For a program that counts instructions: runs one side `count` times, and nothing else.
int only(std::string_view side, int count) {
    const Library library;
    make_key(library);
    BareLoop bare;
    for (int i = 0; i < count; ++i)
        if (side == "apply")
            apply_unchanged(library);
        else
            bare.once();
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    if (count == 3) return only(arguments[1], std::atoi(arguments[2]));
    plans_per_second();
    const Library library;
    if (library.client == nullptr) return 1;
    plan_against_parsing(library);
    apply_against_poco(library);
}
