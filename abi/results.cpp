// SPDX-License-Identifier: Apache-2.0
#include "results.h"

#include "infrastate/json/json.h"
#include "infrastate/types/secret.h"

#include <new>

namespace infrastate::abi {
namespace {

/// Enough for any single result, except one with a very long list. Less than 64 KiB: when a block
/// of that size is freed, the C library of GNU tidies its whole heap.
constexpr std::size_t room = std::size_t{48} << 10;
/// More than any of the fixed results below.
constexpr std::size_t fixed_room = 1024;

#define INFRASTATE_FIXED_ERROR(code, message, retryable)                                           \
    "{\"code\":\"" code "\",\"detail\":null,\"message\":\"" message                                \
    "\",\"field\":null,\"http_status\":null,\"retryable\":" retryable "}"
#define INFRASTATE_FIXED_HEAD(code, outcome)                                                       \
    "\"ok\":false,\"code\":\"" code "\",\"outcome\":\"" outcome "\",\"changed\":false"
// These results have only the members that results of all resources have (schema/result.h),
// questions included.
#define INFRASTATE_FIXED_RESULT(code, outcome, message, retryable)                                 \
    "{" INFRASTATE_FIXED_HEAD(code, outcome) ",\"reason\":null,\"reasons\":[],\"actions\":[],"     \
                                             "\"summary\":null,\"explanation\":null,\"resource\":" \
                                             "null,\"diff\":null,\"warnings\":[],"                 \
                                             "\"error\":" INFRASTATE_FIXED_ERROR(code, message,    \
                                                                                 retryable) "}"
#define INFRASTATE_FIXED_BATCH(code, outcome, message, retryable)                                  \
    "{\"results\":[]," INFRASTATE_FIXED_HEAD(code, outcome) ",\"warnings\":[],"                    \
                                                            "\"error\":" INFRASTATE_FIXED_ERROR(   \
                                                                code, message, retryable) "}"

#define INFRASTATE_NO_RESULT "this is no result of a call"
#define INFRASTATE_NOTHING_DONE "out of memory; nothing was done"
#define INFRASTATE_SOME_FAILED                                                                     \
    "some of the requests failed, and there was no memory to say how many; results says which"
#define INFRASTATE_NOBODY_KNOWS                                                                    \
    "out of memory; it is unknown whether the server was changed; the next run finds out"

constexpr std::string_view nothing_done =
    INFRASTATE_FIXED_RESULT("NO_MEMORY", "none", INFRASTATE_NOTHING_DONE, "true");
constexpr std::string_view nobody_knows =
    INFRASTATE_FIXED_RESULT("NO_MEMORY", "unknown", INFRASTATE_NOBODY_KNOWS, "true");
constexpr std::string_view batch_not_done =
    INFRASTATE_FIXED_BATCH("NO_MEMORY", "none", INFRASTATE_NOTHING_DONE, "true");
constexpr std::string_view batch_unknown =
    INFRASTATE_FIXED_BATCH("NO_MEMORY", "unknown", INFRASTATE_NOBODY_KNOWS, "true");
static_assert(nobody_knows.size() + 1 < fixed_room && nothing_done.size() + 1 < fixed_room);
constexpr std::string_view no_result =
    INFRASTATE_FIXED_RESULT("ARGUMENT", "none", INFRASTATE_NO_RESULT, "false");
// Part of the end of a batch result; its outcome, `changed` and `retryable` are added.
constexpr std::string_view some_failed =
    "\"error\":{\"code\":\"PARTIAL\",\"detail\":null,\"message\":\"" INFRASTATE_SOME_FAILED
    "\",\"field\":null,"
    "\"http_status\":null,\"retryable\":";
static_assert(some_failed.size() + 128 < fixed_room);

/// The result is never destroyed: a host may hold it while the process ends.
infrastate_result& fixed_result(void* where, const FixedResult& fixed, std::int32_t code) noexcept {
    auto* made = new (where) infrastate_result();
    made->code = code;
    made->fixed = fixed;
    return *made;
}

infrastate_result& without_memory(void* where, std::string_view json, Effect effect) noexcept {
    const bool none = effect == Effect::none;
    return fixed_result(where,
                        {json, "NO_MEMORY", outcome_name(effect).data(),
                         none ? INFRASTATE_NOTHING_DONE : INFRASTATE_NOBODY_KNOWS, false, true},
                        INFRASTATE_NO_MEMORY);
}

struct Place {
    alignas(infrastate_result) unsigned char bytes[sizeof(infrastate_result)];
};

std::int32_t code_number(const Value& result) noexcept {
    const auto name = result.text("code");
    for (std::int32_t number = INFRASTATE_OK; number <= INFRASTATE_UNSUPPORTED; ++number)
        if (code_name(static_cast<Code>(number)) == name) return number;
    return INFRASTATE_INTERNAL;
}

Effect outcome_of(const Value& result) noexcept {
    return outcome_named(result.text("outcome"));
}

Effect worse(Effect a, Effect b) noexcept {
    if (a == Effect::unknown || b == Effect::unknown) return Effect::unknown;
    return a == Effect::changed || b == Effect::changed ? Effect::changed : Effect::none;
}

/// Shortens the text and overwrites what it cuts off: forget() overwrites only up to the end of the
/// text.
void cut_back(std::string& text, std::size_t size) noexcept {
    wipe(text.data() + size, text.size() - size);
    text.resize(size);
}

void ensure_room(std::string& text, std::size_t wanted) {
    if (text.capacity() - text.size() >= wanted) return;
    std::string larger;
    larger.reserve(2 * text.size() + wanted);
    larger += text;
    wipe(text);
    text.swap(larger);
}

} // namespace

infrastate_result* no_memory_result(Effect effect, Shape shape) noexcept {
    static Place at[4];
    static infrastate_result* const made[] = {
        &without_memory(at[0].bytes, nothing_done, Effect::none),
        &without_memory(at[1].bytes, nobody_knows, Effect::unknown),
        &without_memory(at[2].bytes, batch_not_done, Effect::none),
        &without_memory(at[3].bytes, batch_unknown, Effect::unknown),
    };
    return made[(shape == Shape::batch ? 2 : 0) + (effect == Effect::none ? 0 : 1)];
}

const infrastate_result* missing_result() noexcept {
    static Place at;
    static infrastate_result& missing = fixed_result(
        at.bytes, {no_result, "ARGUMENT", "none", INFRASTATE_NO_RESULT}, INFRASTATE_ARGUMENT);
    return &missing;
}

Value refused_batch(const Error& error) {
    Value of_one = engine::failure(error, {}, engine::Operation::plan);
    Value out = Value::object({{"results", Value::array()}});
    for (const char* name : {"ok", "code", "outcome", "changed", "warnings", "error"})
        out.set(name, std::move(*of_one.find(name)));
    return out;
}

void forget(infrastate_result& result) noexcept {
    cut_back(result.text, 0);
    result.value = Value();
}

void put(infrastate_result& into, Value&& result) {
    json::write_to(into.text, result);
    into.code = code_number(result);
    into.value = std::move(result);
}

void log_result(const engine::Log& log, const Value& result) {
    using engine::LogLevel;
    if (!log.write) return;
    if (const Value* warnings = result.find("warnings"); warnings != nullptr)
        for (const Value& warning : warnings->items())
            log(LogLevel::warning, warning.string());
    if (const Value* error = result.find("error"); error != nullptr && error->is_object())
        log(LogLevel::error, error->text("message"));
    else if (const auto done = result.text("explanation"); !done.empty())
        log(LogLevel::info, done);
}

void SingleResult::make_room() {
    ensure_room(into_.text, room);
}

void SingleResult::take(Value&& result) {
    result_ = std::move(result);
    effect_ = outcome_of(result_);
}

void SingleResult::no_memory(Effect effect) noexcept {
    effect_ = effect;
}

bool SingleResult::finish(const std::vector<std::string>& warnings) {
    if (result_.is_null()) return false;
    Value* list = result_.find("warnings");
    try {
        for (const std::string& text : warnings)
            list->push(text);
    } catch (const std::bad_alloc&) { // the result matters more than its warnings
    }
    put(into_, std::move(result_));
    log_result(log_, into_.value);
    return true;
}

BatchResult::BatchResult(infrastate_result& into, const std::vector<Item>& items,
                         engine::Operation mode, const engine::Log& log, Effect& effect)
    : into_(into), items_(items), mode_(mode), log_(log), outcome_(effect) {
    make_space();
    first_message_.reserve(1024);
    into_.text += "{\"results\":[";
}

void BatchResult::separate() noexcept {
    if (done_++ > 0) into_.text += ',';
}

/// Makes space for one result, and for telling of all others that there was no memory.
void BatchResult::make_space() {
    ensure_room(into_.text, 2 * room + (items_.size() - done_) * fixed_room);
}

void BatchResult::make_room() {
    put_refused();
    make_space();
}

void BatchResult::write(const Value& result) {
    const std::size_t before = into_.text.size();
    const std::size_t done = done_;
    separate();
    try {
        json::write_to(into_.text, result);
        // Space for the end, and for telling of the other requests that there was no memory.
        ensure_room(into_.text, (items_.size() - done_ + 1) * fixed_room);
    } catch (...) {
        cut_back(into_.text, before);
        done_ = done;
        throw;
    }
    changed_ = changed_ || result.flag("changed");
    outcome_ = worse(outcome_, outcome_of(result));
    if (!result.flag("ok")) {
        const Value* error = result.find("error");
        all_retryable_ = all_retryable_ && error != nullptr && error->flag("retryable");
        if (failed_++ == 0) {
            first_failed_ = done;
            if (error != nullptr)
                first_message_ = error->text("message").substr(0, first_message_.capacity());
        }
    }
    log_result(log_, result);
}

void BatchResult::put_refused() {
    while (done_ < items_.size() && items_[done_].error) {
        make_space();
        write(engine::failure(*items_[done_].error, items_[done_].request.resource, mode_));
    }
}

void BatchResult::take(Value&& result) {
    const Value mine = std::move(result);
    write(mine);
}

void BatchResult::no_memory(Effect effect) noexcept {
    // This fits: make_space() has reserved it.
    while (done_ < items_.size()) {
        // Refused requests before that one may have no result yet, if memory was short for that,
        // too.
        const bool refused = items_[done_].error.has_value();
        if (failed_++ == 0) first_failed_ = done_;
        separate();
        into_.text += refused || effect == Effect::none ? nothing_done : nobody_knows;
        if (!refused) break;
    }
    outcome_ = worse(outcome_, effect);
}

void BatchResult::fail_rest(const Error& error) {
    for (put_refused(); done_ < items_.size(); put_refused()) {
        make_space();
        write(engine::failure(error, items_[done_].request.resource, mode_));
    }
}

void BatchResult::finish_without_memory() noexcept {
    const bool ok = failed_ == 0;
    into_.text += "],\"ok\":";
    into_.text += ok ? "true" : "false";
    into_.text += ",\"code\":\"";
    into_.text += code_name(static_cast<Code>(into_.code));
    into_.text += "\",\"outcome\":\"";
    into_.text += outcome_name(outcome_);
    into_.text += "\",\"changed\":";
    into_.text += changed_ ? "true" : "false";
    into_.text += ",\"warnings\":[]";
    if (!ok) {
        into_.text += ',';
        into_.text += some_failed;
        into_.text += all_retryable_ ? "true}" : "false}";
    }
    into_.text += '}';
    into_.fixed = {{},
                   code_name(static_cast<Code>(into_.code)).data(),
                   outcome_name(outcome_).data(),
                   ok ? nullptr : INFRASTATE_SOME_FAILED,
                   changed_,
                   all_retryable_};
}

void BatchResult::finish(const std::vector<std::string>& warnings) noexcept {
    try {
        put_refused();
    } catch (const std::bad_alloc&) { // the next lines report it
    }
    while (done_ < items_.size())
        no_memory(Effect::none);
    const bool ok = failed_ == 0;
    into_.code = ok ? INFRASTATE_OK : INFRASTATE_PARTIAL;
    const std::size_t before = into_.text.size();
    try {
        Value head = Value::object({{"ok", ok},
                                    {"code", code_name(static_cast<Code>(into_.code))},
                                    {"outcome", outcome_name(outcome_)},
                                    {"changed", changed_}});
        Value list = Value::array();
        for (const std::string& text : warnings)
            list.push(text);
        head.set("warnings", std::move(list));
        if (!ok) {
            const std::string where = "requests[" + std::to_string(first_failed_) + "]";
            head.set("error", Value::object({{"code", code_name(Code::partial)},
                                             {"detail", nullptr},
                                             {"message", std::to_string(failed_) + " of " +
                                                             std::to_string(done_) +
                                                             " requests failed; the first is " +
                                                             where + ": " + first_message_},
                                             {"field", where},
                                             {"http_status", nullptr},
                                             {"retryable", all_retryable_}}));
        }
        std::string text = json::write(head);
        text[0] = ','; // replaces the opening brace
        ensure_room(into_.text, text.size() + 2);
        into_.text += "]";
        into_.text += text;
        into_.value = std::move(head);
    } catch (const std::bad_alloc&) {
        cut_back(into_.text, before);
        finish_without_memory();
    }
}

} // namespace infrastate::abi
