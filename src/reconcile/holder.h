// SPDX-License-Identifier: Apache-2.0
// A run's view of what keeps the secret: the store's state, kept up to date with every write, so
// that the order of writes (docs/state-logic.md, "Replacing") stands in one place.
#pragma once

#include "infrastate/plan/access_key.h"
#include "infrastate/ports/secret_store.h"
#include "infrastate/reconcile/access_key.h"

#include <optional>
#include <string>
#include <vector>

namespace infrastate::reconcile {

/// All writing functions need the lock. Without a store, looking sees nothing and writing is not
/// called.
class Holder {
public:
    explicit Holder(Context& context) : context_(context) {}

    bool on_disk() const noexcept { return context_.store != nullptr; }
    /// Reads the store and puts what it shows into `seen`; what was tried before stays known.
    Result<void> look(const plan::Desired& desired, plan::Observed& seen);

    const Secret* file_secret() const noexcept {
        return view_.file == ports::StoreView::File::secret ? &*view_.secret : nullptr;
    }
    const Secret* leftover() const noexcept { return view_.leftover ? &*view_.leftover : nullptr; }
    const std::vector<std::string>& warnings() const noexcept { return view_.warnings; }

    /// Writes the list if it is another one than on disk.
    Result<void> keep_intents(const std::vector<Intent>& intents);
    Result<void> open_intent(Intent intent);
    /// Also the answered one: by its key's name and start.
    Result<void> close_intent(const Intent& intent);
    /// The leftover takes its place: record, file.
    Result<void> finish_hand_over(Record record);
    /// A secret that another holder kept goes into the file.
    Result<void> store_secret(const Secret& secret, Record record);
    /// The answer to a POST: secret to disk, then the id into its intent, then record and file.
    Result<void> write_secret(const Secret& secret);
    Result<void> hand_over(Intent& intent, const AccessKeyRow& row, const Secret& secret);
    Result<void> keep_record(Record record);
    /// A predecessor that is gone leaves the record.
    Result<void> forget_predecessor(const ServerId& id);
    Result<void> drop_leftover();
    Result<void> set_attributes();
    Result<void> remove_all();
    /// What lies there is a copy of another machine's: nothing of its record goes into the next
    /// one.
    void disown_record() noexcept { view_.record.reset(); }
    void note_answer(Intent& intent, const ServerId& id);

private:
    Result<void> put_intents(std::vector<Intent> intents);

    Context& context_;
    ports::StoreView view_;
};

} // namespace infrastate::reconcile
