// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include <algorithm>
#include <utility>

namespace infrastate::explore {
namespace {

/// More calls than any correct run makes: a run beyond it would not end by itself.
constexpr int most_calls = 20'000;

Error file_error(const std::string& path, const std::string& number) {
    return Error{Code::file, path + ": " + number, {}, number};
}

/// The error of a fault at a call on files, if it is one.
std::optional<Error> disk_error(const std::optional<Fault>& fault, const std::string& path,
                                bool takes_space, const Disk& disk) {
    if (fault && fault->what == What::io_error) return file_error(path, "EIO");
    if (takes_space && (disk.full || (fault && fault->what == What::no_space)))
        return file_error(path, "ENOSPC");
    return std::nullopt;
}

} // namespace

void Machine::lose_power(Random& random) {
    for (Process* process : processes)
        process->kill();
    locks.clear();
    disk.lose_power(random);
}

Process::Process(Simulation& simulation_, Machine& machine_, int run_, Random random_,
                 Budget budget_, std::vector<Fault> faults)
    : simulation(simulation_), machine(machine_), run(run_), random(random_), budget(budget_),
      started(simulation_.now()), end(simulation_.now() + budget_.timeout),
      faults_(std::move(faults)) {
    machine.processes.push_back(this);
}

Process::~Process() {
    std::erase(machine.processes, this);
}

std::string Process::prefix() const {
    return simulation.clock() + " machine " + std::to_string(machine.number) + " run " +
           std::to_string(run) + ": ";
}

Error Process::gone() {
    return Error{Code::internal, "the process is dead", {}, "dead"};
}

void Process::die(bool power) {
    tell([&] { return std::string(power ? "*** the machine loses power" : "*** killed"); });
    dead_ = true;
    std::erase_if(machine.locks, [this](const auto& entry) { return entry.second == run; });
    if (power) machine.lose_power(random);
    throw Died{};
}

std::optional<Fault> Process::begin(std::initializer_list<Where> kinds) {
    if (++calls_ > most_calls) {
        endless = true;
        die(false);
    }
    std::optional<Fault> out;
    const auto count = [&](Where where) {
        const int nth = counts_[static_cast<std::size_t>(where)]++;
        if (out) return;
        const auto found = std::find_if(faults_.begin(), faults_.end(), [&](const Fault& each) {
            return each.where == where &&
                   (each.nth == every || (nth >= each.nth && nth < each.nth + each.times));
        });
        if (found != faults_.end()) out = *found;
    };
    count(Where::any);
    for (const Where where : kinds)
        count(where);
    if (out) struck_ = true;
    die_before(out);
    return out;
}

void Process::die_before(const std::optional<Fault>& fault) {
    if (fault && (fault->what == What::crash_before || fault->what == What::power_before))
        die(fault->what == What::power_before);
}

void Process::die_within(const std::optional<Fault>& fault) {
    if (fault && (fault->what == What::crash_within || fault->what == What::power_within))
        die(fault->what == What::power_within);
}

void Process::die_after(const std::optional<Fault>& fault) {
    die_within(fault);
    if (fault && (fault->what == What::crash_after || fault->what == What::power_after))
        die(fault->what == What::power_after);
}

void Process::wait(Millis span) {
    simulation.sleep(span);
    if (!killed_ || dead_) return;
    dead_ = true;
    throw Died{};
}

Result<void> RunHost::pause(std::int64_t milliseconds) {
    if (process_.dead()) return Process::gone();
    process_.begin({});
    const Millis end = process_.cleanup_end.value_or(process_.end);
    if (process_.simulation.now() + milliseconds >= end)
        return Error{Code::deadline,
                     "the timeout would pass while waiting",
                     "timeout",
                     "no_time_left",
                     0,
                     true};
    process_.wait(milliseconds);
    return {};
}

std::uint32_t RunHost::random() {
    const auto value = static_cast<std::uint32_t>(process_.random.next() >> 32U);
    if (!process_.machine.dull) return value;
    // The marks are remainders of these numbers and take few values; the numbers themselves take
    // many.
    constexpr std::uint32_t step = 31U * 65'536U;
    return value / step * step + value % 2;
}

std::int64_t RunHost::seconds_left() {
    return std::max<Millis>(0, process_.end - process_.simulation.now()) / 1000;
}

bool RunHost::may_go_on() {
    return !process_.dead() &&
           process_.simulation.now() + process_.budget.reserve() <= process_.end;
}

void RunFiles::changed(const std::string& path, const std::optional<std::string>& before) {
    if (watch) watch(path, before, process_.machine.disk.contents(path));
}

Result<std::string> RunFiles::real_folder(const std::string& folder) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file});
    if (!process_.machine.disk.folders.contains(folder)) return file_error(folder, "ENOENT");
    if (auto error = disk_error(fault, folder, false, process_.machine.disk)) return *error;
    process_.die_after(fault);
    return folder;
}

