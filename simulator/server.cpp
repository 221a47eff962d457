// SPDX-License-Identifier: Apache-2.0
#include "server.h"

#include "digest.h"
#include "wire.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NameValueCollection.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SocketAddress.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace infrastate::simulator {

namespace {

using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

constexpr std::size_t largest_request_body = 16u << 20;
/// A connection that a fault holds occupies a thread.
constexpr int most_threads = 1024;

void pause(std::int64_t ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

/// Reads the body; false if it is too long. Always reads to the end: bytes left in the socket would
/// be taken for the next request.
bool read_all(std::istream& stream, std::string& body) {
    std::string block(16 * 1024, '\0');
    while (stream.read(block.data(), static_cast<std::streamsize>(block.size())),
           stream.gcount() > 0) {
        body.append(block, 0, static_cast<std::size_t>(stream.gcount()));
        if (body.size() > largest_request_body) return false;
    }
    return true;
}

bool read_request(HTTPServerRequest& from, Request& request) {
    request.method = from.getMethod();
    request.target = from.getURI();
    const std::size_t mark = request.target.find('?');
    const std::string raw_path = request.target.substr(0, mark);
    request.path = unescape(raw_path, false).value_or(raw_path);
    if (mark != std::string::npos) request.query = Query(request.target.substr(mark + 1));
    if (from.has("Infra-Version")) request.infra_version = trimmed(from.get("Infra-Version"));
    request.authorization = trimmed(from.get("Authorization", ""));
    request.accept = from.get("Accept", "");
    request.destination_name = from.get("Infra-Destination-Name", "");
    request.destination_id = from.get("Infra-Destination", "");
    Poco::Net::NameValueCollection cookies;
    from.getCookies(cookies);
    request.auth_cookie = unescape(cookies.get("auth", ""), false).value_or("");

    const bool sized = from.hasContentLength();
    if (!sized && !from.getChunkedTransferEncoding()) return true;
    std::string body;
    if (!read_all(from.stream(), body)) return false;
    if (sized) request.body = std::move(body);
    return true;
}

std::string_view token_of(const Request& request) {
    std::string_view text = request.authorization;
    if (text.starts_with("Bearer ")) return text.substr(7);
    return request.auth_cookie;
}

/// Carries out one request with its faults.
class Exchange {
public:
    Exchange(ServerParts& parts, Wire& wire, const Request& request, bool keep_alive)
        : parts_(parts), wire_(wire), request_(request) {
        head_.keep_alive = keep_alive;
    }

    void run();
    /// False if the connection ends after this exchange.
    bool keep_alive() const { return head_.keep_alive && !wire_.ended(); }

private:
    Reply act() {
        Reply reply = parts_.api.handle(request_);
        parts_.recorder.acted(number_, reply.status);
        return reply;
    }
    void answer(const Reply& reply);
    void finish(const FaultRule& rule);
    void act_late(const FaultRule& rule);
    void send_cut(const Reply& reply, const FaultRule& rule);
    void send_huge(const FaultRule& rule);
    void send_dripping(const Reply& reply, const FaultRule& rule);
    Reply stand_in(const FaultRule& rule);
    void wait_and_stamp();

    ServerParts& parts_;
    Wire& wire_;
    const Request& request_;
    AnswerHead head_{};
    FaultPlan plan_{};
    std::int64_t number_ = 0;
};

void Exchange::run() {
    plan_ = parts_.faults.plan(request_.method, request_.target);
    RequestRecord record;
    record.at = parts_.clock.peek();
    record.method = request_.method;
    record.target = request_.target;
    record.bearer_digest = sha256_hex(token_of(request_));
    record.infra_version = request_.infra_version.value_or("");
    record.fault = plan_.names;
    number_ = parts_.recorder.begin(std::move(record));

    pause(plan_.delay_ms);
    if (plan_.ending)
        finish(*plan_.ending);
    else
        answer(act());
}

/// Waits before the answer, then sets the headers that tell the time.
void Exchange::wait_and_stamp() {
    pause(plan_.delay_answer_ms);
    if (!plan_.no_date)
        head_.date = http_date(parts_.clock.peek() + plan_.date_offset_s * micros_per_second);
    if (plan_.age_s) head_.age = std::to_string(*plan_.age_s);
}

void Exchange::answer(const Reply& reply) {
    wait_and_stamp();
    const AnswerText text = answer_text(reply, head_, request_.method == "HEAD");
    parts_.recorder.answered(number_, reply.status);
    wire_.send(text.head + text.body);
}

void Exchange::finish(const FaultRule& rule) {
    switch (rule.action) {
    case Action::act_then_reset:
        act();
        pause(plan_.delay_answer_ms);
        return wire_.reset();
    case Action::act_late:
        return act_late(rule);
    case Action::hang:
        pause(rule.ms);
        return wire_.reset();
    case Action::cut_body:
        return send_cut(act(), rule);
    case Action::unauthorized:
        return answer(error_reply(401, "unauthorized"));
    case Action::status:
    case Action::html: {
        if (rule.act) act();
        return answer(stand_in(rule));
    }
    case Action::garbage: {
        wait_and_stamp();
        head_.keep_alive = false;
        // No part of it can be taken for a status line.
        wire_.send("\x01\x02\xff" +
                   random_text(static_cast<std::size_t>(rule.bytes > 0 ? rule.bytes : 200)));
        return;
    }
    case Action::huge_body:
        return send_huge(rule);
    case Action::drip:
        return send_dripping(act(), rule);
    default:
        return wire_.reset();
    }
}

Reply Exchange::stand_in(const FaultRule& rule) {
    Reply reply;
    if (rule.action == Action::html) {
        reply.status = rule.status != 0 ? rule.status : 200;
        reply.content_type = "text/html; charset=utf-8";
        reply.body = rule.body.value_or("<!DOCTYPE html>\n<html><head><title>Welcome</title></head>"
                                        "<body><h1>It works</h1></body></html>\n");
        return reply;
    }
    reply = error_reply(rule.status, rule.message.value_or("fault on order"));
    if (rule.body) reply.body = *rule.body;
    if (rule.content_type) reply.content_type = *rule.content_type;
    if (rule.retry_after) reply.headers.emplace_back("Retry-After", *rule.retry_after);
    return reply;
}

void Exchange::act_late(const FaultRule& rule) {
    parts_.recorder.late(+1);
    if (!rule.hold) wire_.reset();
    pause(rule.ms);
    act();
    parts_.recorder.late(-1);
    wire_.reset();
}

void Exchange::send_cut(const Reply& reply, const FaultRule& rule) {
    wait_and_stamp();
    head_.announced = reply.body.size();
    const AnswerText text = answer_text(reply, head_, false);
    const auto length = std::min(static_cast<std::size_t>(rule.bytes), text.body.size());
    parts_.recorder.answered(number_, reply.status);
    head_.keep_alive = false;
    wire_.send(text.head + text.body.substr(0, length));
    if (rule.end == Ending::plain) wire_.end_plainly();
    if (rule.end == Ending::reset) {
        // A reset overtakes data that was sent before: wait until the client has it.
        pause(50);
        wire_.reset();
    }
}

void Exchange::send_huge(const FaultRule& rule) {
    wait_and_stamp();
    Reply reply;
    reply.status = rule.status != 0 ? rule.status : 200;
    head_.chunked = rule.chunked;
    head_.announced = static_cast<std::uint64_t>(rule.bytes);
    head_.keep_alive = false;
    parts_.recorder.answered(number_, reply.status);
    if (!wire_.send(head_text(reply, head_))) return;
    // It begins like a list, so a reader must check its length, not its start.
    std::string block = R"({"items":[")";
    block.resize(static_cast<std::size_t>(std::min<std::int64_t>(rule.bytes, 64 * 1024)), 'a');
    for (std::int64_t left = rule.bytes; left > 0;) {
        const auto length = std::min(static_cast<std::size_t>(left), block.size());
        left -= static_cast<std::int64_t>(length);
        const std::string_view piece = std::string_view(block).substr(0, length);
        if (!(rule.chunked ? wire_.send(chunk_text(piece)) : wire_.send(piece))) return;
        block.assign(block.size(), 'a');
    }
    if (rule.chunked) wire_.send(chunk_text({}));
}

void Exchange::send_dripping(const Reply& reply, const FaultRule& rule) {
    wait_and_stamp();
    const AnswerText text = answer_text(reply, head_, false);
    const std::string slow = (rule.from_head ? text.head : "") + text.body;
    parts_.recorder.answered(number_, reply.status);
    if (!rule.from_head && !wire_.send(text.head)) return;
    const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, rule.bytes));
    for (std::size_t at = 0; at < slow.size(); at += step) {
        pause(rule.ms);
        if (!wire_.send(std::string_view(slow).substr(at, step))) return;
    }
}

