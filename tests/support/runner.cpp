// SPDX-License-Identifier: Apache-2.0
// main() of every CppUnit executable here.
//   --only SUBSTRING   run the tests whose name contains it (may be given more than once)
//   --list             print the names and run nothing
// Prints a line for each fixture, each failure with its message, and at the end
// "N passed, N failed". The exit code is 1 if a test failed or none was found.

#include <cppunit/Exception.h>
#include <cppunit/SourceLine.h>
#include <cppunit/Test.h>
#include <cppunit/TestFailure.h>
#include <cppunit/TestListener.h>
#include <cppunit/TestResult.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string shown_name(const CppUnit::Test& test) {
    std::string name = test.getName();
    for (const std::string_view noise : {"(anonymous namespace)::", "infrastate::"})
        for (auto at = name.find(noise); at != std::string::npos; at = name.find(noise))
            name.erase(at, noise.size());
    return name;
}

std::string fixture_of(const std::string& name) {
    const auto cut = name.rfind("::");
    return cut == std::string::npos ? name : name.substr(0, cut);
}

void collect(CppUnit::Test& test, std::vector<CppUnit::Test*>& out) {
    if (test.getChildTestCount() == 0 && test.countTestCases() == 1) out.push_back(&test);
    for (int i = 0; i < test.getChildTestCount(); ++i)
        collect(*test.getChildTestAt(i), out);
}

class Progress final : public CppUnit::TestListener {
public:
    void startTest(CppUnit::Test* test) override {
        const std::string fixture = fixture_of(shown_name(*test));
        if (fixture != fixture_) end_fixture();
        fixture_ = fixture;
        failed_now_ = false;
        if (begun_ == Clock::time_point{}) begun_ = Clock::now();
    }
    void addFailure(const CppUnit::TestFailure& failure) override {
        failed_now_ = true;
        const auto& exception = *failure.thrownException();
        std::cout << "FAILED " << shown_name(*failure.failedTest()) << "\n";
        if (failure.sourceLine().isValid())
            std::cout << "  at " << failure.sourceLine().fileName() << ":"
                      << failure.sourceLine().lineNumber() << "\n";
        std::cout << "  " << exception.message().shortDescription() << "\n"
                  << exception.message().details() << std::flush;
    }
    void endTest(CppUnit::Test*) override {
        ++(failed_now_ ? failed_ : passed_);
        ++in_fixture_;
    }
    void end_fixture() {
        if (in_fixture_ == 0) return;
        const auto span =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_);
        std::cout << std::left << std::setw(32) << fixture_ << std::right << std::setw(4)
                  << in_fixture_ << " run " << std::setw(7) << span.count() << " ms\n"
                  << std::flush;
        in_fixture_ = 0;
        begun_ = {};
    }
    int passed() const noexcept { return passed_; }
    int failed() const noexcept { return failed_; }

private:
    using Clock = std::chrono::steady_clock;
    std::string fixture_;
    Clock::time_point begun_{};
    int in_fixture_ = 0, passed_ = 0, failed_ = 0;
    bool failed_now_ = false;
};

} // namespace

int main(int argc, char** argv) {
    std::vector<std::string> only;
    bool list = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument(argv[i]);
        if (argument == "--only" && i + 1 < argc) {
            only.emplace_back(argv[++i]);
        } else if (argument == "--list") {
            list = true;
        } else {
            std::cerr << "usage: " << argv[0] << " [--list] [--only SUBSTRING]...\n";
            return 2;
        }
    }

    CppUnit::Test* const root = CppUnit::TestFactoryRegistry::getRegistry().makeTest();
    std::vector<CppUnit::Test*> tests;
    collect(*root, tests);
    std::erase_if(tests, [&](const CppUnit::Test* test) {
        const std::string name = shown_name(*test);
        return !only.empty() && std::none_of(only.begin(), only.end(), [&](const auto& part) {
            return name.find(part) != std::string::npos;
        });
    });
    std::stable_sort(tests.begin(), tests.end(), [](const auto* a, const auto* b) {
        return fixture_of(shown_name(*a)) < fixture_of(shown_name(*b));
    });
    if (tests.empty()) {
        std::cerr << "no test has such a name\n";
        return 1;
    }

    Progress progress;
    if (!list) {
        CppUnit::TestResult result;
        result.addListener(&progress);
        for (CppUnit::Test* test : tests)
            test->run(&result);
        progress.end_fixture();
        std::cout << progress.passed() << " passed, " << progress.failed() << " failed\n";
    } else {
        for (const CppUnit::Test* test : tests)
            std::cout << shown_name(*test) << "\n";
    }
    delete root;
    return progress.failed() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