Result<std::optional<store::FileInfo>> RunFiles::look(const std::string& path) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file});
    if (auto error = disk_error(fault, path, false, process_.machine.disk)) return *error;
    const Disk& disk = process_.machine.disk;
    std::optional<store::FileInfo> out;
    if (disk.folders.contains(path)) {
        out = store::FileInfo{};
        out->kind = store::FileInfo::Kind::folder;
        out->mode = 0755;
    } else if (const auto inode = disk.find(path)) {
        out = store::FileInfo{};
        out->mode = inode->mode;
        out->uid = inode->uid;
        out->gid = inode->gid;
        out->size = inode->bytes.size();
    }
    process_.die_after(fault);
    return out;
}

Result<std::optional<Secret>> RunFiles::read(const std::string& path, std::size_t max) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file});
    if (auto error = disk_error(fault, path, false, process_.machine.disk)) return *error;
    const auto inode = process_.machine.disk.find(path);
    process_.wait(0);
    process_.die_after(fault);
    if (!inode) return std::optional<Secret>{};
    if (inode->bytes.size() > max) return file_error(path, "EFBIG");
    return std::optional<Secret>{Secret(inode->bytes)};
}

Result<void> RunFiles::write_new(const std::string& path, std::string_view bytes) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file, Where::write});
    Disk& disk = process_.machine.disk;
    if (!disk.has_folder_of(path)) return file_error(path, "ENOENT");
    if (disk.find(path) || disk.folders.contains(path)) return file_error(path, "EEXIST");
    if (disk.is_shut(path)) return file_error(path, "EACCES");
    if (auto error = disk_error(fault, path, true, disk)) return *error;
    process_.tell([&] { return "write " + path; });
    const auto inode = disk.create(path);
    process_.wait(process_.random.below(2));
    const auto half = static_cast<std::size_t>(
        process_.random.between(0, static_cast<std::int64_t>(bytes.size())));
    if (fault) inode->bytes = bytes.substr(0, half);
    process_.die_within(fault);
    inode->bytes = bytes;
    if (fault && process_.random.chance(30)) process_.die_after(fault); // before the sync
    disk.sync_file(*inode);
    changed(path, std::nullopt);
    process_.die_after(fault);
    return {};
}

Result<void> RunFiles::sync(const std::string& path) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file, Where::sync});
    Disk& disk = process_.machine.disk;
    const auto inode = disk.find(path);
    if (!inode) return file_error(path, "ENOENT");
    if (auto error = disk_error(fault, path, false, disk)) return *error;
    process_.wait(process_.random.below(2));
    disk.sync_file(*inode);
    process_.die_after(fault);
    return {};
}

Result<void> RunFiles::rename(const std::string& from, const std::string& to) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file, Where::rename});
    Disk& disk = process_.machine.disk;
    if (!disk.find(from)) return file_error(from, "ENOENT");
    if (!disk.has_folder_of(to)) return file_error(to, "ENOENT");
    if (disk.folders.contains(to)) return file_error(to, "EISDIR");
    if (disk.is_shut(from) || disk.is_shut(to)) return file_error(to, "EACCES");
    if (auto error = disk_error(fault, from, false, disk)) return *error;
    process_.tell([&] { return "rename " + from + " -> " + to; });
    const auto before = disk.contents(to);
    disk.rename(from, to);
    changed(to, before);
    process_.wait(0);
    process_.die_after(fault);
    return {};
}

