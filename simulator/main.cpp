// SPDX-License-Identifier: Apache-2.0
// infra-simulator: starts, prints where it is, waits for a signal, removes what it wrote.
#include "digest.h"
#include "options.h"
#include "refusal.h"
#include "server.h"

#include <Poco/AutoPtr.h>
#include <Poco/ErrorHandler.h>
#include <Poco/Exception.h>
#include <Poco/Util/Application.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sys/prctl.h>
#include <unistd.h>

namespace {

using namespace infrastate::simulator;
namespace fs = std::filesystem;

/// Ignores clients that disconnect in the middle.
class Quiet : public Poco::ErrorHandler {
public:
    void exception(const Poco::Exception&) override {}
    void exception(const std::exception&) override {}
    void exception() override {}
};

/// The folder and file that were written; removes them at the end.
class Folder {
public:
    explicit Folder(const std::string& wanted) {
        if (wanted.empty()) {
            std::string pattern = (fs::temp_directory_path() / "infra-simulator.XXXXXX").string();
            if (mkdtemp(pattern.data()) == nullptr)
                throw std::runtime_error("cannot make a temporary folder");
            path_ = pattern;
            made_ = true;
        } else {
            path_ = fs::absolute(wanted);
            made_ = fs::create_directories(path_);
        }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        if (!file_.empty()) fs::remove(file_, ignored);
        if (made_) fs::remove(path_, ignored); // fails if somebody else put a file there
    }

    std::string write(const std::string& name, const std::string& text) {
        file_ = path_ / name;
        std::ofstream out(file_, std::ios::binary | std::ios::trunc);
        out << text;
        if (!out.flush()) throw std::runtime_error("cannot write " + file_.string());
        return file_.string();
    }

private:
    fs::path path_, file_;
    bool made_ = false;
};

std::string url_of(const Options& options, std::uint16_t port) {
    const bool own_certificate = options.certificate_file.empty();
    const bool any = options.host == "0.0.0.0" || options.host == "::";
    std::string host = any && own_certificate ? "localhost" : options.host;
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    return "https://" + host + ":" + std::to_string(port);
}

int serve(const Options& options, const sigset_t& ends) {
    Clock clock;
    Faults faults;
    Recorder recorder;
    Api api(options.api, clock);
    const std::string control_token = random_text(32);
    Control control(control_token, api, clock, faults, recorder);

    Identity identity;
    std::string ca_file = options.ca_file;
    std::unique_ptr<Folder> folder;
    if (options.certificate_file.empty()) {
        MadeIdentity made = make_identity();
        identity = std::move(made.identity);
        folder = std::make_unique<Folder>(options.dir);
        ca_file = folder->write("ca.pem", made.ca_pem);
    } else {
        identity = load_identity(options.certificate_file, options.key_file);
    }

    Server server(options.host, options.port, identity, {api, clock, faults, recorder, control});
    const std::string url = url_of(options, server.port());
    std::cout << write_json(json_object({{"url", url},
                                         {"ca_file", ca_file},
                                         {"admin_user", options.admin_name},
                                         {"admin_key", options.admin_key},
                                         {"admin_password", options.admin_password},
                                         {"dev_user", options.plain_name},
                                         {"dev_password", options.plain_password},
                                         {"control_url", url + std::string(control_prefix)},
                                         {"control_token", control_token},
                                         {"version", options.api.version},
                                         {"pid", std::int64_t{getpid()}}}))
              << std::endl;

    int signal = 0;
    sigwait(&ends, &signal);
    folder.reset();
    // Faults may hold connections for a long time, and all state is in memory: so exit at once.
    std::_Exit(0);
}

int fail(const std::string& sentence, int code) {
    std::cerr << "infra-simulator: " << sentence << '\n';
    return code;
}

constexpr int wrong_option = 2;

/// Runs `action`. An exception becomes one sentence and an exit code.
template <class Action>
int or_sentence(const Action& action) {
    try {
        return action();
    } catch (const Poco::Util::OptionException& problem) {
        return fail(explain(problem), wrong_option);
    } catch (const Refusal& refusal) {
        return fail(refusal.what(), wrong_option);
    } catch (const Poco::Exception& problem) {
        return fail(problem.displayText(), 1);
    } catch (const std::exception& problem) {
        return fail(problem.what(), 1);
    }
}

class Program : public Poco::Util::Application {
public:
    explicit Program(pid_t parent) : parent_(parent) {}

protected:
    void defineOptions(Poco::Util::OptionSet& options) override {
        Poco::Util::Application::defineOptions(options);
        define_options(options);
    }

    void handleOption(const std::string& name, const std::string& value) override {
        reader_.take(name, value);
        if (reader_.wants_help()) stopOptionsProcessing();
    }

    // Otherwise Poco would log the exception and choose the exit code.
    int main(const std::vector<std::string>& words) override {
        return or_sentence([&] { return start(words); });
    }

private:
    int start(const std::vector<std::string>& words) {
        if (reader_.wants_help()) {
            std::cout << help_text(options());
            return EXIT_OK;
        }
        const Options given = reader_.finish(words);
        // Done before any thread starts, so that every thread leaves the signals to sigwait.
        sigset_t ends;
        sigemptyset(&ends);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP})
            sigaddset(&ends, signal);
        pthread_sigmask(SIG_BLOCK, &ends, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
        if (given.die_with_parent) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            if (getppid() != parent_) return EXIT_OK; // the parent had ended before the prctl()
        }
        static Quiet quiet;
        Poco::ErrorHandler::set(&quiet);
        return serve(given, ends);
    }

    const pid_t parent_;
    OptionReader reader_{};
};

} // namespace

int main(int count, char** words) {
    const pid_t parent = getppid();
    return or_sentence([&] {
        Poco::AutoPtr<Program> program = new Program(parent);
        program->init(count, words);
        return program->run();
    });
}
