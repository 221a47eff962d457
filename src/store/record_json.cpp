// SPDX-License-Identifier: Apache-2.0
#include "record_json.h"

#include "digest.h"

#include "infrastate/json/json.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace infrastate::store {
namespace {

constexpr std::string_view record_format = "infrastate record";
constexpr std::string_view intents_format = "infrastate intents";
constexpr std::string_view version_written = "1.0";
constexpr int major_understood = 1;

// ---------------------------------------------------------------- writing

void set_some(Value& object, std::string_view name, const std::optional<std::string>& text) {
    if (text) object.set(name, *text);
}

Value asked_value(const AskedFor& asked) {
    Value out = Value::object();
    if (asked.expires_in) out.set("expires_in", asked.expires_in->text());
    if (asked.expires_at) out.set("expires_at", asked.expires_at->text());
    out.set("inactivity_timeout", asked.inactivity_timeout.text());
    return out;
}

Value predecessors_value(const std::vector<Predecessor>& predecessors) {
    Value out = Value::array();
    for (const Predecessor& one : predecessors)
        out.push(Value::object({{"id", one.id.text()}, {"user", one.user}, {"name", one.name}}));
    return out;
}

Value intent_value(const Intent& intent) {
    Value out = Value::object({{"host", intent.host},
                               {"user", intent.user},
                               {"user_id", intent.user_id},
                               {"name", intent.name},
                               {"key_name", intent.key_name},
                               {"asked", asked_value(intent.asked)},
                               {"sent_expiry", intent.sent_expiry.text()},
                               {"sent_inactivity_timeout", intent.sent_inactivity_timeout.text()},
                               {"recognisable", intent.recognisable},
                               {"started", intent.started.text()},
                               {"until", intent.until.text()}});
    Value& seen = out.set("seen", Value::array());
    for (const ServerId& id : intent.seen)
        seen.push(id.text());
    out.set("predecessors", predecessors_value(intent.predecessors));
    set_some(out, "keepers", intent.keepers);
    if (intent.answered) out.set("answered", intent.answered->text());
    return out;
}

// ---------------------------------------------------------------- reading

/// Takes members of one object; remembers the first that is missing or wrong, and goes on.
class Members {
public:
    Members(const Value& object, std::string& problem) : object_(object), problem_(problem) {}