Result<bool> RunFiles::remove(const std::string& path) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file, Where::unlink});
    Disk& disk = process_.machine.disk;
    if (auto error = disk_error(fault, path, false, disk)) return *error;
    const auto before = disk.contents(path);
    if (before && disk.is_shut(path)) return file_error(path, "EACCES");
    if (before) {
        process_.tell([&] { return "remove " + path; });
        disk.unlink(path);
        changed(path, before);
    }
    process_.wait(0);
    process_.die_after(fault);
    return before.has_value();
}

Result<void> RunFiles::sync_folder(const std::string& folder) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file, Where::sync});
    Disk& disk = process_.machine.disk;
    if (!disk.folders.contains(folder)) return file_error(folder, "ENOENT");
    if (auto error = disk_error(fault, folder, false, disk)) return *error;
    process_.wait(process_.random.below(2));
    disk.sync_folder(folder);
    process_.die_after(fault);
    return {};
}

Result<void> RunFiles::set_mode(const std::string& path, std::uint32_t mode) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file});
    const auto inode = process_.machine.disk.find(path);
    if (!inode) return file_error(path, "ENOENT");
    if (auto error = disk_error(fault, path, false, process_.machine.disk)) return *error;
    inode->mode = mode;
    process_.die_after(fault);
    return {};
}

Result<void> RunFiles::set_owner(const std::string& path, std::int64_t uid, std::int64_t gid) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file});
    const auto inode = process_.machine.disk.find(path);
    if (!inode) return file_error(path, "ENOENT");
    if (auto error = disk_error(fault, path, false, process_.machine.disk)) return *error;
    if (uid >= 0) inode->uid = static_cast<std::uint32_t>(uid);
    if (gid >= 0) inode->gid = static_cast<std::uint32_t>(gid);
    process_.die_after(fault);
    return {};
}

Result<void> RunFiles::may_write_folder(const std::string& folder) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file});
    if (!process_.machine.disk.folders.contains(folder)) return file_error(folder, "ENOENT");
    if (auto error = disk_error(fault, folder, false, process_.machine.disk)) return *error;
    if (process_.machine.disk.shut.contains(folder)) return file_error(folder, "EACCES");
    process_.die_after(fault);
    return {};
}

namespace {

class HeldLock final : public store::Files::Lock {
public:
    HeldLock(Machine& machine, std::string path, int run)
        : machine_(machine), path_(std::move(path)), run_(run) {}
    ~HeldLock() override {
        const auto found = machine_.locks.find(path_);
        if (found != machine_.locks.end() && found->second == run_) machine_.locks.erase(found);
    }

private:
    Machine& machine_;
    const std::string path_;
    const int run_;
};

} // namespace

Result<std::unique_ptr<store::Files::Lock>> RunFiles::try_lock(const std::string& path) {
    if (process_.dead()) return Process::gone();
    const auto fault = process_.begin({Where::file});
    Disk& disk = process_.machine.disk;
    if (!disk.has_folder_of(path)) return file_error(path, "ENOENT");
    if (disk.folders.contains(path)) return file_error(path, "EISDIR");
    const bool makes = disk.find(path) == nullptr;
    if (makes && disk.is_shut(path)) return file_error(path, "EACCES");
    if (auto error = disk_error(fault, path, makes, disk)) return *error;
    if (makes) disk.create(path);
    process_.wait(0);
    if (process_.machine.locks.contains(path)) return std::unique_ptr<Lock>{};
    process_.machine.locks.emplace(path, process_.run);
    auto out = std::make_unique<HeldLock>(process_.machine, path, process_.run);
    process_.die_after(fault);
    return std::unique_ptr<Lock>(std::move(out));
}

void RunFiles::wait_a_moment() {
    if (process_.dead()) return;
    process_.begin({});
    process_.wait(40);
}

} // namespace infrastate::explore