class Handler : public Poco::Net::HTTPRequestHandler {
public:
    explicit Handler(ServerParts& parts) : parts_(parts) {}

    void handleRequest(HTTPServerRequest& from, HTTPServerResponse& to) override {
        // Poco's server makes requests of this class only.
        auto& session = dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(from);
        Wire wire(session.socket());
        Request request;
        if (!read_request(from, request)) {
            wire.send(head_text(error_reply(413, ""), AnswerHead{}));
            to.setKeepAlive(false);
            return;
        }
        if (request.path.starts_with(control_prefix)) {
            AnswerHead head;
            head.keep_alive = to.getKeepAlive();
            const AnswerText text = answer_text(parts_.control.handle(request), head, false);
            wire.send(text.head + text.body);
            if (wire.ended()) to.setKeepAlive(false);
            return;
        }
        Exchange exchange(parts_, wire, request, to.getKeepAlive());
        exchange.run();
        if (!exchange.keep_alive()) to.setKeepAlive(false);
    }

private:
    ServerParts& parts_;
};

class Factory : public Poco::Net::HTTPRequestHandlerFactory {
public:
    explicit Factory(ServerParts parts) : parts_(parts) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override {
        return new Handler(parts_); // Poco owns it
    }

private:
    ServerParts parts_;
};

} // namespace

Server::Server(const std::string& host, std::uint16_t port, const Identity& identity,
               ServerParts parts)
    : threads_(2, most_threads, 5) {
    Poco::Net::SecureServerSocket socket(Poco::Net::SocketAddress(host, port), 256,
                                         server_context(identity));
    Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
    params->setMaxThreads(most_threads);
    params->setMaxQueued(most_threads);
    params->setTimeout(Poco::Timespan(60, 0));
    params->setKeepAliveTimeout(Poco::Timespan(180, 0));
    params->setMaxKeepAliveRequests(0);
    http_ = std::make_unique<Poco::Net::HTTPServer>(new Factory(parts), threads_, socket, params);
    http_->start();
}

Server::~Server() = default;

std::uint16_t Server::port() const {
    return http_->port();
}

} // namespace infrastate::simulator
