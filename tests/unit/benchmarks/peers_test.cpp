// SPDX-License-Identifier: BSD-2-Clause
#include "compare/peers.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

namespace xdpsift::compare {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

const Peer& peer(const std::string& name) {
    for (const auto& each : known_peers())
        if (each.name == name) return each;
    throw std::invalid_argument(name);
}

CaptureJob job(Scenario scenario, std::uint32_t snaplen = 128) {
    CaptureJob out;
    out.program = "/bin/tool";
    out.interface = "veth1";
    out.file = testing::TempDir() + "peers.capture";
    out.scenario = scenario;
    out.snaplen = snaplen;
    out.ring_kib = 2048;
    return out;
}

TEST(Peers, AllAreAskedForTheSameSnaplenAndBuffer) {
    for (const auto& each : known_peers()) {
        const auto command = each.command(job(Scenario::all));
        EXPECT_EQ(command.front(), "/bin/tool") << each.name;
        EXPECT_THAT(command, Contains("veth1")) << each.name;
        EXPECT_THAT(command, Contains(job(Scenario::all).file)) << each.name;
        EXPECT_EQ(std::count(command.begin(), command.end(), "128"), each.takes_snaplen ? 1 : 0) << each.name;
    }
    EXPECT_THAT(peer("xdpsift").command(job(Scenario::all)), Contains("2048K"));
    EXPECT_THAT(peer("tcpdump").command(job(Scenario::all)), Contains("2048"));
    EXPECT_THAT(peer("dumpcap").command(job(Scenario::all)), Contains("2"));
    EXPECT_THAT(peer("netsniff-ng").command(job(Scenario::all)), Contains("2048KiB"));
}

TEST(Peers, AFilterThatTakesNothingIsTheSameForAll) {
    EXPECT_THAT(peer("tcpdump").command(job(Scenario::none)), Contains("udp port 53"));
    EXPECT_THAT(peer("dumpcap").command(job(Scenario::none)), Contains("udp port 53"));
    EXPECT_THAT(peer("xdpsift").command(job(Scenario::none)), AllOf(Contains("--port"), Contains("53")));
    EXPECT_THAT(peer("tcpdump").command(job(Scenario::all)), Contains("udp"));
}

TEST(Peers, OursSampleAndTakeEitherRing) {
    EXPECT_THAT(peer("xdpsift").command(job(Scenario::sample)), AllOf(Contains("--sample-rate"), Contains("1000")));
    EXPECT_THAT(peer("xdpsift").command(job(Scenario::all)), Not(Contains("--ring")));
    EXPECT_THAT(peer(kBpfRingPeer).command(job(Scenario::all)), AllOf(Contains("--ring"), Contains("bpf")));
}

TEST(Peers, WholePacketsAreAskedForInEachOnesWay) {
    EXPECT_THAT(peer("xdpsift").command(job(Scenario::all, 0)), Contains("0"));
    EXPECT_THAT(peer("tcpdump").command(job(Scenario::all, 0)), Contains("262144"));
}

TEST(Peers, NobodyIsAskedForWhatHeCannot) {
    EXPECT_EQ(unfit(peer("xdpdump"), Scenario::none, 128, 64), "has no filter");
    EXPECT_EQ(unfit(peer("tcpdump"), Scenario::sample, 128, 64), "does not sample");
    EXPECT_EQ(unfit(peer("netsniff-ng"), Scenario::all, 128, 1500), "keeps whole packets only");
    EXPECT_FALSE(unfit(peer("netsniff-ng"), Scenario::all, 128, 64));
    EXPECT_FALSE(unfit(peer("netsniff-ng"), Scenario::all, 0, 1500));
    EXPECT_FALSE(unfit(peer("xdpsift"), Scenario::sample, 128, 64));
}

TEST(Peers, TheBpfRingIsFoundInTheHelp) {
    EXPECT_TRUE(offers_bpf_ring("  --ring KIND        perf or bpf\n  --ring-size SIZE  bytes\n"));
    EXPECT_FALSE(offers_bpf_ring("  --ring KIND        perf: the perf ring buffer\n  --ring-size SIZE  bpf\n"));
    EXPECT_FALSE(offers_bpf_ring("  --ring-size SIZE  bytes of the bpf ring\n"));
}

struct Said {
    const char* name;
    const char* text;
    std::uint64_t captured, lost;
};

TEST(Peers, TheirOwnCountsAreRead) {
    const Said all[]{
        {"tcpdump",
         "tcpdump: listening on v1\n123 packets captured\n130 packets received by filter\n7 packets dropped by "
         "kernel\n",
         123, 7},
        {"dumpcap",
         "Capturing on 'v1'\nFile: x\nPackets captured: 0\rPackets captured: 123\n"
         "Packets received/dropped on interface 'v1': 123/7 (pcap:7/dumpcap:0/flushed:0/ps_ifdrop:0) (94.6%)\n",
         123, 7},
        {"xdpdump", "listening on v1\n\n123 packets captured\n7 packets dropped by perf ring\n", 123, 7},
        {"netsniff-ng",
         "Running! Hang up with ^C!\n\n\r         130  packets incoming (0 unread on exit)\n"
         "\r         123  packets passed filter\n\r           7  packets failed filter (out of space)\n",
         123, 7},
    };
    for (const auto& said : all) {
        const auto counts = peer(said.name).own_counts(job(Scenario::all), said.text);
        ASSERT_TRUE(counts) << said.name;
        EXPECT_EQ(counts->captured, said.captured) << said.name;
        EXPECT_EQ(counts->lost, said.lost) << said.name;
    }
}

TEST(Peers, OursMustCloseItsLedger) {
    const auto asked = job(Scenario::all);
    std::ofstream(asked.summary_file())
        << R"({"totals": {"written": 5, "ring_lost": 2, "discarded": 1}, "ledger_closed": true})";
    const auto counts = peer("xdpsift").own_counts(asked, "");
    ASSERT_TRUE(counts) << counts.error().message;
    EXPECT_EQ(counts->captured, 5U);
    EXPECT_EQ(counts->lost, 3U);
    std::ofstream(asked.summary_file()) << R"({"totals": {"written": 5}, "ledger_closed": false})";
    EXPECT_FALSE(peer("xdpsift").own_counts(asked, ""));
    EXPECT_EQ(remove(asked.summary_file().c_str()), 0);
    EXPECT_FALSE(peer("xdpsift").own_counts(asked, ""));
}

TEST(FindProgram, LooksThroughThePath) {
    EXPECT_EQ(find_program("sh", "/nonexistent::/bin"), "/bin/sh");
    EXPECT_EQ(find_program("/bin/sh", ""), "/bin/sh");
    EXPECT_EQ(find_program("no-such-tool", "/bin:/usr/bin"), "");
    EXPECT_EQ(find_program("/bin/no-such-tool", "/bin"), "");
}

}  // namespace
}  // namespace xdpsift::compare
