// SPDX-License-Identifier: BSD-2-Clause
// Frames of many shapes, cut at every byte of their headers, against each field: the reference decides.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "bpf/filter_lists.h"
#include "bpf/loaded_program.h"
#include "harness/packet_builder.h"

namespace xdpsift::bpf {
namespace {

using namespace harness;

struct Shape {
    std::string what;
    Packet packet;
};

// Addresses, ports and ids are the same in each, so that one set of filters fits all.
std::vector<Shape> shapes() {
    const auto udp = [] { return Udp(1234, 53); };
    const auto tcp = [] { return Tcp(1234, 53); };
    return {
        {"v4 udp", Ethernet() / Ipv4() / udp() / payload(4)},
        {"v4 tcp, options in both", Ethernet() / Ipv4().options(12) / tcp().options(12) / payload(4)},
        {"v4 longest header", Ethernet() / Ipv4().options(40) / udp()},
        {"v4 unknown length", Ethernet() / Ipv4().total_length(0) / udp() / payload(4)},
        {"v4 length ends early", Ethernet() / Ipv4().total_length(22) / udp() / payload(4)},
        {"v4 sctp", Ethernet() / Ipv4() / Sctp(1234, 53)},
        {"v4 dccp", Ethernet() / Ipv4() / Dccp(1234, 53)},
        {"v4 udp-lite", Ethernet() / Ipv4() / UdpLite(1234, 53)},
        {"v4 icmp", Ethernet() / Ipv4() / Icmp() / payload(4)},
        {"v4 first fragment", Ethernet() / Ipv4().fragment(0, true) / udp() / payload(8)},
        {"v4 later fragment", Ethernet() / Ipv4().fragment(64, false).protocol(17) / payload(8)},
        {"v4 bad version", Ethernet() / Ipv4().version(5) / udp()},
        {"v4 bad ihl", Ethernet() / Ipv4().ihl(3) / udp()},
        {"v4 in v4", Ethernet() / Ipv4() / Ipv4() / udp()},
        {"v4 one tag", Ethernet() / Vlan(100) / Ipv4() / udp()},
        {"v4 two tags", Ethernet() / Vlan(7).tpid(0x88a8) / Vlan(100) / Ipv4() / tcp()},
        {"v4 three tags", Ethernet() / Vlan(7) / Vlan(100) / Vlan(8) / Ipv4() / tcp()},
        {"v6 udp", Ethernet() / Ipv6() / udp() / payload(4)},
        {"v6 tcp, two tags", Ethernet() / Vlan(100).tpid(0x9100) / Vlan(7) / Ipv6() / tcp()},
        {"v6 icmpv6", Ethernet() / Ipv6() / Icmpv6()},
        {"v6 unknown length", Ethernet() / Ipv6().payload_length(0) / HopByHop() / udp()},
        {"v6 length ends in the chain", Ethernet() / Ipv6().payload_length(12) / HopByHop() / Routing() / udp()},
        {"v6 bad version", Ethernet() / Ipv6().version(4) / udp()},
        {"v6 every extension", Ethernet() / Ipv6() / HopByHop() / DestinationOptions(16) / Routing() / Fragment() /
                                   Authentication() / Mobility() / Hip() / Shim6() / udp()},
        {"v6 one extension too many", Ethernet() / Ipv6() / HopByHop() / DestinationOptions() / Routing() / Fragment() /
                                          Authentication() / Mobility() / Hip() / Shim6() / DestinationOptions() /
                                          udp()},
        {"v6 first fragment", Ethernet() / Ipv6() / Fragment(0, true) / udp() / payload(8)},
        {"v6 later fragment", Ethernet() / Vlan(100) / Ipv6() / HopByHop() / Fragment(64, false) / udp()},
        {"v6 esp", Ethernet() / Ipv6() / DestinationOptions() / Esp() / payload(4)},
        {"v6 extension longer than the frame", Ethernet() / Ipv6() / HopByHop().length_field(255) / udp()},
        {"arp", Ethernet() / Vlan(100) / Arp()},
        {"gre", Ethernet() / Ipv4() / Gre() / Ipv6() / udp()},
    };
}

// One filter for each field, of values that the shapes have; and the same of values next to them.
std::vector<Filter> filters(bool near_miss) {
    const unsigned off = near_miss ? 1 : 0;
    const std::string end = near_miss ? "9" : "";
    std::array<Filter, 11> out;
    out[0].src = addresses({"192.0.2.1" + end, "2001:db8::1" + end});
    out[1].dst = addresses({"198.51.100.2" + end, "2001:db8::2" + end});
    out[2].host = addresses({"198.51.100.2" + end, "2001:db8::1" + end});
    out[3].sport = ports({1234 + off});
    out[4].dport = ports({53 + off});
    out[5].port = ports({53 + off});
    out[6].proto = protocols({6 + off, 17 + off});
    out[7].proto = protocols({51 + 2 * off});  // in the chain, or nowhere
    out[8].vlan = vlans({100 + off});
    out[9].vlan = vlans({100});
    out[9].dport = ports({53 + off});
    out[10].src = addresses({"192.0.2.0/24", "2001:db8::/32"});
    out[10].proto = protocols({17});
    out[10].sport = ports({1234 + off});
    return {out.begin(), out.end()};
}

TEST(Truncation, AtEveryByteOfTheHeaders) {
    std::array<std::uint64_t, 3> outcomes{};
    for (const bool near_miss : {false, true}) {
        for (const Filter& filter : filters(near_miss)) {
            LoadedProgram program(filter);
            for (const Shape& shape : shapes()) {
                const Bytes frame = shape.packet.build();
                for (std::size_t size = 14; size <= frame.size(); ++size) {
                    const auto cut = std::span(frame).first(size);
                    const Outcome outcome = expect_as_reference(program, filter, cut, shape.what);
                    ++outcomes[static_cast<std::size_t>(outcome)];
                }
            }
        }
    }
    // The shapes and filters do meet each other.
    for (const std::uint64_t count : outcomes) EXPECT_GT(count, 1000U);
}

// A header that a frame does not hold to the end never matches, and is counted: said here without the reference.
TEST(Truncation, OfAPlainFrame) {
    for (const Packet& packet : {Ethernet() / Ipv4() / Udp(1234, 53), Ethernet() / Ipv6() / Udp(1234, 53)}) {
        const auto spans = packet.layers();
        const Bytes frame = packet.build();
        const std::size_t addresses_end = spans[1].offset + spans[1].size, ports_end = spans[2].offset + 4;
        for (const Filter& filter : filters(false)) {
            if (filter.vlan || filter.proto) continue;
            const bool wants_ports = filter.sport || filter.dport || filter.port;
            LoadedProgram program(filter);
            for (std::size_t size = 14; size <= frame.size(); ++size)
                expect_outcome(program, filter, std::span(frame).first(size),
                               size < (wants_ports ? ports_end : addresses_end) ? Outcome::malformed : Outcome::matched,
                               "cut to " + std::to_string(size));
        }
    }
}

}  // namespace
}  // namespace xdpsift::bpf
