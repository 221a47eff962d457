// SPDX-License-Identifier: Apache-2.0
// Mutations of the answers of the server and of the machine's clock.
#include "mutation.h"

#include <utility>

namespace infrastate::explore {
namespace {

/// What a reader of at most 9 digits would see.
bool has_high_number(const std::string& name) {
    constexpr std::size_t most_digits = 9;
    const auto at = name.rfind(".rot-");
    if (at == std::string::npos) return false;
    const auto digits = name.find('-', at + 5) - (at + 5);
    return digits > most_digits || name.compare(at + 5, most_digits, "999999999") == 0;
}

class MutatedApi final : public test::ServerPorts {
public:
    MutatedApi(test::ServerPorts& inner, Mutation mutation, Managed managed)
        : inner_(inner), mutation_(mutation), managed_(std::move(managed)) {}
    Result<ports::KeyListing> list(const ports::KeyQuery& query) override {
        auto listing = inner_.list(query);
        if (!listing && listing.error().code == Code::permission &&
            mutation_ == Mutation::hidden_is_absent)
            return ports::KeyListing{{}, last_time_, true, 1, {}};
        if (!listing) return listing;
        last_time_ = listing->time;
        if (mutation_ == Mutation::user_id_unchecked) {
            // The caller asked by the user's id and takes this as the last answer.
            if (query.user_id && listing->rows.empty()) last_word_ = query.user_id;
        }
        if (mutation_ == Mutation::high_numbers_strange)
            std::erase_if(listing->rows,
                          [](const AccessKeyRow& row) { return has_high_number(row.name); });
        if (mutation_ == Mutation::uses_hidden)
            for (AccessKeyRow& row : listing->rows)
                row.last_used = row.created;
        if (listing && mutation_ == Mutation::time_always_exact) listing->time.exact = true;
        return listing;
    }
    Result<std::optional<UserRow>> find_user(const std::string& user) override {
        auto found = inner_.find_user(user);
        if (found && *found && last_word_) (*found)->id = *last_word_;
        return found;
    }
    Result<ServerVersion> version() override { return inner_.version(); }
    Result<ports::CreatedKey> create(const ports::NewKey& key) override {
        auto made = inner_.create(key);
        if (!made && made.error().code == Code::conflict &&
            mutation_ == Mutation::conflict_unclear) {
            made.error().code = Code::server;
            made.error().http_status = 502;
            made.error().effect = Effect::unknown;
        }
        if (made) return made;
        Error& error = made.error();
        if (error.http_status == 400 && mutation_ == Mutation::denial_is_conflict) {
            error.code = Code::conflict;
            error.http_status = 409;
        }
        const bool final = (error.http_status == 429 && mutation_ == Mutation::too_many_is_final) ||
                           (error.http_status == 503 && mutation_ == Mutation::busy_is_final);
        if (final) {
            error.code = Code::argument;
            error.http_status = 422;
            error.retryable = false;
            error.effect = Effect::none;
        }
        return made;
    }
    Result<ports::Removed> remove(const ServerId& id) override {
        auto removed = inner_.remove(id);
        if (!removed && removed.error().effect == Effect::unknown &&
            mutation_ == Mutation::unknown_is_deleted)
            return ports::Removed::now;
        return removed;
    }
    Result<ports::TryAnswer> try_secret(const Secret& secret) override {
        auto answer = inner_.try_secret(secret);
        using Verdict = ports::TryAnswer::Verdict;
        if (answer && answer->verdict == Verdict::uncertain &&
            mutation_ == Mutation::doubt_is_refusal)
            answer->verdict = Verdict::refused;
        if (answer && answer->verdict == Verdict::refused &&
            mutation_ == Mutation::every_401_is_proof)
            answer->expired = true;
        if (answer && answer->verdict == Verdict::accepted && !managed_(secret) &&
            mutation_ == Mutation::others_key_refused)
            return ports::TryAnswer{Verdict::refused};
        return answer;
    }
    bool may_start_change() const override { return inner_.may_start_change(); }
    void enter_completion() override { inner_.enter_completion(); }
    ports::Completion completion() const override {
        ports::Completion out = inner_.completion();
        if (mutation_ == Mutation::retry_after_unread) out.asked_ms = 0;
        return out;
    }
    void enter_cleanup() override { inner_.enter_cleanup(); }

private:
    test::ServerPorts& inner_;
    const Mutation mutation_;
    const Managed managed_;
    ServerTime last_time_{Timestamp::from_unix(1'800'000'000), true};
    std::optional<ServerId> last_word_{};
};

class MutatedHost final : public ports::Host {
public:
    MutatedHost(ports::Host& inner, Mutation mutation, Sleep sleep)
        : inner_(inner), mutation_(mutation), sleep_(std::move(sleep)) {}
    Result<void> pause(std::int64_t milliseconds) override {
        auto paused = inner_.pause(milliseconds);
        if (paused || paused.error().code != Code::deadline ||
            mutation_ != Mutation::heedless_pause)
            return paused;
        sleep_(milliseconds);
        return {};
    }
    std::uint32_t random() override { return inner_.random(); }
    std::int64_t seconds_left() override {
        constexpr std::int64_t hour = 3600;
        return mutation_ == Mutation::heedless_pause ? hour : inner_.seconds_left();
    }
    bool may_go_on() override { return inner_.may_go_on(); }

private:
    ports::Host& inner_;
    const Mutation mutation_;
    const Sleep sleep_;
};

} // namespace

std::unique_ptr<test::ServerPorts> mutated_api(test::ServerPorts& api, Mutation mutation,
                                               Managed managed) {
    return std::make_unique<MutatedApi>(api, mutation, std::move(managed));
}

std::unique_ptr<ports::Host> mutated_host(ports::Host& host, Mutation mutation, Sleep sleep) {
    return std::make_unique<MutatedHost>(host, mutation, std::move(sleep));
}

} // namespace infrastate::explore
