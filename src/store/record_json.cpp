// SPDX-License-Identifier: Apache-2.0
#include "record_json.h"

#include "digest.h"

#include "infrastate/json/json.h"
#include "infrastate/types/ascii.h"
#include "infrastate/types/origin.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace infrastate::store {
namespace {

constexpr std::string_view record_format = "infrastate record";
constexpr std::string_view intents_format = "infrastate intents";
// The version that is written. 1.1 added `machine`, `former_names` and `quiet_runs_due` to 1.0. A
// change that an older program would misread needs a new major version. A change that it may ignore
// needs a new minor version.
constexpr std::string_view version_written = "1.1";
// The major version that is read, with every minor version, older and newer.
constexpr int major_understood = 1;

// ---------------------------------------------------------------- writing

void set_some(Value& object, std::string_view name, const std::optional<std::string>& text) {
    if (text) object.set(name, *text);
}

/// Leaves out a text that is not known.
void set_known(Value& object, std::string_view name, const std::string& text) {
    if (!text.empty()) object.set(name, text);
}

Value asked_value(const AskedFor& asked) {
    Value out = Value::object();
    if (asked.expires_in) out.set("expires_in", asked.expires_in->text());
    if (asked.expires_at) out.set("expires_at", asked.expires_at->text());
    if (asked.inactivity_timeout) out.set("inactivity_timeout", asked.inactivity_timeout->text());
    return out;
}

Value predecessors_value(const std::vector<Predecessor>& predecessors) {
    Value out = Value::array();
    for (const Predecessor& one : predecessors) {
        Value& entry = out.push(Value::object({{"id", one.id.text()}}));
        set_known(entry, "user", one.user);
        set_known(entry, "name", one.name);
    }
    return out;
}

Value intent_value(const Intent& intent) {
    Value out = Value::object();
    set_known(out, "host", intent.host);
    set_known(out, "user", intent.user);
    set_known(out, "user_id", intent.user_id);
    set_known(out, "name", intent.name);
    set_known(out, "key_name", intent.key_name);
    if (intent.asked) out.set("asked", asked_value(*intent.asked));
    out.set("sent_expiry", intent.sent_expiry.text());
    out.set("sent_inactivity_timeout", intent.sent_inactivity_timeout.text());
    out.set("recognisable", intent.recognisable);
    out.set("started", intent.started.text());
    out.set("until", intent.until.text());
    Value& seen = out.set("seen", Value::array());
    for (const ServerId& id : intent.seen)
        seen.push(id.text());
    out.set("predecessors", predecessors_value(intent.predecessors));
    set_some(out, "keepers", intent.keepers);
    if (intent.answered) out.set("answered", intent.answered->text());
    set_known(out, "machine", intent.machine);
    return out;
}

// ---------------------------------------------------------------- reading

/// The members that are missing or wrong, each listed once.
class Damage {
public:
    void add(std::string name) {
        if (std::find(names_.begin(), names_.end(), name) == names_.end())
            names_.push_back(std::move(name));
    }
    bool any() const noexcept { return !names_.empty(); }
    /// Half a sentence to follow the file's name.
    std::string text() const {
        std::string out;
        for (const std::string& name : names_)
            out += (out.empty() ? "has no valid \"" : ", \"") + name + "\"";
        return out;
    }

private:
    std::vector<std::string> names_;
};

enum class Presence { needed, optional };
constexpr Presence needed = Presence::needed, optional = Presence::optional;

/// Reads members of one object. A wrong member is noted and counts as missing.
class Members {
public:
    Members(const Value& object, Damage& damage, std::string within = {})
        : object_(object), damage_(damage), within_(std::move(within)) {}

