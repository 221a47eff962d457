// SPDX-License-Identifier: Apache-2.0
// A machine with its disk, its processes, and the ports of one process: Host and Files. At every
// port call the process can die, wait, or let another one go on.
#pragma once

#include "disk.h"
#include "fault.h"
#include "simulation.h"

#include "infrastate/ports/host.h"
#include "infrastate/store/files.h"

#include <array>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace infrastate::explore {

class Process;

struct Machine {
    int number = 0;
    Disk disk;
    std::int64_t clock_error = 0;     ///< how many seconds its own clock is wrong
    bool dull = false;                ///< its random numbers often give equal marks
    std::map<std::string, int> locks; ///< path -> run
    std::vector<Process*> processes;

    /// Every process dies, and the disk loses writes that were not synced.
    void lose_power(Random& random);
};

/// Thrown out of a port call in which the process dies, so that its stack is cleaned up. Calls that
/// the cleaning up makes do not reach the disk or the server.
struct Died {};

/// A process that makes one run.
class Process {
public:
    struct Budget {
        Millis timeout = 30'000;
        Millis reserve() const { return std::min<Millis>(5000, timeout / 4); }
    };

    Process(Simulation& simulation, Machine& machine, int run, Random random, Budget budget,
            std::vector<Fault> faults);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    Simulation& simulation;
    Machine& machine;
    const int run;
    Random random;
    const Budget budget;
    const Millis started, end;
    std::optional<Millis> cleanup_end;
    bool completing = false; ///< a DELETE succeeded, and its key must be made again
    int requests = 0;        ///< requests that this run sent
    bool endless = false;

    bool dead() const noexcept { return dead_; }
    bool was_struck() const noexcept { return struck_; }
    void kill() noexcept { killed_ = true; }

    /// Begins a port call: counts it, and returns the fault that applies to it.
    std::optional<Fault> begin(std::initializer_list<Where> kinds);
    /// If the fault is of that kind, the process dies here.
    void die_before(const std::optional<Fault>& fault);
    void die_within(const std::optional<Fault>& fault);
    void die_after(const std::optional<Fault>& fault);
    void wait(Millis span);
    template <class Text>
    void tell(const Text& text) {
        simulation.events.tell([&] { return prefix() + text(); });
    }

    /// The answer of a port call of a dead process, if something still calls one.
    static Error gone();

private:
    [[noreturn]] void die(bool power);
    std::string prefix() const;

    std::vector<Fault> faults_;
    std::array<int, static_cast<std::size_t>(Where::count_)> counts_{};
    int calls_ = 0;
    bool dead_ = false, killed_ = false, struck_ = false;
};

class RunHost final : public ports::Host {
public:
    explicit RunHost(Process& process) : process_(process) {}
    Result<void> pause(std::int64_t milliseconds) override;
    std::uint32_t random() override;
    std::int64_t seconds_left() override;
    bool may_go_on() override;

private:
    Process& process_;
};

class RunFiles final : public store::Files {
public:
    explicit RunFiles(Process& process) : process_(process) {}

    Result<std::string> real_folder(const std::string& folder) override;
    Result<std::optional<store::FileInfo>> look(const std::string& path) override;
    Result<std::optional<Secret>> read(const std::string& path, std::size_t max) override;
    Result<void> write_new(const std::string& path, std::string_view bytes) override;
    Result<void> sync(const std::string& path) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<bool> remove(const std::string& path) override;
    Result<void> sync_folder(const std::string& folder) override;
    Result<void> set_mode(const std::string& path, std::uint32_t mode) override;
    Result<void> set_owner(const std::string& path, std::int64_t uid, std::int64_t gid) override;
    Result<void> may_write_folder(const std::string& folder) override;
    Result<void> may_own(std::int64_t, std::int64_t) override { return {}; }
    std::uint32_t uid() override { return 0; }
    Result<std::unique_ptr<Lock>> try_lock(const std::string& path) override;
    void wait_a_moment() override;

    /// Called for each change of an entry: path, contents before, contents after.
    using Watch = std::function<void(const std::string&, const std::optional<std::string>&,
                                     const std::optional<std::string>&)>;
    Watch watch;

private:
    void changed(const std::string& path, const std::optional<std::string>& before);
    Process& process_;
};

} // namespace infrastate::explore
