// SPDX-License-Identifier: BSD-2-Clause
// Which packets a filter lets through: every group of options on the same mix of frames, real traffic, long lists.
#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

using testing::ElementsAreArray;

struct Kind {
    const char* name;
    Bytes frame;
};

// One frame of each kind, in this order.
const std::vector<Kind>& mix() {
    static const std::vector<Kind> kinds = {
        {"dns4", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Udp(4000, 53) / payload(20)).build()},
        {"http4", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Tcp(4001, 80) / payload(20)).build()},
        {"answer4", (Ethernet() / Ipv4("198.51.100.7", "203.0.113.9") / Udp(53, 6000) / payload(20)).build()},
        {"dns6", (Ethernet() / Ipv6("2001:db8::1", "2001:db8::2") / Udp(4000, 53) / payload(20)).build()},
        {"https6", (Ethernet() / Ipv6("2001:db8:1::7", "2001:db8::2") / Tcp(443, 8080) / payload(20)).build()},
        {"ping4", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Icmp() / payload(20)).build()},
        {"ping6", (Ethernet() / Ipv6("2001:db8::1", "2001:db8::2") / Icmpv6() / payload(20)).build()},
        {"vlan100", (Ethernet() / Vlan(100) / Ipv4("192.0.2.1", "192.0.2.2") / Udp(4000, 53) / payload(20)).build()},
        {"qinq", (Ethernet() / Vlan(200) / Vlan(100) / Ipv6("2001:db8::1", "2001:db8::2") / Tcp(4001, 80)).build()},
        {"arp", (Ethernet() / Arp("192.0.2.1", "192.0.2.2")).build()},
        {"hopbyhop", (Ethernet() / Ipv6("2001:db8::1", "2001:db8::2") / HopByHop() / Udp(4000, 53)).build()},
        {"options4", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2").options(8) / Udp(4000, 53)).build()},
        {"fragment4", (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2").fragment(1480, false).protocol(17) /
                       raw({0x0f, 0xa0, 0x00, 0x35, 0x00, 0x10, 0x00, 0x00, 1, 2, 3, 4, 5, 6, 7, 8}))
                          .build()},
    };
    return kinds;
}

struct FilterCase {
    const char* name;
    std::vector<std::string> args;
    std::vector<std::string> kinds;  // that match
};

class FilterTest : public CaptureTest, public testing::WithParamInterface<FilterCase> {};

TEST_P(FilterTest, LetsExactlyTheMatchingFramesThrough) {
    veth();
    Running running = start({.args = GetParam().args});
    Traffic traffic(veth());
    constexpr std::size_t kRounds = 5;
    for (std::size_t round = 0; round < kRounds; ++round) {
        for (const Kind& kind : mix()) traffic.send(kind.frame);
    }
    traffic.settle();
    const Ended ended = interrupt(running);

    std::vector<std::string> expected;
    for (std::size_t round = 0; round < kRounds; ++round)
        expected.insert(expected.end(), GetParam().kinds.begin(), GetParam().kinds.end());
    std::vector<std::string> found;
    for (const std::uint32_t number : numbers(ended.file.packets))
        found.emplace_back(mix()[number % mix().size()].name);
    EXPECT_THAT(found, ElementsAreArray(expected));
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
    EXPECT_EQ(ended.stop_reason(), "signal");
    EXPECT_EQ(ended.total("seen"), traffic.count());
    EXPECT_EQ(ended.total("matched"), expected.size());
    EXPECT_EQ(ended.total("written"), expected.size());
}

INSTANTIATE_TEST_SUITE_P(
    Options, FilterTest,
    testing::Values(
        FilterCase{"Src4", {"--src", "192.0.2.1"}, {"dns4", "http4", "ping4", "vlan100", "options4", "fragment4"}},
        FilterCase{"SrcPrefix6", {"--src", "2001:db8:1::/48"}, {"https6"}},
        FilterCase{"DstRange4", {"--dst", "203.0.113.5-203.0.113.20"}, {"answer4"}},
        FilterCase{"Dst6", {"--dst", "2001:db8::2"}, {"dns6", "https6", "ping6", "qinq", "hopbyhop"}},
        FilterCase{"HostMixedList", {"--host", "203.0.113.9,2001:db8:1::7"}, {"answer4", "https6"}},
        FilterCase{"Sport", {"--sport", "53,443"}, {"answer4", "https6"}},
        FilterCase{"Dport", {"--dport", "53"}, {"dns4", "dns6", "vlan100", "hopbyhop", "options4"}},
        FilterCase{"PortRange", {"--port", "80-90,6000"}, {"http4", "answer4", "qinq"}},
        FilterCase{"ProtoNames", {"--proto", "icmp,icmpv6"}, {"ping4", "ping6"}},
        FilterCase{"ProtoNumber", {"--proto", "6"}, {"http4", "https6", "qinq"}},
        FilterCase{"Vlan", {"--vlan", "100"}, {"vlan100", "qinq"}},
        FilterCase{"OuterVlan", {"--vlan", "200"}, {"qinq"}},
        FilterCase{"All",
                   {"--src", "192.0.2.0/24", "--dst", "192.0.2.2", "--proto", "udp", "--dport", "53", "--vlan", "100"},
                   {"vlan100"}},
        FilterCase{"Nothing", {"--proto", "sctp"}, {}}),
    [](const auto& instance) { return std::string(instance.param.name); });