    /// Empty if there is no member that `fits`.
    std::string text(std::string_view name, Presence presence,
                     bool (*fits)(std::string_view) noexcept) {
        const Value* found = have(name, presence, Value::Kind::string);
        if (found == nullptr) return {};
        if (fits(found->string())) return found->string();
        wrong(name);
        return {};
    }
    std::optional<bool> boolean(std::string_view name) {
        const Value* found = have(name, needed, Value::Kind::boolean);
        return found == nullptr ? std::nullopt : std::optional(found->boolean());
    }
    /// For types with a parse(): Duration, Timestamp, ServerId.
    template <class T>
    std::optional<T> parsed(std::string_view name, Presence presence) {
        const Value* found = have(name, presence, Value::Kind::string);
        if (found == nullptr) return {};
        auto read = T::parse(found->string());
        if (read) return std::move(read).value();
        wrong(name);
        return {};
    }
    const Value* object(std::string_view name, Presence presence) {
        return have(name, presence, Value::Kind::object);
    }
    /// Returns false if the list or an item of it is wrong.
    bool each(std::string_view name, const std::function<bool(const Value&)>& take) {
        const Value* found = have(name, needed, Value::Kind::array);
        if (found == nullptr) return false;
        bool good = true;
        for (const Value& item : found->items())
            good = take(item) && good;
        if (!good) wrong(name);
        return good;
    }
    bool has(std::string_view name) const { return object_.find(name) != nullptr; }
    void wrong(std::string_view name) { damage_.add(within_ + std::string(name)); }

private:
    const Value* have(std::string_view name, Presence presence, Value::Kind kind) {
        const Value* found = object_.find(name);
        if (found != nullptr && found->kind() == kind) return found;
        if (found != nullptr || presence == needed) wrong(name);
        return nullptr;
    }

