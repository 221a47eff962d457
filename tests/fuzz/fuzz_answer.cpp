// SPDX-License-Identifier: Apache-2.0
// The answer of a server, through a connection in memory. First it is read as HTTP, in pieces of
// two sizes that must not matter, then as an answer of Infra, by each call of the client.
#include "fuzz.h"
#include "http_response.h"
#include "support/from_memory.h"

#include "infrastate/client/infra_client.h"

namespace {

using namespace infrastate;
using fuzz::must;
using test::FromMemory;

/// Gives the same answer to every request.
class Always final : public transport::HttpSender {
public:
    explicit Always(const transport::Response& answer) : answer_(answer) {}
    Result<transport::Response> send(const transport::Request&,
                                     const transport::Deadline&) override {
        return answer_;
    }
    const transport::Endpoint& endpoint() const noexcept override { return endpoint_; }

private:
    const transport::Response& answer_;
    transport::Endpoint endpoint_ = *transport::Endpoint::parse("https://infra.test");
};

void check_error(const Error& error) {
    must(fuzz::is_one_line(error.message), "an error is one line", error.message);
    must(error.message.size() < 2000, "an error is no essay", error.message);
}

template <class T>
void check(const Result<T>& result) {
    if (!result) check_error(result.error());
}

void ask_infra(const transport::Response& response) {
    const Secret token("cccccccccc.dddddddddddddddddddddddd");
    Always sender(response);
    client::RunBudget budget;
    budget.retries = 0;
    client::InfraClient api(sender, token, budget);
    const auto listing = api.keys().list({.first_page_only = true});
    check(listing);
    must(!listing || response.status == 200, "only a 200 is a listing");
    check(api.directory().find_user("connector"));
    check(api.server().version());
    const auto id = *ServerId::parse("k1");
    const auto removed = api.keys().remove(id);
    check(removed);
    must(!removed || response.status == 204 || response.status == 404, "what a removal is");
    const auto created = api.keys().create(
        {id, "example", Duration::from_seconds(3600), Duration::from_seconds(3600)});
    check(created);
    if (created)
        must(response.status == 201 && looks_like_access_key(created->secret.reveal()),
             "a created key has its secret");
    const auto tried = api.keys().try_secret(token);
    check(tried);
    if (tried && tried->verdict == ports::TryAnswer::Verdict::refused)
        must(response.status == 401, "only a 401 refuses a secret");
    check(api.login("dev@example.com", token));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    transport::ResponseLimits limits;
    limits.max_body_bytes = 64u << 10; // small, so that inputs reach it
    FromMemory whole(bytes, bytes.size() + 1);
    FromMemory parts(bytes, 1 + bytes.size() % 7);
    auto answer = transport::read_answer(whole, limits);
    const auto again = transport::read_answer(parts, limits);
    must(answer.ok() == again.ok(), "pieces do not matter");
    if (!answer) {
        // The first piece only decides how soon it is clear that this is no HTTP.
        const std::string_view other = "http_not_http";
        must(answer.error().detail == again.error().detail || answer.error().detail == other ||
                 again.error().detail == other,
             "pieces do not matter", answer.error().detail + ", " + again.error().detail);
        return check_error(answer.error()), 0;
    }
    must(answer->response.status == again->response.status &&
             answer->response.body == again->response.body,
         "pieces do not matter");
    must(answer->response.status >= 200 && answer->response.status <= 599, "a final status");
    must(answer->response.body.size() <= limits.max_body_bytes, "a bounded body");
    must(answer->response.header("Set-Cookie") == nullptr, "no cookie is kept");
    for (const transport::Header& header : answer->response.headers)
        must(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
             "a header is one line", header.value);
    ask_infra(answer->response);
    return 0;
}
