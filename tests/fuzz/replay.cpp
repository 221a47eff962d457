// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target on every file of the named folders: the corpus as an ordinary test, for
// compilers and sanitizers without libFuzzer.
#include "fuzz.h"

#include <filesystem>
#include <fstream>
#include <iterator>

int main(int argc, char** argv) {
    int count = 0;
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(file),
                                    std::istreambuf_iterator<char>()};
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                   bytes.size());
            ++count;
        }
    }
    std::printf("%d passed, 0 failed\n", count); // a violation ends the process
    return count > 0 ? 0 : 1;
}
