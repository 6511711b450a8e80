// SPDX-License-Identifier: BSD-2-Clause
// The builder fills in what a sender would, and leaves alone what was set by hand.
#include "harness/packet_builder.h"

#include <gtest/gtest.h>

#include <span>

namespace xdpsift::harness {
namespace {

unsigned word(const Bytes& frame, std::size_t at) {
    return static_cast<unsigned>(frame.at(at) << 8 | frame.at(at + 1));
}

// The one's complement sum of all words; 0xffff where a checksum among them is right (RFC 1071).
unsigned sum(std::span<const std::uint8_t> data, unsigned start = 0) {
    unsigned total = start;
    for (std::size_t i = 0; i < data.size(); i++) total += i % 2 == 0 ? static_cast<unsigned>(data[i] << 8) : data[i];
    while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
    return total;
}

// Of the transport header at `at`, with the pseudo-header of the IP header before it.
unsigned transport_sum(const Bytes& frame, std::size_t at, std::span<const std::uint8_t> addresses, unsigned protocol) {
    const auto segment = std::span(frame).subspan(at);
    return sum(segment, sum(addresses) + protocol + static_cast<unsigned>(segment.size()));
}

TEST(PacketBuilder, ReportsEachLayer) {
    const Packet packet = Ethernet() / Vlan(100) / Ipv4().options(8) / Udp(1234, 53) / payload(32);
    const std::vector<LayerSpan> expected = {
        {"ethernet", 0, 14}, {"vlan", 14, 4}, {"ipv4", 18, 28}, {"udp", 46, 8}, {"payload", 54, 32}};
    EXPECT_EQ(packet.layers(), expected);
    EXPECT_EQ(packet.size(), 86U);
    EXPECT_EQ(packet.build().size(), 86U);
}

TEST(PacketBuilder, Ipv4AndUdp) {
    const Bytes frame = (Ethernet() / Vlan(100).tpid(0x88a8) / Vlan(200) /
                         Ipv4("192.0.2.1", "198.51.100.2").options(8) / Udp(1234, 53) / payload(33))
                            .build();
    EXPECT_EQ(word(frame, 12), 0x88a8U);
    EXPECT_EQ(word(frame, 14), 100U);
    EXPECT_EQ(word(frame, 16), 0x8100U);
    EXPECT_EQ(word(frame, 18), 200U);
    EXPECT_EQ(word(frame, 20), 0x0800U);
    EXPECT_EQ(frame[22], 0x47);
    EXPECT_EQ(word(frame, 24), 28U + 8 + 33);
    EXPECT_EQ(frame[31], 17);
    EXPECT_EQ(word(frame, 34), 0xc000U);
    EXPECT_EQ(sum(std::span(frame).subspan(22, 28)), 0xffffU);
    EXPECT_EQ(word(frame, 50), 1234U);
    EXPECT_EQ(word(frame, 52), 53U);
    EXPECT_EQ(word(frame, 54), 8U + 33);
    EXPECT_EQ(transport_sum(frame, 50, std::span(frame).subspan(34, 8), 17), 0xffffU);
}

TEST(PacketBuilder, Ipv6ChainAndTcp) {
    const Bytes frame = (Ethernet() / Ipv6() / HopByHop() / Routing(24) / Fragment(0, true, 7) / Authentication(12) /
                         DestinationOptions(16) / Tcp(1234, 443).options(4) / payload(5))
                            .build();
    EXPECT_EQ(word(frame, 12), 0x86ddU);
    EXPECT_EQ(word(frame, 18), 8U + 24 + 8 + 24 + 16 + 24 + 5);
    std::size_t at = 14 + 40;
    EXPECT_EQ(frame[20], 0);
    const struct {
        int next;
        std::size_t size;
        int length;
    } chain[] = {{43, 8, 0}, {44, 24, 2}, {51, 8, 0}, {60, 24, 4}, {6, 16, 1}};
    for (const auto& header : chain) {
        EXPECT_EQ(frame[at], header.next);
        EXPECT_EQ(frame[at + 1], header.length);
        at += header.size;
    }
    EXPECT_EQ(word(frame, at + 2), 443U);
    EXPECT_EQ(frame[at + 12], 6 << 4);
    EXPECT_EQ(transport_sum(frame, at, std::span(frame).subspan(22, 32), 6), 0xffffU);
}

TEST(PacketBuilder, WhatIsSetByHandStays) {
    const Bytes v4 = (Ethernet() / Ipv4().version(5).ihl(3).total_length(20).protocol(99).checksum(0x1234) /
                      Udp(1, 2).length(7).checksum(0))
                         .build();
    EXPECT_EQ(v4[14], 0x53);
    EXPECT_EQ(word(v4, 16), 20U);
    EXPECT_EQ(v4[23], 99);
    EXPECT_EQ(word(v4, 24), 0x1234U);
    EXPECT_EQ(word(v4, 38), 7U);
    EXPECT_EQ(word(v4, 40), 0U);
    const Bytes v6 =
        (Ethernet().ethertype(0x1234) / Ipv6().payload_length(3).next_header(60) / HopByHop().length_field(9)).build();
    EXPECT_EQ(word(v6, 12), 0x1234U);
    EXPECT_EQ(word(v6, 18), 3U);
    EXPECT_EQ(v6[20], 60);
    EXPECT_EQ(v6[55], 9);
}

TEST(PacketBuilder, NumbersOfUpperLayers) {
    const auto protocol = [](const Header& upper) { return (Ethernet() / Ipv4() / upper).build()[23]; };
    EXPECT_EQ(protocol(Icmp()), 1);
    EXPECT_EQ(protocol(Ipv4()), 4);
    EXPECT_EQ(protocol(Tcp(1, 2)), 6);
    EXPECT_EQ(protocol(Dccp(1, 2)), 33);
    EXPECT_EQ(protocol(Ipv6()), 41);
    EXPECT_EQ(protocol(Gre()), 47);
    EXPECT_EQ(protocol(Esp()), 50);
    EXPECT_EQ(protocol(Icmpv6()), 58);
    EXPECT_EQ(protocol(Sctp(1, 2)), 132);
    EXPECT_EQ(protocol(UdpLite(1, 2)), 136);
    EXPECT_EQ((Ethernet() / Arp()).build()[13], 0x06);
    EXPECT_EQ(word((Ethernet() / Ipv4() / Gre() / Ipv6()).build(), 36), 0x86ddU);
}

// The checksum of an SCTP packet is a CRC-32C, least significant byte first (RFC 9260, appendix A).
TEST(PacketBuilder, SctpChecksum) {
    const Bytes frame =
        (Ethernet() / Ipv4() / Sctp(1234, 53) / raw({0, 3, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0})).build();
    const Bytes expected = {0x3d, 0x84, 0x4e, 0x9d};  // as tshark 4.0 confirms
    EXPECT_EQ(Bytes(frame.begin() + 42, frame.begin() + 46), expected);
}

TEST(PacketBuilder, Fragments) {
    const Bytes v4 = (Ethernet() / Ipv4().fragment(1480, true, 77) / payload(8)).build();
    EXPECT_EQ(word(v4, 18), 77U);
    EXPECT_EQ(word(v4, 20), 0x2000U | 185);
    const Bytes v6 = (Ethernet() / Ipv6() / Fragment(1448, false, 77) / payload(8)).build();
    EXPECT_EQ(word(v6, 56), 1448U);
    EXPECT_EQ(word(v6, 60), 77U);
}

}  // namespace
}  // namespace xdpsift::harness
