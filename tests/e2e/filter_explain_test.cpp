// SPDX-License-Identifier: BSD-2-Clause
// xdpsift filter explain: with privileges and without, and what it refuses.
#include "e2e/filter_command_fixture.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;
using FilterExplainTest = FilterCommandTest;

TEST_F(FilterExplainTest, CountsWhatTheKernelMadeOfIt) {
    const auto one = json_of({"explain", "--port", "53", "tcp", "or", "udp"});
    EXPECT_EQ(one["filter"], "port 53 and (tcp or udp)");
    EXPECT_TRUE(one["classic"]["optimised"]);
    EXPECT_GT(one["classic"]["instructions"], 8);
    EXPECT_GT(one["translation"]["instructions"], one["classic"]["instructions"]);
    EXPECT_GT(one["program"]["instructions"], one["translation"]["instructions"]);
    EXPECT_GT(one["program"]["verified"], 100);
    EXPECT_LT(one["program"]["verified"], 1'000'000);
    EXPECT_TRUE(one["program"]["reason"].is_null());
    // One that asks for less is less.
    const auto less = json_of({"explain", "tcp"});
    EXPECT_LT(less["program"]["instructions"], one["program"]["instructions"]);
    EXPECT_LT(less["program"]["verified"], one["program"]["verified"]);
    const auto none = json_of({"explain"});
    EXPECT_EQ(none["matches"], "everything");
    EXPECT_LT(none["program"]["instructions"], less["program"]["instructions"]);
}

TEST_F(FilterExplainTest, PrintsTheClassicProgramAsTcpdumpDoes) {
    if (!judge_present("tcpdump")) return;
    for (const std::string expression : {"udp port 53", "vlan 5 and ip6", "ip6 protochain 6", "len > 100 or arp"}) {
        const Outcome tcpdump = harness::run({.argv = {"tcpdump", "-d", "-r", capture({}), expression}});
        std::string listing;
        const auto json = json_of({"explain", expression});
        for (const auto& line : json["classic"]["listing"]) listing += line.get<std::string>() + "\n";
        EXPECT_EQ(listing, tcpdump.out) << expression;
    }
}

TEST_F(FilterExplainTest, TellsAPersonTheSame) {
    const Outcome outcome = filter({"explain", "tcp port 53"});
    EXPECT_EQ(outcome.exit_status, 0);
    EXPECT_EQ(outcome.err, "");
    for (const auto* part : {"Filter: tcp port 53\n", "Classic BPF, optimised by libpcap", "(000) ldh      [12]",
                             "Translation for the kernel", "r0 = *(u16 *)(r2 +12)", "verified", "fragments\n"})
        EXPECT_THAT(outcome.out, HasSubstr(part));
    EXPECT_THAT(filter({"explain", "ip and ip6"}).out, HasSubstr("No packet can match it."));
}

TEST_F(FilterExplainTest, WithoutPrivilegesSaysWhyThereAreNoCounts) {
    const Outcome outcome = unprivileged({"explain", "--json", "tcp port 53"});
    EXPECT_EQ(outcome.exit_status, 0);
    const auto json = nlohmann::json::parse(outcome.out);
    EXPECT_THAT(json["program"]["reason"].get<std::string>(), HasSubstr("CAP_BPF"));
    EXPECT_TRUE(json["program"]["verified"].is_null());
    EXPECT_GT(json["translation"]["instructions"], 10);
    EXPECT_EQ(json["caveats"][0]["about"], "fragments");
}

TEST_F(FilterExplainTest, TakesAnExpressionOfManyTermsFromAFile) {
    std::string text = "udp";
    for (int i = 0; i < 500; ++i) text += " or\n host 10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    const auto json = json_of({"explain", "-F", write_file(place("expression"), text)});
    EXPECT_GT(json["classic"]["instructions"], 1000);
    EXPECT_GT(json["program"]["verified"], 1000) << json["program"]["reason"];
}

TEST_F(FilterExplainTest, RefusesWhatLibpcapRefuses) {
    refused({"explain", "tcp prot 80"}, 2, "prot");
    refused({"explain", "--", "-1"}, 2, "syntax error");
    refused({"explain", "host xdpsift.invalid"}, 2, "xdpsift.invalid");
    refused({"explain", "wlan type mgt"}, 2, "802.11");
    refused({"explain", "--port", "99999"}, 2, "--port");
    refused({"explain", "-r", "x"}, 2, "xdpsift filter explain --help");
    refused({}, 2, "a command is missing: explain, run");
}

TEST_F(FilterExplainTest, ThatCannotBePrintedFails) {
    const Outcome outcome =
        harness::run({.argv = {"sh", "-c", "exec \"$0\" filter explain tcp > /dev/full", xdpsift_binary()}});
    EXPECT_EQ(outcome.exit_status, 1);
    EXPECT_THAT(outcome.err, HasSubstr("standard output: No space left on device"));
}

}  // namespace
}  // namespace xdpsift::e2e