    void text(std::string_view name, std::string& out) {
        if (const Value* found = need(name, Value::Kind::string)) out = found->string();
    }
    void text(std::string_view name, std::optional<std::string>& out) {
        if (const Value* found = have(name, Value::Kind::string)) out = found->string();
    }
    void boolean(std::string_view name, bool& out) {
        if (const Value* found = need(name, Value::Kind::boolean)) out = found->boolean();
    }
    /// A value with a parse() of its own: Duration, Timestamp, ServerId.
    template <class T>
    std::optional<T> parsed(std::string_view name) {
        const Value* found = have(name, Value::Kind::string);
        if (found == nullptr) return {};
        return parse<T>(*found, name);
    }
    template <class T>
    std::optional<T> needed(std::string_view name) {
        const Value* found = need(name, Value::Kind::string);
        if (found == nullptr) return {};
        return parse<T>(*found, name);
    }
    const Value* object(std::string_view name) { return have(name, Value::Kind::object); }
    const Value* needed_object(std::string_view name) { return need(name, Value::Kind::object); }
    void each(std::string_view name, const std::function<void(const Value&)>& take) {
        if (const Value* found = need(name, Value::Kind::array))
            for (const Value& item : found->items())
                take(item);
    }
    void wrong(std::string_view name) {
        if (problem_.empty()) problem_ = "has no valid \"" + std::string(name) + "\"";
    }

private:
    const Value* have(std::string_view name, Value::Kind kind) {
        const Value* found = object_.find(name);
        if (found != nullptr && found->kind() != kind) {
            wrong(name);
            return nullptr;
        }
        return found;
    }
    const Value* need(std::string_view name, Value::Kind kind) {
        const Value* found = have(name, kind);
        if (found == nullptr) wrong(name);
        return found;
    }
    template <class T>
    std::optional<T> parse(const Value& value, std::string_view name) {
        auto read = T::parse(value.string());
        if (read) return std::move(read).value();
        wrong(name);
        return {};
    }
    const Value& object_;
    std::string& problem_;
};

std::optional<AskedFor> read_asked(const Value& object, std::string& problem) {
    Members members(object, problem);
    const auto inactivity = members.needed<Duration>("inactivity_timeout");
    const auto expires_in = members.parsed<Duration>("expires_in");
    const auto expires_at = members.parsed<Timestamp>("expires_at");
    if (expires_in && expires_at) members.wrong("expires_at");
    if (!inactivity) return {};
    return AskedFor{expires_in, expires_at, *inactivity};
}

std::vector<Predecessor> read_predecessors(Members& members, std::string& problem) {
    std::vector<Predecessor> out;
    members.each("predecessors", [&](const Value& item) {
        if (!item.is_object()) return members.wrong("predecessors");
        Members inner(item, problem);
        std::string user, name;
        inner.text("user", user);
        inner.text("name", name);
        if (auto id = inner.needed<ServerId>("id"))
            out.push_back(Predecessor{std::move(*id), std::move(user), std::move(name)});
    });
    return out;
}

std::optional<Record> record_of(const Value& object, std::string& problem) {
    Members members(object, problem);
    auto id = members.needed<ServerId>("id");
    const auto created = members.needed<Timestamp>("created");
    if (!id || !created) return {};
    Record out{{}, {}, {}, {}, {}, std::move(*id), *created, {}, {}, {}, {}, {}};
    members.text("host", out.host);
    members.text("user", out.user);
    members.text("user_id", out.user_id);
    members.text("name", out.name);
    members.text("key_name", out.key_name);
    if (const Value* asked = members.object("asked")) out.asked = read_asked(*asked, problem);
    members.text("keepers", out.keepers);
    members.text("secret_digest", out.secret_digest);
    if (!is_digest(out.secret_digest)) members.wrong("secret_digest");
    out.tried = members.parsed<Timestamp>("tried");
    out.predecessors = read_predecessors(members, problem);
    if (!problem.empty()) return {};
    return out;
}

std::optional<Intent> intent_of(const Value& object, std::string& problem) {
    Members members(object, problem);
    const Value* asked_object = members.needed_object("asked");
    const auto asked =
        asked_object == nullptr ? std::optional<AskedFor>() : read_asked(*asked_object, problem);
    const auto sent_expiry = members.needed<Duration>("sent_expiry");
    const auto sent_inactivity = members.needed<Duration>("sent_inactivity_timeout");
    const auto started = members.needed<Timestamp>("started");
    const auto until = members.needed<Timestamp>("until");
    if (!asked || !sent_expiry || !sent_inactivity || !started || !until) return {};
    Intent out{{},       {},     {}, {}, {}, *asked, *sent_expiry, *sent_inactivity, false,
               *started, *until, {}, {}, {}, {}};
    members.text("host", out.host);
    members.text("user", out.user);
    members.text("user_id", out.user_id);
    members.text("name", out.name);
    members.text("key_name", out.key_name);
    members.boolean("recognisable", out.recognisable);
    members.each("seen", [&](const Value& item) {
        auto id = item.is_string() ? ServerId::parse(item.string())
                                   : Result<ServerId>(argument_error("", ""));
        if (!id) return members.wrong("seen");
        out.seen.insert(std::move(id).value());
    });
    out.predecessors = read_predecessors(members, problem);
    members.text("keepers", out.keepers);
    out.answered = members.parsed<ServerId>("answered");
    if (!problem.empty()) return {};
    return out;
}

/// "1.0" -> 1; nothing where it is no version.
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

/// JSON, an object, of the right format and a version that is understood.
Opened open_text(std::string_view text, std::string_view format, std::size_t max_bytes) {
    Opened out;
    json::Limits limits;
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
    Value out = Value::object({{"format", record_format},
                               {"version", version_written},
                               {"host", record.host},
                               {"user", record.user},
                               {"user_id", record.user_id},
                               {"name", record.name},
                               {"key_name", record.key_name},
                               {"id", record.id.text()},
                               {"created", record.created.text()}});
    if (record.asked) out.set("asked", asked_value(*record.asked));
    set_some(out, "keepers", record.keepers);
    out.set("secret_digest", record.secret_digest);
    if (record.tried) out.set("tried", record.tried->text());
    out.set("predecessors", predecessors_value(record.predecessors));
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
    if (out.problem.empty()) out.record = record_of(opened.content, out.problem);
    return out;
}

ReadIntents read_intents(std::string_view text) {
    auto opened = open_text(text, intents_format, max_intents_bytes);
    ReadIntents out{{}, std::move(opened.problem), opened.newer};
    if (!out.problem.empty()) return out;
    Members(opened.content, out.problem).each("intents", [&](const Value& item) {
        std::string problem;
        if (auto intent = intent_of(item, problem))
            out.intents.push_back(std::move(*intent));
        else if (out.problem.empty())
            out.problem = "holds an entry that " + problem;
    });
    return out;
}

} // namespace infrastate::store
