// SPDX-License-Identifier: BSD-2-Clause
#include "cli/usage_error.h"

#include <gmock/gmock.h>

#include "command_line.h"

namespace xdpsift::cli {
namespace {

struct Case {
    std::vector<std::string> words;
    const char* message;
};

TEST(UsageError, SaysWhatAndWhereHelpIs) {
    const Case cases[] = {
        {{"capture", "--formta", "pcap"},
         "unknown option --formta: did you mean --format? (see xdpsift capture --help)"},
        {{"capture", "--sample_rate=5"},
         "unknown option --sample_rate: did you mean --sample-rate? (see xdpsift capture --help)"},
        {{"capture", "--max-rate", "5"}, "unknown option --max-rate"},
        {{"capture", "--flow-packets", "5"}, "unknown option --flow-packets (see xdpsift capture --help)"},
        {{"capture", "--headers-only"}, "unknown option --headers-only (see xdpsift capture --help)"},
        {{"capture", "-Y"}, "unknown option -Y (see xdpsift capture --help)"},
        {{"capture", "-i"}, "--interface needs a value (see xdpsift capture --help)"},
        {{"capture", "--count"}, "--count needs a value (see xdpsift capture --help)"},
        {{"capture", "-i", "eth0", "--", "not", "tcp"}, "\"not\" was not expected (see xdpsift capture --help)"},
        {{"captrue"}, "unknown command \"captrue\": did you mean capture? (see xdpsift --help)"},
        {{"--versoin"}, "unknown option --versoin (see xdpsift --help)"},
        {{}, "a command is missing: capture, filter, doctor (see xdpsift --help)"},
        {{"filter"}, "a command is missing: explain, run (see xdpsift filter --help)"},
        {{"filter", "rnu"}, "unknown command \"rnu\": did you mean run? (see xdpsift filter --help)"},
        {{"filter", "run", "--verfy"},
         "unknown option --verfy: did you mean --verify? (see xdpsift filter run --help)"},
        {{"filter", "explain", "--interface", "x"}, "unknown option --interface"},
    };
    for (const auto& [words, message] : cases) {
        CommandLine line;
        const auto result = line.parse(words);
        ASSERT_FALSE(result) << message;
        EXPECT_EQ(result.error().status, ExitStatus::usage);
        EXPECT_THAT(result.error().message, ::testing::StartsWith(message));
    }
}

TEST(UsageError, KeepsControlBytesOut) {
    CommandLine line;
    const auto result = line.parse({"capture", "--\x1b[2J" + std::string(10'000'000, 'x')});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message.find('\x1b'), std::string::npos);
    EXPECT_LT(result.error().message.size(), 300u);
}

}  // namespace
}  // namespace xdpsift::cli
