// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of the secret store: a folder on the real disk, keys that are obviously made
// up, and a record and an intent with every member set.
#pragma once

#include "support/check.h"
#include "support/temp_folder.h"

#include "infrastate/store/secret_file.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace infrastate::test {

/// aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb and the like, one for each letter.
inline std::string fake_key(char letter = 'a') {
    return std::string(10, letter) + "." + std::string(24, static_cast<char>(letter + 1));
}

inline void write_text(const std::string& path, const std::string& text, mode_t mode = 0600) {
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
}

inline std::string read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return "(no file)";
    return {std::istreambuf_iterator<char>(in), {}};
}

inline mode_t mode_of(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

inline std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
}

inline Timestamp at(const std::string& text) {
    return must(Timestamp::parse(text));
}
inline Duration span(const std::string& text) {
    return must(Duration::parse(text));
}
inline ServerId server_id(const std::string& text) {
    return must(ServerId::parse(text));
}

inline Record full_record() {
    return Record{"https://infra.test",
                  "connector",
                  "2vTb7FjYkXz",
                  "fleet",
                  "fleet.rot-2-0badcafe",
                  server_id("4nBqPsWcdEf"),
                  at("2026-11-23T07:56:35.123456789Z"),
                  AskedFor{span("8766h0m0s"), {}, span("72h0m0s")},
                  std::string(64, 'c'),
                  std::string(64, 'd'),
                  at("2026-11-23T08:00:00Z"),
                  {Predecessor{server_id("4nBqPsWcdEe"), "connector", "fleet"}},
                  std::string(64, 'e')};
}

inline Intent full_intent() {
    return Intent{"https://infra.test",
                  "connector",
                  "2vTb7FjYkXz",
                  "fleet",
                  "fleet.rot-3-0badcafe",
                  AskedFor{{}, at("2027-11-23T00:00:00Z"), span("72h0m0s")},
                  span("8766h0m17s"),
                  span("72h0m9s"),
                  true,
                  at("2026-11-23T08:00:00Z"),
                  at("2026-11-23T08:02:00Z"),
                  {server_id("4nBqPsWcdEe"), server_id("4nBqPsWcdEf")},
                  {Predecessor{server_id("4nBqPsWcdEf"), "connector", "fleet.rot-2-0badcafe"}},
                  std::string(64, 'c'),
                  server_id("4nBqPsWcdEg"),
                  std::string(64, 'e')};
}

inline std::unique_ptr<ports::SecretStore> open_store(store::Files& files, const std::string& path,
                                                      std::optional<std::string> mode = {},
                                                      std::optional<std::string> owner = {},
                                                      std::optional<std::string> group = {}) {
    return must(store::open_secret_file({path, std::move(mode), std::move(owner), std::move(group)},
                                        files));
}

/// The steps that put a new secret in place.
inline void hand_over(ports::SecretStore& store, char letter) {
    must(store.put_new_secret(Secret(fake_key(letter))));
    Record record = full_record();
    record.secret_digest = store.digest_of(Secret(fake_key(letter)));
    must(store.put_record(record));
    must(store.publish());
}

/// Runs `body` in a child process without root's rights. Returns its sentence, which is empty if
/// all was good. `body` must not assert: it returns what is wrong.
template <class Body>
std::string as_nobody(Body body) {
    int ends[2];
    if (::pipe(ends) != 0) return "pipe failed";
    const pid_t child = ::fork();
    if (child == 0) {
        std::string said;
        if (::geteuid() == 0 &&
            (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0))
            said = "cannot drop root's rights";
        else
            said = body();
        const auto written = ::write(ends[1], said.data(), said.size());
        ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        said.append(buffer, static_cast<std::size_t>(got));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) return "the child process died";
    return said;
}

/// Prints to standard output why a test proves nothing on this machine.
inline void skipped(const std::string& name, const std::string& reason) {
    std::cout << "SKIPPED " << name << ": " << reason << "\n";
}

} // namespace infrastate::test