    const Value& object_;
    Damage& damage_;
    std::string within_;
};

// The form of texts. These rules accept every text that may have to be written.
bool is_origin(std::string_view text) noexcept {
    return canonical_origin(text).has_value();
}
bool is_id(std::string_view text) noexcept {
    return ServerId::parse(text).ok();
}
bool is_key_name(std::string_view text) noexcept {
    return KeyName::parse(text).ok();
}
/// The names of users, and of keys that others made.
bool is_name(std::string_view text) noexcept {
    constexpr std::size_t longest = 1024;
    return !text.empty() && text.size() <= longest &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_small_number(std::string_view text) noexcept {
    return text.size() == 1 && is_digit(text.front());
}

std::optional<AskedFor> read_asked(const Value& object, Damage& damage) {
    Members members(object, damage, "asked.");
    AskedFor out{.expires_in = members.parsed<Duration>("expires_in", optional),
                 .expires_at = members.parsed<Timestamp>("expires_at", optional),
                 .inactivity_timeout = members.parsed<Duration>("inactivity_timeout", needed)};
    if (out.expires_in && out.expires_at) { // one of the two was never written
        members.wrong("expires_at");
        out.expires_in.reset();
        out.expires_at.reset();
    }
    if (out == AskedFor{}) return {};
    return out;
}

/// An entry that names no key is left out; the others stay.
std::vector<Predecessor> read_predecessors(Members& members, Damage& damage) {
    std::vector<Predecessor> out;
    members.each("predecessors", [&](const Value& item) {
        if (!item.is_object()) return false;
        Members inner(item, damage, "predecessors.");
        auto id = inner.parsed<ServerId>("id", needed);
        std::string user = inner.text("user", needed, is_name);
        std::string name = inner.text("name", needed, is_name);
        if (id) out.push_back({std::move(*id), std::move(user), std::move(name)});
        return true;
    });
    return out;
}

std::vector<FormerName> read_former(Members& members, Damage& damage) {
    std::vector<FormerName> out;
    if (!members.has("former_names")) return out; // before 1.1
    members.each("former_names", [&](const Value& item) {
        if (!item.is_object()) return false;
        Members inner(item, damage, "former_names.");
        FormerName one{inner.text("name", needed, is_key_name),
                       inner.text("user", needed, is_name)};
        if (!one.name.empty() && !one.user.empty()) out.push_back(std::move(one));
        return true;
    });
    return out;
}

/// A missing or damaged member counts as settled (0).
int read_quiet_runs(Members& members) {
    const std::string text = members.text("quiet_runs_due", optional, is_small_number);
    return text.empty() ? 0 : text.front() - '0';
}

std::optional<Record> record_of(const Value& object, Damage& damage) {
    Members members(object, damage);
    auto id = members.parsed<ServerId>("id", needed);
    std::string host = members.text("host", needed, is_origin);
    const std::optional<Timestamp> created = members.parsed<Timestamp>("created", needed);
    // Without id and host the record names no key.
    if (!id || host.empty()) return {};
    Record out{.host = std::move(host),
               .user = members.text("user", needed, is_name),
               .user_id = members.text("user_id", needed, is_id),
               .name = members.text("name", needed, is_key_name),
               .key_name = members.text("key_name", needed, is_name),
               .id = std::move(*id),
               .created = created,
               .secret_digest = members.text("secret_digest", needed, is_digest)};
    if (out.name.empty() && is_key_name(managed_name(out.key_name)))
        out.name = managed_name(out.key_name);
    if (const Value* asked = members.object("asked", optional))
        out.asked = read_asked(*asked, damage);
    if (auto keepers = members.text("keepers", optional, is_digest); !keepers.empty())
        out.keepers = std::move(keepers);
    out.tried = members.parsed<Timestamp>("tried", optional);
    // Without this time every use by this software would look like somebody else's use.
    if (!out.tried && members.has("tried")) out.tried = unknown_time();
    out.predecessors = read_predecessors(members, damage);
    out.machine = members.text("machine", optional, is_digest);
    out.replaced_digest = members.text("replaced_digest", optional, is_digest);
    out.former = read_former(members, damage);
    out.quiet_runs_due = read_quiet_runs(members);
    return out;
}

std::set<ServerId> read_seen(Members& members, bool& whole) {
    std::set<ServerId> out;
    whole = members.each("seen", [&](const Value& item) {
        auto id = item.is_string() ? ServerId::parse(item.string())
                                   : Result<ServerId>(argument_error("", ""));
        if (id) out.insert(std::move(id).value());
        return id.ok();
    });
    return out;
}

/// Empty if no row can be recognized by the entry.
std::optional<Intent> intent_of(const Value& object, Damage& damage) {
    Members members(object, damage);
    const Value* asked = members.object("asked", needed);
    const auto expiry = members.parsed<Duration>("sent_expiry", needed);
    const auto inactivity = members.parsed<Duration>("sent_inactivity_timeout", needed);
    const auto started = members.parsed<Timestamp>("started", needed);
    const auto until = members.parsed<Timestamp>("until", needed);
    const Duration unknown_span = Duration::from_seconds(1);
    Intent out{.host = members.text("host", needed, is_origin),
               .user = members.text("user", needed, is_name),
               .user_id = members.text("user_id", needed, is_id),
               .name = members.text("name", needed, is_key_name),
               .key_name = members.text("key_name", needed, is_name),
               .asked = asked == nullptr ? std::nullopt : read_asked(*asked, damage),
               .sent_expiry = expiry.value_or(unknown_span),
               .sent_inactivity_timeout = inactivity.value_or(unknown_span),
               .recognisable = members.boolean("recognisable").value_or(false),
               .started = started.value_or(Timestamp::from_unix(0)),
               .until = until.value_or(unknown_time())};
    bool seen_is_whole = false;
    out.seen = read_seen(members, seen_is_whole);
    out.predecessors = read_predecessors(members, damage);
    if (auto keepers = members.text("keepers", optional, is_digest); !keepers.empty())
        out.keepers = std::move(keepers);
    out.answered = members.parsed<ServerId>("answered", optional);
    out.machine = members.text("machine", optional, is_digest);
    // The server shows the name that was sent, so the key's own name tells the managed name.
    const std::string managed = managed_name(out.key_name);
    if (!out.key_name.empty() && out.name != managed) {
        if (!out.name.empty()) members.wrong("name");
        out.name = is_key_name(managed) ? managed : std::string();
    }
    // A rotation's name is random, so it is enough by itself. An exact name also needs the time.
    const bool rotation = managed != out.key_name;
    const bool certain =
        expiry && inactivity && !out.key_name.empty() && (rotation || (started && seen_is_whole));
    out.recognisable = out.recognisable && certain;
    const bool describes_a_row =
        !out.key_name.empty() && !(out.user.empty() && out.user_id.empty());
    if (!out.answered && !describes_a_row) return {};
    return out;
}

/// "1.0" gives 1. Empty if the text is not a version.
std::optional<int> major_of(const Value& file) {
    const Value* version = file.find("version");
    if (version == nullptr || !version->is_string()) return {};
    const std::string& text = version->string();
    const std::size_t dot = text.find('.');
    if (dot == std::string::npos) return {};
    int major = 0;
    int minor = 0;
    const auto number = [](std::string_view digits, int& out) {
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out);
        return read.ec == std::errc() && read.ptr == digits.data() + digits.size() && out >= 0;
    };
    const std::string_view view(text);
    if (!number(view.substr(0, dot), major) || !number(view.substr(dot + 1), minor)) return {};
    return major;
}

struct Opened {
    Value content{};
    std::string problem{};
    bool newer = false;
};

/// Reads JSON that is an object of the right format and of a version that is understood.
Opened open_text(std::string_view text, std::string_view format, std::size_t max_bytes) {
    Opened out;
    json::ReadLimits limits;
    limits.max_bytes = max_bytes;
    auto read = json::read(text, limits);
    if (!read) {
        out.problem = "is not valid: " + read.error().message;
        return out;
    }
    out.content = std::move(read).value();
    const Value* found = out.content.find("format");
    if (found == nullptr || !found->is_string() || found->string() != format) {
        out.problem = "does not say that it is an " + std::string(format);
        return out;
    }
    const auto major = major_of(out.content);
    if (!major) {
        out.problem = "has no valid \"version\"";
    } else if (*major != major_understood) {
        out.newer = *major > major_understood;
        out.problem = "has the version " + std::to_string(*major) +
                      ".x, and this program understands " + std::to_string(major_understood) + ".x";
    }
    return out;
}

} // namespace

