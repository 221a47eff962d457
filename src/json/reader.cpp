// SPDX-License-Identifier: Apache-2.0
#include "scanner.h"

#include "infrastate/json/json.h"
#include "infrastate/types/secret.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Handler.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <numeric>
#include <optional>

namespace infrastate::json {
namespace {

/// Takes Poco's events and puts the Value together. Numbers come from the scan, since Poco clamps
/// large ones and reads "1E2" by its own rules.
class Builder final : public Poco::JSON::Handler {
public:
    explicit Builder(const Scan& scan) : scan_(scan) {}

    void reset() override {}
    void startObject() override { open_.push_back({Value::object(), {}}); }
    void endObject() override {
        Open done = std::move(open_.back());
        open_.pop_back();
        check_names(done);
        place(std::move(done.value));
    }
    void startArray() override { open_.push_back({Value::array(), {}}); }
    void endArray() override {
        Value done = std::move(open_.back().value);
        open_.pop_back();
        place(std::move(done));
    }
    void key(const std::string& name) override {
        open_.back().pending = name;
        open_.back().name_offsets.push_back(scan_.name_offsets.at(names_++));
    }
    void null() override { place(Value()); }
    void value(bool v) override { place(Value(v)); }
    void value(const std::string& v) override { place(Value(v)); }
    void value(int) override { number(); }
    void value(unsigned) override { number(); }
    void value(Poco::Int64) override { number(); }
    void value(Poco::UInt64) override { number(); }
    void value(double) override { number(); }

    std::optional<Value>& result() noexcept { return result_; }
    std::optional<std::size_t> duplicate() const noexcept { return duplicate_; }

private:
    struct Open {
        Value value;
        std::vector<std::size_t> name_offsets;
        std::string pending{};
    };

    void number() {
        std::visit([this](auto n) { place(Value(n)); }, scan_.numbers.at(numbers_++));
    }

    void place(Value value) {
        if (open_.empty()) {
            result_.emplace(std::move(value));
        } else if (open_.back().value.is_array()) {
            open_.back().value.push(std::move(value));
        } else {
            open_.back().value.append(std::move(open_.back().pending), std::move(value));
        }
    }

    /// Sorted rather than compared pair by pair: an object of a million names stays cheap.
    void check_names(const Open& object) {
        const auto& members = object.value.members();
        std::vector<std::size_t> order(members.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            const int way = members[a].first.compare(members[b].first);
            return way != 0 ? way < 0 : a < b;
        });
        for (std::size_t i = 1; i < order.size(); ++i)
            if (members[order[i - 1]].first == members[order[i]].first) {
                const std::size_t offset = object.name_offsets[order[i]];
                duplicate_ = std::min(duplicate_.value_or(offset), offset);
            }
    }

    const Scan& scan_;
    std::vector<Open> open_;
    std::size_t names_ = 0;
    std::size_t numbers_ = 0;
    std::optional<Value> result_;
    std::optional<std::size_t> duplicate_;
};

/// The copy that Poco wants, wiped when it goes.
struct WipedCopy {
    explicit WipedCopy(std::string_view from) : text(from) {}
    ~WipedCopy() { wipe(text); }
    WipedCopy(const WipedCopy&) = delete;
    WipedCopy& operator=(const WipedCopy&) = delete;
    std::string text;
};

} // namespace

Result<Value> read(std::string_view text, const Limits& limits) {
    Result<Scan> checked = scan(text, limits);
    if (!checked) return std::move(checked).error();

    Poco::SharedPtr<Builder> builder = new Builder(*checked);
    const WipedCopy copy(text);
    // Whatever Poco refuses beyond the scan: its words may quote the text, so they are not shown.
    const Error disagreement{
        Code::argument, "not valid JSON: the parser refuses it", {}, "json_syntax"};
    try {
        Poco::JSON::Parser parser{Poco::JSON::Handler::Ptr(builder)};
        parser.setDepth(limits.max_depth + 1);
        parser.parse(copy.text);
    } catch (const Poco::Exception&) {
        return disagreement;
    } catch (const std::out_of_range&) {
        return disagreement;
    }
    if (builder->duplicate())
        return error_at(text, *builder->duplicate(), "json_duplicate",
                        "a name that the object already has");
    if (!builder->result()) return disagreement;
    return std::move(*builder->result());
}

} // namespace infrastate::json
