// SPDX-License-Identifier: Apache-2.0
// A run's view of the store that keeps the secret. It is updated with every write, so the order of
// writes stands in one place (docs/state-logic.md, "Replacing").
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/ports/secret_store.h"
#include "infrastate/reconcile/access_key.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate::reconcile {

/// All functions that write need the lock. Without a store look() finds nothing, and no function
/// that writes may be called.
class Holder {
public:
    explicit Holder(Context& context) : context_(context) {}

    bool on_disk() const noexcept { return context_.store != nullptr; }
    /// Reads the store into `seen`. Results of earlier tries are kept for secrets that did not
    /// change.
    Result<void> look(const plan::Desired& desired, plan::Observed& seen);

    const Secret* file_secret() const noexcept {
        return view_.file == ports::StoreView::File::secret ? &*view_.secret : nullptr;
    }
    const Secret* leftover() const noexcept { return view_.leftover ? &*view_.leftover : nullptr; }
    const std::vector<std::string>& warnings() const noexcept { return view_.warnings; }

    /// Writes the list if it differs from the one on disk.
    Result<void> keep_intents(const std::vector<Intent>& intents);
    Result<void> open_intent(Intent intent);
    /// Removes the intent from the list, also if it was answered meanwhile.
    Result<void> close_intent(const Intent& intent);
    /// Puts the leftover in place: writes the record, then renames the leftover to the secret file.
    Result<void> finish_hand_over(Record record);
    /// Writes a secret that another holder kept into the file.
    Result<void> store_secret(const Secret& secret, Record record);
    /// After the answer to a POST: write_secret() saves the secret as leftover. Then hand_over()
    /// writes the id into the intent, then the record, then the file.
    Result<void> write_secret(const Secret& secret);
    Result<void> hand_over(Intent& intent, const AccessKeyRow& row, const Secret& secret);
    Result<void> keep_record(Record record);
    /// Removes a deleted predecessor from the record.
    Result<void> forget_predecessor(const ServerId& id);
    Result<void> drop_leftover();
    Result<void> set_attributes();
    Result<void> remove_all();
    /// Forgets the record in this view: it was copied from another machine or is not believed, so
    /// nothing of it may go into the next record.
    void disown_record() noexcept { view_.record.reset(); }
    void note_answer(Intent& intent, const ServerId& id);

private:
    Result<void> put_intents(std::vector<Intent> intents);

    Context& context_;
    ports::StoreView view_;
};

} // namespace infrastate::reconcile
