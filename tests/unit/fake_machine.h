// SPDX-License-Identifier: Apache-2.0
// A machine with a secret file on a real disk, for whole runs against a fake server.
#pragma once

#include "fake_infra.h"
#include "support/check.h"

#include "infrastate/store/secret_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <unistd.h>

namespace infrastate::test {

/// One machine with one secret file.
class Machine {
public:
    Machine() {
        char name[] = "/tmp/infrastate-test-XXXXXX";
        folder_ = ::mkdtemp(name);
    }
    ~Machine() { std::filesystem::remove_all(folder_); }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

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
                          const Secret* current = nullptr) {
        infra.calls.clear();
        want.secret_file = true;
        want.host = "https://infra.example";
        FakeHost host;
        host.clock = &infra;
        host.next = next_;
        next_ += 1000;
        auto store = must(store::open_secret_file({path(), {}, {}, {}}, *files_));
        reconcile::World world{infra, host, store.get(), current, nullptr};
        return reconcile::reconcile_access_key(want, mode, world);
    }

private:
    std::string folder_;
    std::uint32_t next_ = 7;
    std::unique_ptr<store::Files> files_ = store::system_files();
};

} // namespace infrastate::test
