// SPDX-License-Identifier: BSD-2-Clause
// The whole command line of a capture. Input: its words, one a line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/refusal.h"
#include "fuzz/require.h"
#include "unit/cli/command_line.h"

namespace {

using namespace xdpsift;
using namespace xdpsift::cli;

std::vector<std::string> words_of(std::string text) {
    // Whatever files the machine has are no input: files.cpp has one of its own.
    std::erase(text, '@');
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        // A word of a command line ends at its first NUL.
        words.emplace_back(text.substr(begin, end - begin).c_str());
        begin = end + 1;
    }
    return words;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    CommandLine line;
    const auto options = line.capture(words_of(std::string(reinterpret_cast<const char*>(data), size)));
    if (!options) {
        fuzz::check_refusal(options.error());
        return 0;
    }
    XS_REQUIRE(!options->interface_name.empty() && !options->write.empty());
    XS_REQUIRE(options->selection.sample_rate >= 1);
    XS_REQUIRE((options->ring.bytes & (options->ring.bytes - 1)) == 0);
    // It stands in the capture file: one line of valid UTF-8.
    const std::string command = effective_command(*options);
    XS_REQUIRE(printable(command, command.size()) == command);
    return 0;
}
