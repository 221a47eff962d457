// SPDX-License-Identifier: Apache-2.0
// A hostile server in a child process, for tests that search this process's memory.
#pragma once

#include "tls_fixture.h"

#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace infrastate::test {

/// Make it before this process has any thread. It ends with the object.
class ChildServer {
public:
    explicit ChildServer(const HostileServer::Script& script) {
        static_cast<void>(test_authority()); // both processes need the same
        static_cast<void>(good_identity());
        int port_pipe[2];
        int end_pipe[2];
        if (::pipe(port_pipe) != 0 || ::pipe(end_pipe) != 0) throw std::runtime_error("pipe");
        child_ = ::fork();
        if (child_ == 0) {
            ::close(end_pipe[1]);
            serve(script, port_pipe[1], end_pipe[0]);
            ::_exit(0);
        }
        end_ = end_pipe[1];
        ::close(end_pipe[0]);
        ::close(port_pipe[1]);
        if (::read(port_pipe[0], &port_, sizeof port_) != sizeof port_) {
            throw std::runtime_error("the child gave no port");
        }
        ::close(port_pipe[0]);
    }
    ~ChildServer() {
        ::close(end_);
        ::waitpid(child_, nullptr, 0);
    }
    ChildServer(const ChildServer&) = delete;
    ChildServer& operator=(const ChildServer&) = delete;

    std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    static void serve(const HostileServer::Script& script, int port_pipe, int end_pipe) {
        const HostileServer server("127.0.0.1", good_tls(), script);
        const std::uint16_t port = server.port();
        if (::write(port_pipe, &port, sizeof port) != sizeof port) return;
        char nothing = 0;
        while (::read(end_pipe, &nothing, 1) > 0) {
        }
    }

    pid_t child_ = -1;
    int end_ = -1;
    std::uint16_t port_ = 0;
};

} // namespace infrastate::test
