// SPDX-License-Identifier: Apache-2.0
// One machine with one secret file on a real disk.
#pragma once

#include "fake_infra.h"
#include "run_words.h"
#include "support/check.h"

#include "infrastate/store/secret_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace infrastate::test {

class Machine {
public:
    Machine() {
        char name[] = "/tmp/infrastate-test-XXXXXX";
        folder_ = ::mkdtemp(name);
    }
    ~Machine() { std::filesystem::remove_all(folder_); }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    const std::string& folder() const { return folder_; }
    std::string path(const std::string& name = "key") const { return folder_ + "/" + name; }
    std::string content() const {
        std::ifstream in(path());
        return std::string(std::istreambuf_iterator<char>(in), {});
    }
    void write(const std::string& text, const std::string& name = "key") const {
        std::ofstream(path(name), std::ios::trunc) << text;
    }
    bool has(const std::string& name) const { return std::filesystem::exists(path(name)); }

    reconcile::Report run(FakeInfra& infra, plan::Desired want,
                          reconcile::Mode mode = reconcile::Mode::apply,
                          const Secret* current = nullptr, const Secret* own_token = nullptr) {
        infra.calls.clear();
        infra.completing = false;
        want.secret_file = true;
        want.host = "https://infra.example";
        FakeHost host;
        host.clock = &infra;
        host.next = next_;
        host.on_pause = on_pause;
        host.cancelled = cancelled;
        next_ += 1000;
        auto store = must(store::open_secret_file({path(), {}, {}, {}}, *files));
        reconcile::Context context{infra.with(host), store.get(), current, own_token};
        reconcile::Report out = reconcile::reconcile_access_key(want, mode, context);
        paused_ms = host.paused_ms;
        return out;
    }

    std::unique_ptr<store::Files> files = store::system_files();
    std::function<void()> on_pause{};
    bool cancelled = false;
    std::int64_t paused_ms = 0; ///< in the last run

private:
    std::string folder_;
    std::uint32_t next_ = 7;
};

} // namespace infrastate::test
