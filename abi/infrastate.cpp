// SPDX-License-Identifier: Apache-2.0
// The C functions. They check handles, turn every exception into a result, and fix the order of a
// call: process, thread, request, turn.
#include "infrastate.h"

#include "config.h"
#include "contract.h"
#include "handles.h"
#include "members.h"
#include "request.h"
#include "results.h"

#include "infrastate/engine/engine.h"
#include "infrastate/json/json.h"
#include "infrastate/schema/schema.h"
#include "infrastate/types/secret.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <new>
#include <pthread.h>
#include <unistd.h>

using namespace infrastate;
using namespace infrastate::abi;

namespace {

static_assert(static_cast<std::int32_t>(Code::unsupported) == INFRASTATE_UNSUPPORTED);
static_assert(static_cast<std::int32_t>(Code::internal) == INFRASTATE_INTERNAL);

/// Saves what the caller's thread gets back unchanged: errno, and whether it may be cancelled.
class HostThread {
public:
    HostThread() noexcept : errno_(errno) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state_);
    }
    ~HostThread() {
        pthread_setcancelstate(cancel_state_, nullptr);
        errno = errno_;
    }
    HostThread(const HostThread&) = delete;
    HostThread& operator=(const HostThread&) = delete;

private:
    int errno_;
    int cancel_state_ = PTHREAD_CANCEL_ENABLE;
};

struct FreeResult {
    void operator()(infrastate_result* result) const noexcept { infrastate_result_free(result); }
};
using OwnedResult = std::unique_ptr<infrastate_result, FreeResult>;

/// A failed result of a call whose resource is not known.
Value failed(const Error& error, engine::Operation mode, Shape shape) {
    return shape == Shape::batch ? refused_batch(error) : engine::failure(error, {}, mode);
}

/// What the caller asked for. A request that cannot be read still tells whether it is a batch.
struct Question {
    engine::Operation mode = engine::Operation::plan;
    const char* request = nullptr; ///< NULL if none is needed or none was given
    std::size_t size = 0;

    Shape shape() const noexcept {
        const bool batch =
            mode != engine::Operation::ask && request != nullptr && asks_for_batch({request, size});
        return batch ? Shape::batch : Shape::single;
    }
};

/// Runs `body(result, effect)`, which fills the result and keeps `effect` up to date with what may
/// have been done. Turns whatever it throws into a result.
template <class Body>
std::int32_t enter(infrastate_result** out, const Question& asked, const Body& body) noexcept {
    if (out == nullptr) return INFRASTATE_ARGUMENT;
    *out = nullptr;
    const HostThread host;
    Effect effect = Effect::none;
    try {
        try {
            OwnedResult result(new infrastate_result());
            body(*result, effect);
            *out = result.release();
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception& problem) {
            OwnedResult result(new infrastate_result());
            Error error = error_of(problem, "the call");
            error.effect = effect;
            put(*result, failed(error, asked.mode, asked.shape()));
            *out = result.release();
        }
    } catch (...) {
        *out = no_memory_result(effect, asked.shape());
    }
    return (*out)->code;
}

Error forked() {
    return Error{Code::forked, "the handle was made before a fork, by the parent of this process; "
                               "make one in this process"};
}

engine::Log log_of(const infrastate_client& client) {
    if (client.log == nullptr || !client.log_level) return {};
    return {[&client](engine::LogLevel level, std::string_view text) noexcept {
                constexpr std::array levels{INFRASTATE_LOG_ERROR, INFRASTATE_LOG_WARNING,
                                            INFRASTATE_LOG_INFO, INFRASTATE_LOG_DEBUG};
                try {
                    std::string line(text);
                    std::replace(line.begin(), line.end(), '\n', ' ');
                    client.log(client.user, levels[static_cast<std::size_t>(level)], line.c_str(),
                               line.size());
                    wipe(line);
                } catch (...) { // no memory for the line
                }
            },
            *client.log_level};
}

