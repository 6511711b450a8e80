// SPDX-License-Identifier: BSD-2-Clause
// --sport, --dport, --port and --proto, behind options, extension headers and in fragments.
#include <gtest/gtest.h>

#include "bpf/match_case.h"

namespace xdpsift::bpf {
namespace {

using namespace harness;

Filter dport(const std::vector<NumberRange>& list) {
    Filter filter;
    filter.dport = ports(list);
    return filter;
}
Filter proto(const std::vector<NumberRange>& list) {
    Filter filter;
    filter.proto = protocols(list);
    return filter;
}

TEST(MatchPort, EitherEndAsAsked) {
    Filter sport;
    sport.sport = ports({1234, {2000, 2010}});
    run_cases(sport, {{"the port", Ethernet() / Ipv4() / Udp(1234, 53), kIn},
                      {"as destination", Ethernet() / Ipv4() / Udp(53, 1234), kOut},
                      {"below the range", Ethernet() / Ipv4() / Tcp(1999, 1), kOut},
                      {"range, first", Ethernet() / Ipv4() / Tcp(2000, 1), kIn},
                      {"range, last", Ethernet() / Ipv6() / Tcp(2010, 1), kIn},
                      {"above the range", Ethernet() / Ipv6() / Tcp(2011, 1), kOut}});
    run_cases(dport({53}), {{"the port", Ethernet() / Ipv4() / Udp(1234, 53), kIn},
                            {"as source", Ethernet() / Ipv4() / Udp(53, 1234), kOut},
                            {"bytes exchanged", Ethernet() / Ipv4() / Udp(1234, 53 << 8), kOut}});
    Filter port;
    port.port = ports({53});
    run_cases(port, {{"destination", Ethernet() / Ipv4() / Udp(1234, 53), kIn},
                     {"source", Ethernet() / Ipv6() / Udp(53, 1234), kIn},
                     {"neither", Ethernet() / Ipv6() / Udp(54, 52), kOut}});
}

TEST(MatchPort, EdgesOfTheBitmap) {
    for (const unsigned port : {0U, 63U, 64U, 65535U}) {
        Filter filter;
        filter.sport = ports({port});
        run_cases(filter, {{"the port", Ethernet() / Ipv4() / Udp(port, 7), kIn},
                           {"one above", Ethernet() / Ipv4() / Udp((port + 1) & 0xffff, 7), kOut},
                           {"one below", Ethernet() / Ipv4() / Udp((port - 1) & 0xffff, 7), kOut},
                           {"a word above", Ethernet() / Ipv4() / Udp((port + 64) & 0xffff, 7), kOut}});
    }
    run_cases(dport({{63, 64}}), {{"62", Ethernet() / Ipv4() / Udp(1, 62), kOut},
                                  {"63", Ethernet() / Ipv4() / Udp(1, 63), kIn},
                                  {"64", Ethernet() / Ipv4() / Udp(1, 64), kIn},
                                  {"65", Ethernet() / Ipv4() / Udp(1, 65), kOut}});
}

TEST(MatchPort, ProtocolsThatHavePorts) {
    run_cases(dport({53}),
              {{"tcp", Ethernet() / Ipv4() / Tcp(1, 53), kIn},
               {"udp", Ethernet() / Ipv4() / Udp(1, 53), kIn},
               {"dccp", Ethernet() / Ipv4() / Dccp(1, 53), kIn},
               {"sctp", Ethernet() / Ipv4() / Sctp(1, 53), kIn},
               {"udp-lite", Ethernet() / Ipv4() / UdpLite(1, 53), kIn},
               {"tcp, IPv6", Ethernet() / Ipv6() / Tcp(1, 53), kIn},
               {"udp, IPv6", Ethernet() / Ipv6() / Udp(1, 53), kIn},
               {"dccp, IPv6", Ethernet() / Ipv6() / Dccp(1, 53), kIn},
               {"sctp, IPv6", Ethernet() / Ipv6() / Sctp(1, 53), kIn},
               {"udp-lite, IPv6", Ethernet() / Ipv6() / UdpLite(1, 53), kIn},
               // The bytes where a port would stand say 53.
               {"icmp", Ethernet() / Ipv4().protocol(1) / raw({0, 1, 0, 53}), kOut},
               {"igmp", Ethernet() / Ipv4().protocol(2) / raw({0, 1, 0, 53}), kOut},
               {"esp", Ethernet() / Ipv4() / Esp(53), kOut},
               {"gre", Ethernet() / Ipv4() / Gre().ethertype(53), kOut},
               {"icmpv6", Ethernet() / Ipv6().next_header(58) / raw({0, 1, 0, 53}), kOut},
               {"no next header", Ethernet() / Ipv6() / raw({0, 1, 0, 53}), kOut},
               {"the inner packet is not looked at", Ethernet() / Ipv4() / Ipv4() / Udp(1, 53), kOut},
               {"AH is an extension of IPv6 alone", Ethernet() / Ipv4() / Authentication() / Udp(1, 53), kOut},
               {"arp", Ethernet() / Arp(), kOut}});
}

TEST(MatchPort, BehindIpv4Options) {
    for (std::size_t options = 0; options <= 40; options += 4) {
        run_cases(dport({53}), {{"in", Ethernet() / Ipv4().options(options) / Udp(1, 53), kIn},
                                {"out", Ethernet() / Ipv4().options(options) / Udp(1, 52), kOut}});
    }
    // Options that look like ports where a parser that forgets them would read.
    run_cases(dport({53}), {{"port among options",
                             Ethernet() / Ipv4().ihl(6).protocol(17) / raw({0, 1, 0, 53}) / Udp(1, 99), kOut}});
}

TEST(MatchPort, Fragments) {
    run_cases(dport({53}), {{"v4, first", Ethernet() / Ipv4().fragment(0, true) / Udp(1, 53) / payload(16), kIn},
                            {"v4, not to be fragmented", Ethernet() / Ipv4().dont_fragment() / Udp(1, 53), kIn},
                            {"v4, second", Ethernet() / Ipv4().fragment(8, true) / Udp(1, 53), kOut},
                            {"v4, last", Ethernet() / Ipv4().fragment(1480, false) / Udp(1, 53), kOut},
                            {"v4, greatest offset", Ethernet() / Ipv4().fragment(65528, false) / Udp(1, 53), kOut},
                            {"v4, later and empty", Ethernet() / Ipv4().fragment(8, false).protocol(17), kOut},
                            {"v6, first", Ethernet() / Ipv6() / Fragment(0, true) / Udp(1, 53) / payload(16), kIn},
                            {"v6, atomic", Ethernet() / Ipv6() / Fragment(0, false) / Udp(1, 53), kIn},
                            {"v6, second", Ethernet() / Ipv6() / Fragment(8, true) / Udp(1, 53), kOut},
                            {"v6, last", Ethernet() / Ipv6() / Fragment(1448, false) / Udp(1, 53), kOut},
                            {"v6, greatest offset", Ethernet() / Ipv6() / Fragment(65528, false) / Udp(1, 53), kOut},
                            {"v6, later and empty", Ethernet() / Ipv6() / Fragment(8, false).next_header(17), kOut},
                            {"v6, what stands in the length's place",
                             Ethernet() / Ipv6() / Fragment().reserved(255) / Udp(1, 53), kIn}});
    // The protocol is held in every fragment.
    run_cases(proto({17}), {{"v4, later", Ethernet() / Ipv4().fragment(8, false).protocol(17) / payload(8), kIn},
                            {"v6, later", Ethernet() / Ipv6() / Fragment(8, true) / Udp(1, 53), kIn},
                            {"v6, later, another", Ethernet() / Ipv6() / Fragment(8, true) / Tcp(1, 53), kOut},
                            {"v6, later, the chain beyond is not a header",
                             Ethernet() / Ipv6() / Fragment(8, true) / DestinationOptions() / Udp(1, 53), kOut}});
}

TEST(MatchPort, BehindEachExtensionHeader) {
    run_cases(dport({53}), {{"hop-by-hop", Ethernet() / Ipv6() / HopByHop() / Udp(1, 53), kIn},
                            {"hop-by-hop, longest", Ethernet() / Ipv6() / HopByHop(2048) / Udp(1, 53), kIn},
                            {"routing", Ethernet() / Ipv6() / Routing() / Tcp(1, 53), kIn},
                            {"destination options", Ethernet() / Ipv6() / DestinationOptions(16) / Udp(1, 53), kIn},
                            {"authentication", Ethernet() / Ipv6() / Authentication() / Udp(1, 53), kIn},
                            {"authentication, shortest", Ethernet() / Ipv6() / Authentication(4) / Udp(1, 53), kIn},
                            {"mobility", Ethernet() / Ipv6() / Mobility() / Udp(1, 53), kIn},
                            {"host identity", Ethernet() / Ipv6() / Hip() / Udp(1, 53), kIn},
                            {"shim6", Ethernet() / Ipv6() / Shim6() / Udp(1, 53), kIn},
                            {"the usual order",
                             Ethernet() / Ipv6() / HopByHop() / DestinationOptions() / Routing() / Fragment() /
                                 Authentication() / DestinationOptions() / Sctp(1, 53),
                             kIn},
                            {"the usual order, another port",
                             Ethernet() / Ipv6() / HopByHop() / DestinationOptions() / Routing() / Fragment() /
                                 Authentication() / DestinationOptions() / Sctp(1, 54),
                             kOut},
                            {"ESP hides the rest", Ethernet() / Ipv6() / HopByHop() / Esp() / Udp(1, 53), kOut},
                            {"a length that leads beyond the frame",
                             Ethernet() / Ipv6() / HopByHop().length_field(200) / Udp(1, 53), kMalformed}});
}

TEST(MatchPort, BoundOfTheExtensionChain) {
    for (unsigned count = 0; count <= 12; ++count) {
        Packet packet = Ethernet() / Ipv6();
        for (unsigned i = 0; i < count; ++i) packet.append(i % 2 == 0 ? Header(DestinationOptions()) : HopByHop(16));
        packet.append(Udp(1, 53));
        SCOPED_TRACE(count);
        run_cases(dport({53}), {{"port", packet, count <= 8 ? kIn : kMalformed}});
        run_cases(proto({17}), {{"protocol", packet, count <= 8 ? kIn : kMalformed}});
        // What was read before the bound is held.
        run_cases(proto({60}), {{"a header of the chain", packet, count >= 1 ? kIn : kOut}});
    }
}

TEST(MatchPort, LengthsOfTheDatagram) {
    run_cases(dport({53}),
              {{"v4, unknown length", Ethernet() / Ipv4().total_length(0) / Udp(1, 53), kIn},
               {"v4, ends before the ports", Ethernet() / Ipv4().total_length(20) / Udp(1, 53), kMalformed},
               {"v4, ends within the ports", Ethernet() / Ipv4().total_length(23) / Udp(1, 53), kMalformed},
               {"v4, just holds the ports", Ethernet() / Ipv4().total_length(24) / Udp(1, 53), kIn},
               {"v4, options count", Ethernet() / Ipv4().options(8).total_length(31) / Udp(1, 53), kMalformed},
               {"v4, shorter than its header", Ethernet() / Ipv4().total_length(19) / Udp(1, 53), kMalformed},
               {"v4, longer than the frame", Ethernet() / Ipv4().total_length(65535) / Udp(1, 53), kIn},
               {"v4, padded frame", Ethernet() / Ipv4().total_length(28) / Udp(1, 53) / payload(18), kIn},
               {"v6, unknown length", Ethernet() / Ipv6().payload_length(0) / Udp(1, 53), kIn},
               {"v6, ends within the ports", Ethernet() / Ipv6().payload_length(3) / Udp(1, 53), kMalformed},
               {"v6, just holds the ports", Ethernet() / Ipv6().payload_length(4) / Udp(1, 53), kIn},
               {"v6, extension ends late", Ethernet() / Ipv6().payload_length(7) / HopByHop() / Udp(1, 53), kMalformed},
               {"v6, ports after the end", Ethernet() / Ipv6().payload_length(8) / HopByHop() / Udp(1, 53), kMalformed},
               {"v6, just both", Ethernet() / Ipv6().payload_length(12) / HopByHop() / Udp(1, 53), kIn},
               {"v6, longer than the frame", Ethernet() / Ipv6().payload_length(65535) / Udp(1, 53), kIn}});
}

TEST(MatchHeader, ThatContradictsItself) {
    std::vector<MatchCase> cases;
    for (unsigned version = 0; version < 16; ++version) {
        const auto what = "version " + std::to_string(version);
        cases.push_back({what, Ethernet() / Ipv4().version(version) / Udp(1, 53), version == 4 ? kIn : kMalformed});
        cases.push_back({what, Ethernet() / Ipv6().version(version) / Udp(1, 53), version == 6 ? kIn : kMalformed});
    }
    for (unsigned ihl = 0; ihl < 5; ++ihl)
        cases.push_back({"ihl " + std::to_string(ihl), Ethernet() / Ipv4().ihl(ihl) / Udp(1, 53), kMalformed});
    for (unsigned length = 1; length < 20; ++length)
        cases.push_back({"length", Ethernet() / Ipv4().total_length(length) / Udp(1, 53), kMalformed});
    cases.push_back({"ihl greater than the length", Ethernet() / Ipv4().ihl(15).total_length(59), kMalformed});

    run_cases(dport({53}), cases);
    run_cases(proto({17}), cases);
    Filter src, dst, host;
    src.src = host.host = addresses({"192.0.2.1", "2001:db8::1"});
    dst.dst = addresses({"198.51.100.2", "2001:db8::2"});
    for (const Filter& filter : {src, dst, host}) run_cases(filter, cases);
}

TEST(MatchProto, AnyHeaderOfTheChain) {
    run_cases(proto({6, {131, 133}}), {{"tcp", Ethernet() / Ipv4() / Tcp(1, 2), kIn},
                                       {"udp", Ethernet() / Ipv4() / Udp(1, 2), kOut},
                                       {"sctp", Ethernet() / Ipv6() / Sctp(1, 2), kIn},
                                       {"130", Ethernet() / Ipv4().protocol(130), kOut},
                                       {"131", Ethernet() / Ipv4().protocol(131), kIn},
                                       {"133", Ethernet() / Ipv6().next_header(133), kIn},
                                       {"134", Ethernet() / Ipv6().next_header(134), kOut},
                                       {"arp", Ethernet() / Arp(), kOut}});
    const Packet chain = Ethernet() / Ipv6() / HopByHop() / Routing() / Fragment() / Authentication() / Tcp(1, 2);
    for (const unsigned number : {0U, 43U, 44U, 51U, 6U}) run_cases(proto({number}), {{"in the chain", chain, kIn}});
    for (const unsigned number : {60U, 17U, 59U, 255U}) run_cases(proto({number}), {{"not in it", chain, kOut}});
    run_cases(proto({17}),
              {{"a header of 64 bytes of which 8 are there",
                Ethernet() / Ipv6().next_header(0) / raw({17, 7, 0, 0, 0, 0, 0, 0}), kIn},
               {"one byte less", Ethernet() / Ipv6().next_header(0) / raw({17, 7, 0, 0, 0, 0, 0}), kMalformed}});
}

TEST(MatchProto, EdgesOfTheBitmap) {
    for (const unsigned number : {0U, 63U, 64U, 127U, 128U, 191U, 192U, 255U}) {
        const unsigned above = (number + 1) & 255, below = (number - 1) & 255;
        run_cases(proto({number}), {{"v4", Ethernet() / Ipv4().protocol(number), kIn},
                                    {"v4, above", Ethernet() / Ipv4().protocol(above), kOut},
                                    {"v4, below", Ethernet() / Ipv4().protocol(below), kOut}});
        if (number != 0)
            run_cases(proto({number}), {{"v6", Ethernet() / Ipv6() / HopByHop().next_header(number), kIn}});
    }
}

// Each field of a packet that satisfies all eight is missed by one, the others kept.
TEST(MatchAll, EveryFieldTogetherAndEachNearestMiss) {
    Filter filter;
    filter.src = addresses({"192.0.2.1", "2001:db8::1"});
    filter.dst = addresses({"198.51.100.2", "2001:db8::2"});
    filter.host = addresses({"192.0.2.0/24", "198.51.100.3", "2001:db8::/64"});
    filter.sport = ports({1234});
    filter.dport = ports({{50, 53}});
    filter.port = ports({1234, 1235, 99});
    filter.proto = protocols({6, 17});
    filter.vlan = vlans({100, 101});
    const auto v4 = [](const char* src, const char* dst) { return Ethernet() / Vlan(100) / Ipv4(src, dst); };
    run_cases(filter,
              {{"all", v4("192.0.2.1", "198.51.100.2") / Udp(1234, 53), kIn},
               {"all, IPv6", Ethernet() / Vlan(9) / Vlan(101) / Ipv6() / HopByHop() / Tcp(1234, 50), kIn},
               {"src", v4("192.0.2.2", "198.51.100.2") / Udp(1234, 53), kOut},
               {"dst", v4("192.0.2.1", "198.51.100.3") / Udp(1234, 53), kOut},
               {"sport", v4("192.0.2.1", "198.51.100.2") / Udp(1235, 53), kOut},
               {"dport", v4("192.0.2.1", "198.51.100.2") / Udp(1234, 54), kOut},
               {"proto", v4("192.0.2.1", "198.51.100.2") / Sctp(1234, 53), kOut},
               {"vlan", Ethernet() / Vlan(102) / Ipv4() / Udp(1234, 53), kOut},
               {"src, IPv6", Ethernet() / Vlan(100) / Ipv6("2001:db8::3") / Udp(1234, 53), kOut},
               {"dst, IPv6", Ethernet() / Vlan(100) / Ipv6("2001:db8::1", "2001:db8::3") / Udp(1234, 53), kOut}});
    // host and port are implied above; miss them alone.
    filter.host = addresses({"203.0.113.1"});
    run_cases(filter, {{"host", v4("192.0.2.1", "198.51.100.2") / Udp(1234, 53), kOut}});
    filter.host.reset();
    filter.port = ports({99});
    run_cases(filter, {{"port", v4("192.0.2.1", "198.51.100.2") / Udp(1234, 53), kOut}});
}

}  // namespace
}  // namespace xdpsift::bpf
