// SPDX-License-Identifier: BSD-2-Clause
// What stands in the file: the packets' bytes, lengths, times, and the blocks around them.
#include <map>

#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;
using ContentTest = CaptureTest;
using EachRingContentTest = RingTest;
INSTANTIATE_TEST_SUITE_P(Rings, EachRingContentTest, kEachRing, name_of_ring);

constexpr std::uint32_t kInbound = 1;
constexpr std::size_t kLargestRecord = 65472;

TEST_P(EachRingContentTest, FramesOfEverySizeAreWhole) {
    veth();
    Running running = start({.args = through_ring()});
    Traffic traffic(veth());
    for (std::size_t size = 14; size <= 1514; ++size) traffic.send(raw(Bytes(size, 0xa5)).bytes());
    traffic.settle();
    const Ended ended = interrupt(running);
    ASSERT_EQ(ended.file.packets.size(), traffic.count());
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
    EXPECT_EQ(ended.total("seen"), traffic.count());
}

TEST_P(EachRingContentTest, JumboFramesAreWhole) {
    veth({.mtu = 9000});
    Running running = start({.args = through_ring({"-s", "0"})});
    Traffic traffic(veth());
    for (const std::size_t size : {1500, 3000, 4096, 4097, 8192, 9014}) traffic.send(udp_frame(size), 3);
    traffic.settle();
    const Ended ended = interrupt(running);
    ASSERT_EQ(ended.file.packets.size(), traffic.count());
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

TEST_P(EachRingContentTest, SnaplenCutsAndKeepsTheOriginalLength) {
    veth();
    Running running = start({.args = through_ring({"-s", "64"})});
    Traffic traffic(veth());
    for (const std::size_t size : {50, 63, 64, 65, 1514}) traffic.send(udp_frame(size), 2);
    traffic.settle();
    const Ended ended = interrupt(running);
    ASSERT_EQ(ended.file.packets.size(), traffic.count());
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic, 64));
    EXPECT_EQ(ended.file.interfaces.at(0).snaplen, 64u);
}

TEST_P(EachRingContentTest, PacketsOfOneSenderKeepTheirOrder) {
    veth();
    Running running = start({.args = through_ring()});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 3000);
    traffic.settle();
    const Ended ended = interrupt(running);
    std::vector<std::uint32_t> expected(traffic.count());
    for (std::uint32_t i = 0; i < expected.size(); ++i) expected[i] = i;
    EXPECT_EQ(numbers(ended.file.packets), expected);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

TEST_F(ContentTest, PcapngBlocksSayWhatTheContractSays) {
    veth({.queues = 2});
    const std::uint64_t before_ns = realtime_ns();
    Running running = start({.args = {"--proto", "udp", "--sample-rate", "2", "--seed", "3"}});
    Traffic traffic(veth());
    // Many flows: they spread over the queues.
    for (std::uint16_t port = 1000; port < 1200; ++port) traffic.send(udp_frame(100, port, 53));
    traffic.settle();
    const Ended ended = interrupt(running);
    const std::uint64_t after_ns = realtime_ns();

    EXPECT_FALSE(ended.file.section.text(kShbHardware).empty());
    EXPECT_THAT(ended.file.section.text(kShbOs), HasSubstr("Linux"));
    EXPECT_THAT(ended.file.section.text(kShbUserAppl), HasSubstr("xdpsift"));
    EXPECT_THAT(ended.file.section.text(kOptComment), HasSubstr("--sample-rate"));

    ASSERT_EQ(ended.file.interfaces.size(), 1u);
    const PcapngInterface& interface = ended.file.interfaces[0];
    EXPECT_EQ(interface.link_type, 1u);
    EXPECT_EQ(interface.options.text(kIfName), kReceiverInterface);
    EXPECT_FALSE(interface.options.text(kIfDescription).empty());
    EXPECT_EQ(interface.options.bytes(kIfMacAddr), (Bytes{2, 0, 0, 0, 0, 2}));
    EXPECT_THAT(interface.options.text(kIfOs), HasSubstr("Linux"));
    const Bytes& filter = interface.options.bytes(kIfFilter);
    ASSERT_FALSE(filter.empty());
    EXPECT_EQ(filter[0], 0u) << "code 0: a string";
    EXPECT_EQ(std::string(filter.begin() + 1, filter.end()), "proto udp");
    const std::string selection = interface.options.text(kOptComment);
    EXPECT_THAT(selection, HasSubstr("="));
    EXPECT_THAT(selection, HasSubstr("4"));

    std::map<std::uint64_t, std::uint64_t> last_of_cpu;
    for (const PcapngPacket& packet : ended.file.packets) {
        EXPECT_EQ(packet.options.u32(kEpbFlags) & 3, kInbound);
        EXPECT_LT(packet.options.u32(kEpbQueue), 2u);
        const std::uint64_t id = packet.options.u64(kEpbPacketid);
        std::uint64_t& last = last_of_cpu[id >> 48];
        EXPECT_GT(id, last) << "packet ids of a CPU grow";
        last = id;
        EXPECT_FALSE(packet.options.has(kEpbDropcount)) << "nothing was lost";
    }

    ASSERT_EQ(ended.file.statistics.size(), 1u);
    const PcapngOptions& statistics = ended.file.statistics[0].options;
    EXPECT_EQ(statistics.u64(kIsbIfRecv), ended.total("seen"));
    EXPECT_EQ(statistics.u64(kIsbFilterAccept), ended.total("matched"));
    EXPECT_EQ(statistics.u64(kIsbOsDrop), ended.total("ring_lost"));
    EXPECT_EQ(statistics.u64(kIsbUsrDeliv), ended.total("written"));
    const auto timestamp = [&statistics](std::uint16_t code) {
        const std::uint64_t halves = statistics.u64(code);
        return halves << 32 | halves >> 32;  // upper half first
    };
    EXPECT_GT(timestamp(kIsbStartTime), before_ns);
    EXPECT_GT(timestamp(kIsbEndTime), timestamp(kIsbStartTime));
    EXPECT_LT(timestamp(kIsbEndTime), after_ns);
    const std::string ledger = statistics.text(kOptComment);
    for (const char* counter : {"seen", "filtered_out", "matched", "sampled_out", "rate_limited", "over_budget",
                                "selected", "ring_lost", "received", "discarded", "written"})
        EXPECT_THAT(ledger, HasSubstr(std::string(counter) + "=" + std::to_string(ended.total(counter))));
}