/// Checks the handles as far as that needs nothing else. Empty: they are good.
std::optional<Error> bad_handles(infrastate_client* client, const char* request,
                                 infrastate_cancel* cancel) {
    if (!is_kind(client, Kind::client))
        return argument_error("client", client == nullptr
                                            ? "client: is NULL"
                                            : "client: is not a handle of a client that is open");
    if (cancel != nullptr && !is_kind(cancel, Kind::cancel))
        return argument_error("cancel", "cancel: is not a cancel token");
    const pid_t here = getpid();
    if (client->owner != here || (cancel != nullptr && cancel->owner != here)) return forked();
    if (client->lock.held_by_this_thread())
        return Error{Code::busy, "called from inside the log callback of the same client; wait "
                                 "until the call that logs has returned"};
    if (request == nullptr) return argument_error("request", "request: is NULL");
    return std::nullopt;
}

class Turn {
public:
    Turn(CallLock& lock, const transport::Deadline& deadline)
        : lock_(lock), outcome_(lock.lock(deadline)) {}
    ~Turn() {
        if (outcome_ == CallLock::Outcome::locked) lock_.unlock();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    std::optional<Error> error() const {
        if (outcome_ == CallLock::Outcome::locked) return std::nullopt;
        const bool cancelled = outcome_ == CallLock::Outcome::cancelled;
        Error out{cancelled ? Code::cancelled : Code::deadline,
                  cancelled ? "cancelled before the call began"
                            : "the time was used up while waiting for another call on the same "
                              "client"};
        out.detail = cancelled ? "cancelled" : "client_in_use";
        out.field = cancelled ? "" : "timeout_ms";
        out.retryable = true;
        return out;
    }

private:
    CallLock& lock_;
    CallLock::Outcome outcome_;
};

/// Takes the requests that can be run. Of each of them only the resource's name is left behind.
std::vector<engine::BatchRequest> requests_of(Parsed& parsed) {
    std::vector<engine::BatchRequest> out;
    out.reserve(parsed.items.size());
    for (Item& item : parsed.items)
        if (!item.error) out.push_back({item.request.resource, std::move(item.request.desired)});
    return out;
}

void run(infrastate_client& client, const Parsed& parsed,
         const std::vector<engine::BatchRequest>& requests, engine::Operation mode,
         const engine::CallOptions& call, infrastate_result& result, Effect& effect) {
    if (parsed.batch) {
        BatchResult results(result, parsed.items, mode, call.log, effect);
        std::vector<std::string> warnings;
        try {
            warnings = client.session->run_all(requests, mode, call, results);
        } catch (const std::bad_alloc&) { // finish() reports it for the requests without a result
        } catch (const std::exception& problem) {
            results.fail_rest(error_of(problem, "the batch"));
        }
        results.finish(warnings);
        return;
    }
    SingleResult single(result, call.log, effect);
    const auto warnings = client.session->run_all(requests, mode, call, single);
    if (!single.finish(warnings)) throw std::bad_alloc();
}

/// Throws if memory or descriptors are short.
std::unique_ptr<infrastate_cancel> new_cancel() {
    auto made = std::make_unique<infrastate_cancel>();
    made->owner = getpid();
    return made;
}

std::int32_t call(engine::Operation mode, infrastate_client* client, const char* request,
                  std::size_t len, infrastate_cancel* cancel, infrastate_result** out) noexcept {
    const Question asked{mode, request, len};
    return enter(out, asked, [&](infrastate_result& result, Effect& effect) {
        std::string resource; // once it is known
        const auto fail = [&](const Error& error) {
            put(result, resource.empty() ? failed(error, mode, asked.shape())
                                         : engine::failure(error, resource, mode));
        };
        if (const auto error = bad_handles(client, request, cancel)) return fail(*error);
        const transport::CancelToken* token = cancel != nullptr ? &cancel->token : nullptr;
        const auto start = transport::Deadline::Clock::now();

        Masker masker(client->session->known_secrets());
        const Asks asks = mode == engine::Operation::ask ? Asks::query : Asks::desired;
        auto parsed = parse_request({request, len}, asks, client->max_request_bytes, masker);
        if (!parsed) return fail(parsed.error());
        if (!parsed->batch) {
            const Item& only = parsed->items.front();
            resource = only.request.resource;
            if (only.error) return fail(*only.error);
        }
        const auto requests = requests_of(*parsed);
        engine::CallOptions how;
        how.timeout = parsed->timeout;
        const auto limit = client->session->time_limit(requests, how);
        const Turn turn(client->lock, transport::Deadline::at(start + limit, token));
        if (const auto error = turn.error()) return fail(*error);

        how.used = std::chrono::duration_cast<std::chrono::milliseconds>(
            transport::Deadline::Clock::now() - start);
        how.cancel = token;
        how.log = log_of(*client);
        how.masker = &masker;
        run(*client, *parsed, requests, mode, how, result, effect);
    });
}

} // namespace

