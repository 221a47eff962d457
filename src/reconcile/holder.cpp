// SPDX-License-Identifier: Apache-2.0
#include "holder.h"

#include <algorithm>
#include <utility>

namespace infrastate::reconcile {
namespace {

using plan::Copy;

/// The latest intent of that request. A repeated request may have the same values in all these
/// members.
std::vector<Intent>::iterator find_entry(std::vector<Intent>& intents, const Intent& of) {
    const auto found = std::find_if(intents.rbegin(), intents.rend(), [&](const Intent& each) {
        return each.key_name == of.key_name && each.user == of.user && each.started == of.started &&
               each.sent_expiry == of.sent_expiry &&
               each.sent_inactivity_timeout == of.sent_inactivity_timeout;
    });
    return found == intents.rend() ? intents.end() : std::prev(found.base());
}

/// Notes what the record's digests say of the secret: whether it is the recorded key's, and whether
/// it is the one that the recorded key's secret replaced.
void vouch(Copy& copy, const Secret& secret, const ports::SecretStore& store,
           const std::optional<Record>& record) {
    if (!record) return;
    const std::string digest = store.digest_of(secret);
    copy.recorded = digest == record->secret_digest;
    copy.replaced = !record->replaced_digest.empty() && digest == record->replaced_digest;
}

Copy copy_of(const std::optional<Secret>& secret, bool there, const Context& context,
             const std::optional<Record>& record, plan::Tried&& tried) {
    Copy out;
    if (!there) return out;
    out.kind = secret ? Copy::Kind::secret : Copy::Kind::empty;
    if (!secret) return out;
    vouch(out, *secret, *context.store, record);
    out.is_own_token = context.own_token != nullptr && secret->equals(*context.own_token);
    out.tried = std::move(tried);
    return out;
}

} // namespace

Result<void> Holder::look(const plan::Desired& desired, plan::Observed& seen) {
    if (desired.current_secret != plan::CurrentSecret::not_given) {
        plan::Tried tried = std::move(seen.current.tried);
        seen.current = {};
        seen.current.kind = context_.current_secret ? Copy::Kind::secret : Copy::Kind::empty;
        seen.current.is_own_token = context_.current_secret != nullptr &&
                                    context_.own_token != nullptr &&
                                    context_.current_secret->equals(*context_.own_token);
        seen.current.tried = std::move(tried);
    }
    if (!on_disk()) return {};
    auto view = context_.store->look();
    if (!view) return std::move(view).error();
    // The result of a try stays true only for exactly the same secret.
    const bool same_file = view_.secret && view->secret && view->secret->equals(*view_.secret);
    const bool same_leftover =
        view_.leftover && view->leftover && view->leftover->equals(*view_.leftover);
    view_ = std::move(*view);
    if (seen.current.kind == Copy::Kind::secret)
        vouch(seen.current, *context_.current_secret, *context_.store, view_.record);
    seen.record = view_.record;
    seen.record_mended = view_.record && view_.record_damaged;
    seen.intents = view_.intents;
    seen.intents_complete = view_.intents_complete;
    seen.broken_leftover = view_.broken_leftover;
    seen.file = copy_of(view_.secret, view_.file != ports::StoreView::File::missing, context_,
                        view_.record, same_file ? std::move(seen.file.tried) : plan::Tried{});
    seen.leftover = copy_of(view_.leftover, view_.leftover.has_value(), context_, view_.record,
                            same_leftover ? std::move(seen.leftover.tried) : plan::Tried{});
    seen.attributes.clear();
    for (const auto& each : view_.attributes)
        seen.attributes.push_back({each.attribute, each.before, each.after});
    return {};
}

Result<void> Holder::put_intents(std::vector<Intent> intents) {
    auto put = context_.store->put_intents(intents);
    if (put) view_.intents = std::move(intents);
    return put;
}

Result<void> Holder::keep_intents(const std::vector<Intent>& intents) {
    return intents == view_.intents ? Result<void>{} : put_intents(intents);
}

Result<void> Holder::open_intent(Intent intent) {
    std::vector<Intent> intents = view_.intents;
    intents.push_back(std::move(intent));
    return put_intents(std::move(intents));
}

Result<void> Holder::close_intent(const Intent& intent) {
    std::vector<Intent> intents = view_.intents;
    if (const auto entry = find_entry(intents, intent); entry != intents.end())
        intents.erase(entry);
    return keep_intents(intents);
}

void Holder::note_answer(Intent& intent, const ServerId& id) {
    std::vector<Intent> intents = view_.intents;
    if (const auto entry = find_entry(intents, intent); entry != intents.end())
        entry->answered = id;
    intent.answered = id;
    // The id only saves a later run a request or two. If the write fails, the next write fails too
    // and reports it.
    (void)put_intents(std::move(intents));
}

Result<void> Holder::finish_hand_over(Record record) {
    record.secret_digest = context_.store->digest_of(*view_.leftover);
    if (view_.secret) record.replaced_digest = context_.store->digest_of(*view_.secret);
    if (auto synced = context_.store->sync_new_secret(); !synced) return synced;
    if (auto kept = keep_record(std::move(record)); !kept) return kept;
    auto published = context_.store->publish();
    if (!published) return published;
    view_.secret = std::exchange(view_.leftover, std::nullopt);
    view_.file = ports::StoreView::File::secret;
    return published;
}

Result<void> Holder::write_secret(const Secret& secret) {
    auto written = context_.store->put_new_secret(secret);
    if (written) view_.leftover = secret.clone();
    return written;
}

Result<void> Holder::store_secret(const Secret& secret, Record record) {
    auto written = write_secret(secret);
    return written ? finish_hand_over(std::move(record)) : written;
}

Result<void> Holder::hand_over(Intent& intent, const AccessKeyRow& row, const Secret& secret) {
    note_answer(intent, row.id);
    Record record{.host = intent.host,
                  .user = intent.user,
                  .user_id = intent.user_id,
                  .name = intent.name,
                  .key_name = intent.key_name,
                  .id = row.id,
                  .created = row.created,
                  .asked = intent.asked,
                  .keepers = intent.keepers,
                  .secret_digest = context_.store->digest_of(secret),
                  .tried = {},
                  .predecessors = intent.predecessors,
                  .machine = intent.machine};
    if (view_.record) inherit_names(record, *view_.record);
    // An unfinished run for another name left an intent and no record. Its name counts as a former
    // name, too.
    for (const Intent& each : view_.intents)
        add_former_name(record, {each.name, each.user});
    return finish_hand_over(std::move(record));
}

Result<void> Holder::keep_record(Record record) {
    if (record.secret_digest.empty() && view_.secret)
        record.secret_digest = context_.store->digest_of(*view_.secret);
    if (record.replaced_digest.empty() && view_.record && view_.record->id == record.id)
        record.replaced_digest = view_.record->replaced_digest;
    if (view_.record == record && !view_.record_damaged) return {};
    auto put = context_.store->put_record(record);
    if (put) {
        view_.record = std::move(record);
        view_.record_damaged = false;
    }
    return put;
}

Result<void> Holder::forget_predecessor(const ServerId& id) {
    if (!view_.record) return {};
    Record record = *view_.record;
    std::erase_if(record.predecessors, [&](const Predecessor& each) { return each.id == id; });
    return keep_record(std::move(record));
}

Result<void> Holder::drop_leftover() {
    auto dropped = context_.store->drop_new_secret();
    if (dropped) view_.leftover.reset();
    return dropped;
}

Result<void> Holder::set_attributes() {
    return context_.store->set_attributes();
}

Result<void> Holder::remove_all() {
    auto removed = context_.store->remove_all();
    if (!removed) return removed;
    view_.file = ports::StoreView::File::missing;
    view_.secret.reset();
    view_.leftover.reset();
    view_.record.reset();
    return removed;
}

} // namespace infrastate::reconcile