std::string record_text(const Record& record) {
    Value out = Value::object({{"format", record_format}, {"version", version_written}});
    set_known(out, "host", record.host);
    set_known(out, "user", record.user);
    set_known(out, "user_id", record.user_id);
    set_known(out, "name", record.name);
    set_known(out, "key_name", record.key_name);
    out.set("id", record.id.text());
    if (record.created) out.set("created", record.created->text());
    if (record.asked) out.set("asked", asked_value(*record.asked));
    set_some(out, "keepers", record.keepers);
    set_known(out, "secret_digest", record.secret_digest);
    if (record.tried) out.set("tried", record.tried->text());
    out.set("predecessors", predecessors_value(record.predecessors));
    set_known(out, "machine", record.machine);
    set_known(out, "replaced_digest", record.replaced_digest);
    if (!record.former.empty()) {
        Value& names = out.set("former_names", Value::array());
        for (const FormerName& one : record.former)
            names.push(Value::object({{"name", one.name}, {"user", one.user}}));
    }
    if (record.quiet_runs_due > 0) out.set("quiet_runs_due", std::to_string(record.quiet_runs_due));
    return json::write_pretty(out) + "\n";
}

std::string intents_text(const std::vector<Intent>& intents) {
    Value list = Value::array();
    for (const Intent& intent : intents)
        list.push(intent_value(intent));
    return json::write(Value::object({{"format", intents_format},
                                      {"version", version_written},
                                      {"intents", std::move(list)}})) +
           "\n";
}

ReadRecord read_record(std::string_view text) {
    auto opened = open_text(text, record_format, max_record_bytes);
    ReadRecord out{{}, std::move(opened.problem)};
    if (!out.problem.empty()) return out;
    Damage damage;
    out.record = record_of(opened.content, damage);
    out.problem = damage.text();
    return out;
}

ReadIntents read_intents(std::string_view text) {
    auto opened = open_text(text, intents_format, max_intents_bytes);
    ReadIntents out{{}, std::move(opened.problem), opened.newer};
    out.complete = out.problem.empty();
    if (!out.complete) return out;
    Damage list, entries;
    out.complete = Members(opened.content, list).each("intents", [&](const Value& item) {
        auto intent = intent_of(item, entries);
        if (intent) out.intents.push_back(std::move(*intent));
        return intent.has_value();
    });
    if (list.any()) out.problem = list.text();
    if (entries.any())
        out.problem +=
            (list.any() ? " and holds an entry that " : "holds an entry that ") + entries.text();
    return out;
}

} // namespace infrastate::store
