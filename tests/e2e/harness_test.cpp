// SPDX-License-Identifier: BSD-2-Clause
// The ground that the other tests stand on: without it their failures would say nothing.
#include <gtest/gtest.h>

#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

using VethPairTest = CaptureTest;

TEST_F(VethPairTest, CarriesEveryFrameSizeAndNothingElse) {
    Traffic traffic(veth());
    Tap tap(veth());
    for (std::size_t size = 14; size <= 1514; size += 100) traffic.send(raw(Bytes(size)).bytes());
    traffic.settle();
    const auto seen = tap.frames();
    ASSERT_EQ(seen.size(), traffic.count());
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], traffic.sent()[i].bytes);
}

TEST_F(VethPairTest, CarriesSocketsOfBothFamilies) {
    veth({.ipv6 = true});
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        UdpFlow flow(veth(), family, 5000);
        flow.send("hello");
        EXPECT_EQ(flow.receive(), "hello");
        exchange_tcp(veth(), family, 5001, 3);
        ping(veth(), family, 3);
    }
}

TEST_F(VethPairTest, ShowsTheProgramOnItsHook) {
    EXPECT_FALSE(attached_program(veth()));
    for (const HookMode mode : {HookMode::native, HookMode::generic}) {
        const ForeignProgram program(veth(), mode);
        const auto found = attached_program(veth());
        ASSERT_TRUE(found);
        EXPECT_EQ(found->id, program.id());
        EXPECT_EQ(found->mode, mode);
    }
    EXPECT_FALSE(attached_program(veth()));
}

// A section header and an interface; the tests below break it.
Bytes small_file() {
    return {0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1,  0, 0, 0, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 28, 0, 0, 0, 1,    0,    0,    0,    32, 0, 0, 0, 1,    0,    0,    0,
            0,    0,    0,    0,    9,  0, 1, 0, 9,    0,    0,    0,    0,  0, 0, 0, 32,   0,    0,    0};
}

TEST(PcapngReaderTest, TakesAFileWithoutPackets) {
    const PcapngFile file = parse_pcapng(small_file());
    EXPECT_EQ(file.interfaces.size(), 1u);
    EXPECT_EQ(file.packets.size(), 0u);
}

TEST(PcapngReaderTest, RefusesWhatTheFormatForbids) {
    const auto broken = [](std::size_t at, std::uint8_t value) {
        Bytes bytes = small_file();
        bytes[at] = value;
        return bytes;
    };
    EXPECT_THROW(parse_pcapng(broken(24, 29)), FormatError) << "length not repeated";
    EXPECT_THROW(parse_pcapng(broken(32, 31)), FormatError) << "length not a multiple of 4";
    EXPECT_THROW(parse_pcapng(broken(49, 1)), FormatError) << "padding not zero";
    EXPECT_THROW(parse_pcapng(broken(52, 1)), FormatError) << "no end of options";
    Bytes cut = small_file();
    cut.pop_back();
    EXPECT_THROW(parse_pcapng(cut), FormatError) << "cut short";
}

using JudgesTest = CaptureTest;

TEST_F(JudgesTest, RefuseAWrongCountAndABrokenFile) {
    if (!judge_present("tcpdump") && !judge_present("tshark") && !judge_present("capinfos"))
        GTEST_SKIP() << "neither tcpdump nor tshark nor capinfos is on this machine";
    const Bytes good = small_file();
    const std::string path = file_with("good.pcapng", std::string(good.begin(), good.end()));
    EXPECT_TRUE(judges_accept(path, 0));
    EXPECT_FALSE(judges_accept(path, 1));
    EXPECT_FALSE(judges_accept(file_with("cut.pcapng", std::string(good.begin(), good.end() - 6)), 0));
}

using SentFramesTest = CaptureTest;

TEST_F(SentFramesTest, AreToldFromAllOthers) {
    Traffic traffic(veth());
    traffic.send(udp_frame(), 3);
    std::vector<PcapngPacket> good(3);
    for (std::size_t i = 0; i < good.size(); ++i) {
        const SentFrame& sent = traffic.sent()[i];
        good[i].time_ns = sent.time_ns;
        good[i].original_len = static_cast<std::uint32_t>(sent.bytes.size());
        good[i].data = sent.bytes;
    }
    EXPECT_TRUE(are_sent_frames(good, traffic));
    const auto refused_with = [&](const std::function<void(std::vector<PcapngPacket>&)>& change) {
        std::vector<PcapngPacket> packets = good;
        change(packets);
        return !are_sent_frames(packets, traffic);
    };
    EXPECT_TRUE(refused_with([](auto& packets) { packets[1].data.back() ^= 1; }));
    EXPECT_TRUE(refused_with([](auto& packets) { packets[1].data.pop_back(); }));
    EXPECT_TRUE(refused_with([](auto& packets) { packets[1].original_len++; }));
    EXPECT_TRUE(refused_with([](auto& packets) { packets[1] = packets[0]; }));
    EXPECT_TRUE(refused_with([](auto& packets) { std::swap(packets[1], packets[2]); }));
    EXPECT_TRUE(refused_with([](auto& packets) { packets[0].time_ns -= 1'000'000'000; }));
    EXPECT_TRUE(refused_with([](auto& packets) { packets[2].time_ns += 60'000'000'000; }));
}

TEST(LedgerCheckTest, RefusesALedgerThatDoesNotClose) {
    const nlohmann::json counters = {{"seen", 5},         {"filtered_out", 2}, {"matched", 3},  {"sampled_out", 1},
                                     {"rate_limited", 0}, {"over_budget", 0},  {"selected", 2}, {"ring_lost", 1},
                                     {"received", 1},     {"discarded", 0},    {"written", 1}};
    nlohmann::json summary = {{"totals", counters}, {"interfaces", {counters}}, {"ledger_closed", true}};
    EXPECT_TRUE(ledger_closes(nlohmann::json::parse(summary.dump())));
    summary["interfaces"][0]["written"] = 0;
    EXPECT_FALSE(ledger_closes(nlohmann::json::parse(summary.dump())));
}

}  // namespace
}  // namespace xdpsift::e2e