class RealTrafficTest : public CaptureTest, public testing::WithParamInterface<Family> {};

TEST_P(RealTrafficTest, OfPingUdpAndTcpIsCapturedByteForByte) {
    veth({.ipv6 = GetParam() == Family::ipv6});
    // The sender's own address: multicast reports of IPv6 come from others.
    const std::string source = GetParam() == Family::ipv6 ? kSenderIpv6 : kSenderIpv4;
    Running running = start({.args = {"--src", source, "--proto", "udp,tcp,icmp,icmpv6"}});
    Tap tap(veth());
    UdpFlow udp(veth(), GetParam(), 5000);
    for (int i = 0; i < 20; ++i) {
        udp.send("datagram " + std::to_string(i));
        udp.receive();
    }
    exchange_tcp(veth(), GetParam(), 5001, 20);
    ping(veth(), GetParam(), 20);
    const Ended ended = interrupt(running);
    std::vector<Bytes> captured;
    for (const PcapngPacket& packet : ended.file.packets) captured.push_back(packet.data);
    std::vector<Bytes> sent;
    const std::vector<std::uint8_t> types = {6, 17, 1, 58};
    for (const Bytes& frame : tap.frames()) {
        const std::uint8_t protocol = frame.at(GetParam() == Family::ipv6 ? 20 : 23);
        if (std::find(types.begin(), types.end(), protocol) != types.end()) sent.push_back(frame);
    }
    // TCP may still have closed after the capture ended, never before.
    ASSERT_GE(captured.size(), 20u + 22u + 20u);
    ASSERT_LE(captured.size(), sent.size());
    sent.resize(captured.size());
    EXPECT_EQ(captured, sent);
}

INSTANTIATE_TEST_SUITE_P(Families, RealTrafficTest, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& instance) { return instance.param == Family::ipv4 ? "Ipv4" : "Ipv6"; });

using SampleTest = CaptureTest;

TEST_F(SampleTest, OneInTenOfTheMatchesIsKeptAndTheRestIsCounted) {
    veth();
    Running running = start({.args = {"--dport", "53", "--sample-rate", "10", "--seed", "7"}});
    Traffic traffic(veth());
    constexpr std::size_t kMatches = 5000;
    for (std::size_t i = 0; i < kMatches / 10; ++i) {
        traffic.send(udp_frame(100, 4000, 53), 10);
        traffic.send(udp_frame(100, 4000, 54));
    }
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.total("matched"), kMatches);
    EXPECT_EQ(ended.total("filtered_out"), kMatches / 10);
    EXPECT_EQ(ended.total("selected") + ended.total("sampled_out"), kMatches);
    EXPECT_EQ(ended.total("ring_lost"), 0u);
    // Six standard deviations of the binomial distribution: sqrt(5000 * 0.1 * 0.9) = 21.
    EXPECT_NEAR(static_cast<double>(ended.total("selected")), 500, 128);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
    EXPECT_EQ(ended.summary["sampler"]["method"], "uniform");
    EXPECT_EQ(ended.summary["sampler"]["rate"], 10);
    EXPECT_EQ(ended.summary["sampler"]["seed"], 7);
    EXPECT_EQ(ended.summary["sampler"]["psamp_selector_algorithm"], 4);
}

using ListFileTest = CaptureTest;

// 10.0.0.0/24, 10.0.2.0/24, ...: every second /24, so that nothing can be merged.
std::string hundred_thousand_prefixes() {
    std::string text = "# a list of prefixes\n\n";
    for (unsigned i = 0; i < 100'000; ++i) {
        const unsigned network = i * 2;
        text += std::to_string(10 + (network >> 16)) + "." + std::to_string(network >> 8 & 0xff) + "." +
                std::to_string(network & 0xff) + ".0/24" + (i == 7 ? "  # a comment\n" : "\n");
    }
    return text;
}

TEST_F(ListFileTest, OfAHundredThousandPrefixesFilters) {
    veth();
    Running running = start({.args = {"--src", "@" + file_with("list", hundred_thousand_prefixes())}});
    Traffic traffic(veth());
    // Even third octets are in the list, up to 13.13.62: 100,000 of them; odd ones and what follows are not.
    const std::vector<std::string> inside = {"10.0.0.1", "10.0.2.255", "11.7.4.9", "13.13.62.1"};
    const std::vector<std::string> outside = {"10.0.1.1", "11.7.5.9", "13.13.64.1", "9.255.254.1", "192.0.2.1"};
    for (const auto* group : {&inside, &outside}) {
        for (const std::string& source : *group)
            traffic.send((Ethernet() / Ipv4(source, "192.0.2.2") / Udp(1, 2) / payload(18)).build());
    }
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_THAT(numbers(ended.file.packets), testing::ElementsAre(0, 1, 2, 3));
    EXPECT_EQ(ended.total("filtered_out"), outside.size());
}

TEST_F(ListFileTest, WithABadLineIsRefusedByItsNumber) {
    const std::string path = file_with("list", "192.0.2.0/24\n# fine\n192.0.2.0/33\n");
    refused({.args = {"--src", "@" + path}}, 2, "3");
    EXPECT_THAT(refused({.args = {"--src", "@" + path}}, 2, path).err, testing::HasSubstr("192.0.2.0/33"));
}

}  // namespace
}  // namespace xdpsift::e2e
