// SPDX-License-Identifier: BSD-2-Clause
#include "cli/filter_command_options.h"

#include <gmock/gmock.h>

#include "command_line.h"

namespace xdpsift::cli {
namespace {

using testing::HasSubstr;

FilterRunOptions accepted(std::vector<std::string> words) {
    CommandLine line;
    const auto options = line.run(std::move(words));
    EXPECT_TRUE(options) << (options ? "" : options.error().message);
    return options.value_or(FilterRunOptions{});
}

std::string refused(std::vector<std::string> words) {
    CommandLine line;
    const auto options = line.run(std::move(words));
    if (options) return "accepted";
    EXPECT_EQ(options.error().status, ExitStatus::usage);
    return options.error().message;
}

TEST(FilterRunOptions, AreAFileAFilterAndWhatToMakeOfIt) {
    const auto least = accepted({"-r", "in.pcap"});
    EXPECT_EQ(least.read, "in.pcap");
    EXPECT_TRUE(least.write.empty() && least.expression.empty() && effective_filter(least).empty());
    EXPECT_FALSE(least.verify || least.json || least.verbose);

    const auto all =
        accepted({"--read", "-", "-w", "out", "--verify", "--json", "-v", "--port", "53", "tcp", "or", "udp"});
    EXPECT_EQ(all.read, "-");
    EXPECT_EQ(all.write, "out");
    EXPECT_EQ(effective_filter(all), "port 53 and (tcp or udp)");
    EXPECT_TRUE(all.verify && all.json && all.verbose);
}

TEST(FilterRunOptions, ThatCannotBeUsedAreNamed) {
    EXPECT_THAT(refused({}), HasSubstr("add -r FILE"));
    EXPECT_THAT(refused({"tcp"}), HasSubstr("add -r FILE"));
    EXPECT_THAT(refused({"-r", ""}), HasSubstr("-r needs the name of a file"));
    EXPECT_THAT(refused({"-r", "a", "-w", ""}), HasSubstr("-w needs the name of a file"));
    EXPECT_THAT(refused({"-r", "a", "-r", "b"}), HasSubstr("-r is given 2 times"));
    EXPECT_THAT(refused({"-r", "a", "--json", "-w", "-"}), HasSubstr("both take standard output"));
    EXPECT_THAT(refused({"-r", "a", "--port", "x"}), HasSubstr("--port"));
    EXPECT_THAT(refused({"-r", "a", "-F", "/dev/null", "tcp"}), HasSubstr("-F names a file"));
}

TEST(FilterRunOptions, StandInTheFileAsACommand) {
    EXPECT_EQ(effective_command(accepted({"-r", "in file", "-w", "out", "--proto", "udp", "port", "53"})),
              "xdpsift filter run -r 'in file' -w out --proto udp 'port 53'");
}

TEST(FilterExplainOptions, AreAFilter) {
    CommandLine line;
    const auto options = line.explain({"--json", "--vlan", "5", "not", "arp"});
    ASSERT_TRUE(options);
    EXPECT_TRUE(options->json);
    EXPECT_EQ(effective_filter(*options), "vlan 5 and (not arp)");
    CommandLine none;
    EXPECT_TRUE(none.explain({}));
    CommandLine wrong;
    EXPECT_FALSE(wrong.explain({"--vlan", "4096"}));
}

}  // namespace
}  // namespace xdpsift::cli