class BulkTest : public CaptureTest, public testing::WithParamInterface<std::size_t> {};

// Segments beyond the MTU, where the interface takes them, come as one frame: as it left the sender.
TEST_P(BulkTest, TcpIsCapturedAsItLeftTheSender) {
    veth();
    const std::size_t snaplen = GetParam();
    Running running = start({.args = {"--proto", "tcp", "-s", std::to_string(snaplen)}});
    Tap tap(veth());
    send_bulk_tcp(veth(), Family::ipv4, 5001, 1 << 20);
    const Ended ended = interrupt(running);
    // Whatever does not fit into a record is refused, and counted.
    const auto fits = [snaplen](const Bytes& frame) { return snaplen != 0 || frame.size() <= kLargestRecord; };
    std::vector<Bytes> sent = tap.frames();
    ASSERT_GE(sent.size(), ended.total("seen"));
    sent.resize(ended.total("seen"));
    std::erase_if(sent, [&](const Bytes& frame) { return !fits(frame); });
    EXPECT_EQ(ended.total("ring_lost"), ended.total("seen") - sent.size());
    ASSERT_EQ(ended.file.packets.size(), sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
        const PcapngPacket& packet = ended.file.packets[i];
        ASSERT_EQ(packet.original_len, sent[i].size()) << "packet " << i;
        if (snaplen != 0 && sent[i].size() > snaplen) sent[i].resize(snaplen);
        ASSERT_EQ(packet.data, sent[i]) << "packet " << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Snaplen, BulkTest, testing::Values(0, 200), testing::PrintToStringParamName());

TEST_F(ContentTest, TagsOfAVlanDeviceAreInTheFrame) {
    veth({.vlan_offload = false});
    if (run({.argv = {ip_command(), "link", "add", "link", "xs0", "name", "xs0.100", "type", "vlan", "id", "100"},
             .netns_fd = veth().sender().fd()})
            .err.find("Unknown device type") != std::string::npos)
        GTEST_SKIP() << "this kernel has no VLAN devices (8021q)";
    veth().sender().ip("link set xs0.100 up\n");
    Running running = start({.args = {"--vlan", "100", "--dport", "7"}});
    Tap tap(veth());
    veth().sender().ip(
        "addr add 198.51.100.1/24 dev xs0.100\n"
        "neigh add 198.51.100.2 lladdr 02:00:00:00:00:02 nud permanent dev xs0.100\n");
    veth().sender().inside([] { send_datagram("198.51.100.2", 7, "tagged"); });
    const Ended ended = interrupt(running);
    std::vector<Bytes> tagged;
    for (const Bytes& frame : tap.frames()) {
        if (frame.size() > 40 && frame[12] == 0x81 && frame[27] == 17) tagged.push_back(frame);
    }
    ASSERT_EQ(tagged.size(), 1u);
    ASSERT_EQ(ended.file.packets.size(), 1u);
    EXPECT_EQ(ended.file.packets[0].data, tagged[0]);
}

}  // namespace
}  // namespace xdpsift::e2e
