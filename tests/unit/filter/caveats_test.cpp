// SPDX-License-Identifier: BSD-2-Clause
// Which caveats a filter has, and which it has not.
#include "cli/caveats.h"

#include <gmock/gmock.h>

#include "filters.h"

namespace xdpsift::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> about(const FilterOptions& options, const expression::Compiled& compiled) {
    std::vector<std::string> out;
    for (const auto& caveat : caveats(options, compiled)) out.push_back(caveat.about);
    return out;
}
std::vector<std::string> about(const FilterOptions& options) { return about(options, test::compiled(options)); }
std::vector<std::string> about(const std::string& expression) { return about(test::with_expression(expression)); }

std::string text_about(const std::string& expression, const std::string& what) {
    const auto options = test::with_expression(expression);
    for (const auto& caveat : caveats(options, test::compiled(options)))
        if (caveat.about == what) return caveat.text;
    return {};
}

TEST(Caveats, AreNoneForAFilterThatHasNone) {
    EXPECT_THAT(about(FilterOptions{}), IsEmpty());
    EXPECT_THAT(about("ether host 2:0:0:0:0:1"), IsEmpty());
    EXPECT_THAT(about("ether[0] & 1 = 0"), IsEmpty());
}

struct Case {
    const char* caveat;
    std::vector<std::string> with;
    std::vector<std::string> without;
};

TEST(Caveats, StandWhereTheyApply) {
    const Case cases[] = {
        {"fragments", {"port 53", "tcp[13] & 2 != 0", "udp portrange 1-5"}, {"tcp", "host 192.0.2.1", "ether[0] = 1"}},
        {"ipv6-extension-headers",
         {"tcp", "port 53", "ip6 proto 17", "icmp6[0] = 1"},
         {"ip and tcp", "ip6", "host fe80::1", "tcp[0] = 1", "icmp"}},
        {"ipv4-only", {"tcp[13] = 2", "ip6 or udp[0:2] = 5"}, {"tcp", "ip[0] = 69", "ip6[6] = 6"}},
        {"vlan-tags", {"tcp", "arp", "not ip"}, {"vlan and tcp", "ether[0] = 1", "greater 100"}},
        {"stripped-tags", {"vlan", "vlan 5 and ip"}, {"ip", "ether host 2:0:0:0:0:1"}},
        {"order",
         {"vlan and tcp", "vlan 5 or ip", "(vlan 5) or ip", "mpls and ip", "pppoes and ip", "geneve and udp"},
         {"vlan", "vlan 5", "tcp or vlan", "ip or (vlan 5)", "pppoed"}},
        {"tunnels", {"host 192.0.2.1", "udp", "port 53"}, {"arp", "ether[0] = 1", "mpls and ip", "geneve and ip"}},
        {"ip-broadcast", {"ip broadcast", "udp and ip broadcast"}, {"ether broadcast", "broadcast", "ip multicast"}},
        {"length", {"len > 100", "less 60", "greater 1000 and ip"}, {"ip", "ip[2:2] > 100"}},
        {"protochain", {"ip6 protochain 6", "protochain 17"}, {"ip6 proto 6"}},
        {"reach", {"ether[65535] = 1", "ether[65533:4] = 1"}, {"ether[65534] = 1", "ether[0] = 1"}},
        {"names", {"host localhost"}, {"host 127.0.0.1", "port domain", "tcp"}},
    };
    for (const auto& [caveat, with, without] : cases) {
        for (const auto& expression : with) EXPECT_THAT(about(expression), Contains(caveat)) << expression;
        for (const auto& expression : without) EXPECT_THAT(about(expression), Not(Contains(caveat))) << expression;
    }
}

TEST(Caveats, OfTheOptionsAreTheirOwn) {
    EXPECT_THAT(about(test::with_port(53)), ElementsAre("fragments", "tunnels"));
    EXPECT_THAT(about(test::with_vlan(5)), ElementsAre("stripped-tags"));
}

TEST(Caveats, NameWhatTheySpeakOf) {
    EXPECT_THAT(text_about("host localhost and not net loopback", "names"), HasSubstr("localhost, loopback"));
    EXPECT_THAT(text_about("mpls and ip", "order"), HasSubstr("`mpls`"));
    EXPECT_THAT(text_about("ip6 protochain 6", "protochain"), HasSubstr("200 headers"));
}

// A name of a host is not taken for a keyword, nor is it for libpcap.
TEST(Caveats, AreNotToldByParts) {
    expression::Compiled compiled;
    compiled.program = {{BPF_RET | BPF_K, 0, 0, 1}};
    EXPECT_THAT(about(test::with_expression("host vlan-1 or host \\mpls or host len.example"), compiled),
                ElementsAre("names"));
}

TEST(Caveats, SayWhenMemoryIsReadBeforeItIsSet) {
    expression::Compiled compiled;
    compiled.program = {{BPF_LD | BPF_MEM, 0, 0, 3}, {BPF_RET | BPF_A, 0, 0, 0}};
    EXPECT_THAT(about(test::with_expression("ether[0] = 1"), compiled), Contains("memory"));
    compiled.program.insert(compiled.program.begin(), {BPF_ST, 0, 0, 3});
    EXPECT_THAT(about(test::with_expression("ether[0] = 1"), compiled), Not(Contains("memory")));
}

TEST(Caveats, SayWhenLibpcapsOptimiserHadToBeLeftOut) {
    expression::Compiled compiled;
    compiled.program.assign(expression::kMostOptimised - 1, {BPF_LD | BPF_IMM, 0, 0, 1});
    compiled.program.push_back({BPF_RET | BPF_K, 0, 0, 1});
    const auto options = test::with_expression("ether[0] = 1");
    EXPECT_THAT(about(options, compiled), Not(Contains("optimiser")));
    compiled.program.insert(compiled.program.begin(), {BPF_LD | BPF_IMM, 0, 0, 1});
    EXPECT_THAT(about(options, compiled), Contains("optimiser"));
}

}  // namespace
}  // namespace xdpsift::cli
