// SPDX-License-Identifier: BSD-2-Clause
#include "filters/predicates.h"

#include <fmt/format.h>

#include <utility>

#include "generator/udp_frame.h"

namespace xdpsift::filters {
namespace {

using generator::kEthernetHeaderBytes;
using generator::kUdpHeaderBytes;
using generator::UdpFrame;
using Bytes = std::vector<std::byte>;

constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::byte kSyn{0x02};
constexpr std::byte kAck{0x10};

constexpr std::uint32_t kHost = 0xc0000207;          // 192.0.2.7
constexpr std::uint32_t kOtherHost = 0xc6336402;     // 198.51.100.2
constexpr std::uint32_t kInTen = 0x0a010203;         // 10.1.2.3
constexpr std::uint32_t kFirstNetwork = 0xc6120000;  // 198.18.0.0/24, then each third one
constexpr std::uint32_t kNetworks = 100;
constexpr std::uint32_t kNetworkStep = 3 * 256;

template <std::size_t N>
NumberSet<N> number(std::size_t wanted) {
    NumberSet<N> set;
    set.numbers.set(wanted);
    return set;
}

AddressSet networks_v4() {
    AddressSet set;
    for (const auto first : networks()) set.v4.push_back({first, first + 255});
    return set;
}

AddressSet documentation_v6() {
    Ipv6Range range{{0x20, 0x01, 0x0d, 0xb8}, {0x20, 0x01, 0x0d, 0xb8}};
    for (std::size_t i = 4; i < range.last.size(); i++) range.last[i] = 0xff;
    AddressSet set;
    set.v6.push_back(range);
    return set;
}

UdpFrame frame_v4(std::uint32_t source, std::uint32_t destination, std::uint16_t destination_port = 9) {
    UdpFrame frame;
    frame.source_v4 = source;
    frame.destination_v4 = destination;
    frame.destination_port = destination_port;
    return frame;
}

// From outside 2001:db8::/32 to an address that begins with these four bytes.
UdpFrame frame_v6(std::array<std::uint8_t, 4> destination, std::uint16_t destination_port = 9) {
    UdpFrame frame;
    frame.source_v6 = Ipv6Address{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    frame.destination_v6 = Ipv6Address{destination[0], destination[1], destination[2], destination[3]};
    frame.destination_port = destination_port;
    frame.frame_bytes = 84;
    return frame;
}

// With a TCP header in the UDP header's place. Nothing here looks at checksums.
Bytes tcp(const UdpFrame& frame, std::byte flags) {
    Bytes bytes = frame.bytes();
    const std::size_t header = frame.payload_offset() - kUdpHeaderBytes;
    const std::size_t protocol = kEthernetHeaderBytes + (frame.source_v6 ? 6 : 9);
    bytes[protocol] = std::byte{kProtocolTcp};
    bytes[header + 12] = std::byte{0x50};
    bytes[header + 13] = flags;
    return bytes;
}

// LLDP: neither IP nor ARP.
Bytes no_ip() {
    Bytes bytes = UdpFrame{}.bytes();
    bytes[12] = std::byte{0x88};
    bytes[13] = std::byte{0xcc};
    return bytes;
}

Predicate udp_port() {
    Predicate out{"udp port 53", "udp port 53", Filter{}, "udp_port", {}};
    out.filter->proto = number<256>(kProtocolUdp);
    out.filter->port = number<65536>(53);
    out.packets = {
        {"match late: IPv4, to port 53", true, frame_v4(kHost, kOtherHost, 53).bytes()},
        {"miss early: LLDP", false, no_ip()},
        {"miss late: IPv4 UDP, other ports", false, frame_v4(kHost, kOtherHost).bytes()},
    };
    return out;
}

Predicate host() {
    Predicate out{"host 192.0.2.7", "host 192.0.2.7", Filter{}, "host", {}};
    out.filter->host = AddressSet{{{kHost, kHost}}, {}, {}};
    out.packets = {
        {"match late: IPv4, to 192.0.2.7", true, frame_v4(kOtherHost, kHost).bytes()},
        {"miss early: LLDP", false, no_ip()},
        {"miss late: IPv4, other addresses", false, frame_v4(kOtherHost, kOtherHost + 1).bytes()},
    };
    return out;
}

Predicate syn() {
    const std::string expression = "tcp[tcpflags] & tcp-syn != 0 and not net 10.0.0.0/8";
    Predicate out{expression, expression, std::nullopt, "syn", {}};
    out.packets = {
        {"match late: SYN, other addresses", true, tcp(frame_v4(kHost, kOtherHost), kSyn)},
        {"miss early: IPv4 UDP", false, frame_v4(kHost, kOtherHost).bytes()},
        {"miss late: SYN to 10.1.2.3", false, tcp(frame_v4(kHost, kInTen), kSyn)},
    };
    return out;
}

Predicate net_and_port() {
    const std::string expression = "net 2001:db8::/32 and tcp port 443";
    Predicate out{expression, expression, Filter{}, "net_and_port", {}};
    out.filter->host = documentation_v6();
    out.filter->proto = number<256>(kProtocolTcp);
    out.filter->port = number<65536>(443);
    constexpr std::array<std::uint8_t, 4> kInside{0x20, 0x01, 0x0d, 0xb8};
    out.packets = {
        {"match late: to the network, port 443", true, tcp(frame_v6(kInside, 443), kAck)},
        {"miss early: IPv4 TCP, port 443", false, tcp(frame_v4(kHost, kOtherHost, 443), kAck)},
        {"miss late: to the network, other ports", false, tcp(frame_v6(kInside), kAck)},
    };
    return out;
}

Predicate list() {
    Predicate out{
        fmt::format("{} networks: net 198.18.0.0/24 or net 198.18.3.0/24 or ...", kNetworks), {}, Filter{}, "list", {}};
    for (const auto first : networks())
        out.expression += fmt::format("{}net {}.{}.{}.0/24", out.expression.empty() ? "" : " or ", first >> 24,
                                      first >> 16 & 0xff, first >> 8 & 0xff);
    out.filter->host = networks_v4();
    const std::uint32_t in_last = networks().back() + 7;
    out.packets = {
        {"match late: IPv4, to the last network", true, frame_v4(kHost, in_last).bytes()},
        {"miss early: LLDP", false, no_ip()},
        {"miss late: IPv4, other addresses", false, frame_v4(kHost, kOtherHost).bytes()},
    };
    return out;
}

}  // namespace

std::vector<std::uint32_t> networks() {
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; i < kNetworks; i++) out.push_back(kFirstNetwork + i * kNetworkStep);
    return out;
}

std::vector<Predicate> predicates() { return {udp_port(), host(), syn(), net_and_port(), list()}; }

}  // namespace xdpsift::filters