// A register that moved a secret may still hold it, and the next call of any code may store it on
// the stack.
#if defined(__has_attribute)
#if __has_attribute(zero_call_used_regs)
#define LEAVES_NO_REGISTER __attribute__((zero_call_used_regs("all")))
#endif
#endif
#ifndef LEAVES_NO_REGISTER
#define LEAVES_NO_REGISTER
#endif

extern "C" {

const char* infrastate_version(void) noexcept {
    return schema::version().data(); // a literal, so a NUL follows
}

std::uint32_t infrastate_abi_version(void) noexcept {
    return (std::uint32_t{INFRASTATE_ABI_MAJOR} << 16U) | INFRASTATE_ABI_MINOR;
}

const char* infrastate_code_name(std::int32_t code) noexcept {
    return code_name(static_cast<Code>(code)).data(); // a literal, so a NUL follows
}

std::int32_t infrastate_describe(infrastate_result** out) noexcept {
    return enter(out, {}, [](infrastate_result& result, Effect&) {
        result.value = contract();
        result.text = json::write(result.value);
    });
}

LEAVES_NO_REGISTER std::int32_t infrastate_client_open(const char* config, std::size_t len,
                                                       infrastate_log_fn log, void* user,
                                                       infrastate_client** client,
                                                       infrastate_result** out) noexcept {
    if (client != nullptr) *client = nullptr;
    return enter(out, {}, [&](infrastate_result& result, Effect&) {
        const auto fail = [&](const Error& error) {
            put(result, failed(error, engine::Operation::plan, Shape::single));
        };
        if (client == nullptr) return fail(argument_error("client", "client: is NULL"));
        if (config == nullptr) return fail(argument_error("config", "config: is NULL"));
        Masker masker;
        auto read = read_client_config({config, len}, masker);
        if (!read) return fail(read.error());
        auto session = engine::Session::open(read->session, read->certificates);
        if (!session) {
            Error error = std::move(session).error();
            error.message = masker.mask(error.message);
            return fail(error);
        }
        auto made = std::make_unique<infrastate_client>();
        made->owner = getpid();
        made->session = std::move(*session);
        made->max_request_bytes = read->max_request_bytes;
        made->log = log;
        made->log_level = read->log_level;
        made->user = user;
        put(result, opened());
        *client = made.release();
    });
}

LEAVES_NO_REGISTER void infrastate_client_close(infrastate_client* client) noexcept {
    if (!is_kind(client, Kind::client)) return;
    const HostThread host;
    if (client->owner == getpid()) {
        if (client->lock.held_by_this_thread()) return;
    } else {
        if (client->lock.was_held_at_fork()) {
            // A thread of the parent was inside the client. Its state may be half changed, so it is
            // not freed.
            client->kind = Kind::freed;
            client->session->abandon_in_use();
            client->lock.abandon();
            return;
        }
        client->session->abandon();
    }
    client->kind = Kind::freed;
    delete client;
}

LEAVES_NO_REGISTER std::int32_t infrastate_plan(infrastate_client* client, const char* request,
                                                std::size_t len, infrastate_cancel* cancel,
                                                infrastate_result** out) noexcept {
    return call(engine::Operation::plan, client, request, len, cancel, out);
}

LEAVES_NO_REGISTER std::int32_t infrastate_apply(infrastate_client* client, const char* request,
                                                 std::size_t len, infrastate_cancel* cancel,
                                                 infrastate_result** out) noexcept {
    return call(engine::Operation::apply, client, request, len, cancel, out);
}

LEAVES_NO_REGISTER std::int32_t infrastate_info(infrastate_client* client, const char* request,
                                                std::size_t len, infrastate_cancel* cancel,
                                                infrastate_result** out) noexcept {
    return call(engine::Operation::ask, client, request, len, cancel, out);
}

std::int32_t infrastate_cancel_open(infrastate_cancel** cancel, infrastate_result** out) noexcept {
    if (cancel != nullptr) *cancel = nullptr;
    return enter(out, {}, [&](infrastate_result& result, Effect&) {
        if (cancel == nullptr)
            return put(result, failed(argument_error("cancel", "cancel: is NULL"),
                                      engine::Operation::plan, Shape::single));
        auto made = new_cancel();
        put(result, opened());
        *cancel = made.release();
    });
}

infrastate_cancel* infrastate_cancel_new(void) noexcept {
    const HostThread host;
    try {
        return new_cancel().release();
    } catch (...) {
        return nullptr;
    }
}

void infrastate_cancel_set(infrastate_cancel* cancel) noexcept {
    const HostThread
        host; // this function is async-signal-safe; write() would act on a pending pthread_cancel
    // In a forked child the descriptor is still the parent's, and no call of the child waits for
    // it.
    if (is_kind(cancel, Kind::cancel) && cancel->owner == getpid()) cancel->token.set();
}

void infrastate_cancel_free(infrastate_cancel* cancel) noexcept {
    if (!is_kind(cancel, Kind::cancel)) return;
    const HostThread host;
    cancel->kind = Kind::freed;
    delete cancel;
}

std::int32_t infrastate_result_code(const infrastate_result* result) noexcept {
    return is_kind(result, Kind::result) ? result->code : INFRASTATE_ARGUMENT;
}

const char* infrastate_result_json(const infrastate_result* result, std::size_t* len) noexcept {
    if (!is_kind(result, Kind::result)) result = missing_result();
    const std::string_view text =
        result->fixed.json.empty() ? std::string_view(result->text) : result->fixed.json;
    if (len != nullptr) *len = text.size();
    return text.data();
}

const char* infrastate_result_string(const infrastate_result* result, const char* name,
                                     std::size_t* len) noexcept {
    const auto found = is_kind(result, Kind::result) && name != nullptr ? text_member(*result, name)
                                                                        : std::nullopt;
    if (len != nullptr) *len = found ? found->size() : 0;
    return found ? found->data() : nullptr;
}

std::int32_t infrastate_result_integer(const infrastate_result* result, const char* name,
                                       std::int64_t* value) noexcept {
    if (!is_kind(result, Kind::result) || name == nullptr) return 0;
    const auto found = integer_member(*result, name);
    if (found && value != nullptr) *value = *found;
    return found ? 1 : 0;
}

std::int32_t infrastate_result_boolean(const infrastate_result* result, const char* name) noexcept {
    if (!is_kind(result, Kind::result) || name == nullptr) return -1;
    const auto found = boolean_member(*result, name);
    return !found ? -1 : *found ? 1 : 0;
}

LEAVES_NO_REGISTER void infrastate_result_free(infrastate_result* result) noexcept {
    if (!is_kind(result, Kind::result) || !result->fixed.json.empty()) return;
    const HostThread host;
    forget(*result);
    result->kind = Kind::freed;
    delete result;
}

} // extern "C"
