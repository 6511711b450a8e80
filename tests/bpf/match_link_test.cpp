// SPDX-License-Identifier: BSD-2-Clause
// --vlan, and what stands behind tags.
#include <gtest/gtest.h>

#include "bpf/match_case.h"

namespace xdpsift::bpf {
namespace {

using namespace harness;

TEST(MatchVlan, EitherTag) {
    Filter filter;
    filter.vlan = vlans({100, {200, 202}});
    run_cases(filter, {{"untagged", Ethernet() / Ipv4() / Udp(1, 2), kOut},
                       {"the id", Ethernet() / Vlan(100) / Ipv4() / Udp(1, 2), kIn},
                       {"another id", Ethernet() / Vlan(101) / Ipv4() / Udp(1, 2), kOut},
                       {"range, first", Ethernet() / Vlan(200) / Ipv6() / Udp(1, 2), kIn},
                       {"range, last", Ethernet() / Vlan(202) / Ipv6() / Udp(1, 2), kIn},
                       {"above the range", Ethernet() / Vlan(203) / Ipv6() / Udp(1, 2), kOut},
                       {"priority bits are not of the id", Ethernet() / Vlan(100).priority(7) / Ipv4(), kIn},
                       {"outer", Ethernet() / Vlan(100).tpid(0x88a8) / Vlan(7) / Ipv4(), kIn},
                       {"inner", Ethernet() / Vlan(7).tpid(0x88a8) / Vlan(100) / Ipv4(), kIn},
                       {"neither", Ethernet() / Vlan(7).tpid(0x88a8) / Vlan(8) / Ipv4(), kOut},
                       {"old outer ethertype", Ethernet() / Vlan(7).tpid(0x9100) / Vlan(100) / Arp(), kIn},
                       {"two of 0x8100", Ethernet() / Vlan(7) / Vlan(100) / Arp(), kIn},
                       {"a third tag is not looked at", Ethernet() / Vlan(7) / Vlan(8) / Vlan(100) / Ipv4(), kOut},
                       {"no tag's ethertype", Ethernet() / Vlan(100).tpid(0x9200) / Ipv4(), kOut},
                       {"not IP", Ethernet() / Vlan(100) / Arp(), kIn},
                       {"a broken IP header is not of the field", Ethernet() / Vlan(100) / Ipv4().version(5), kIn},
                       {"nothing behind the tag", Ethernet() / Vlan(100), kIn}});
}

TEST(MatchVlan, EdgesOfTheBitmap) {
    for (const unsigned id : {0U, 1U, 63U, 64U, 4094U, 4095U}) {
        Filter filter;
        filter.vlan = vlans({id});
        run_cases(filter, {{"the id", Ethernet() / Vlan(id) / Ipv4(), kIn},
                           {"the id, every other bit of the tag set", Ethernet() / Vlan(id | 0xf000) / Ipv4(), kIn},
                           {"one above", Ethernet() / Vlan((id + 1) % 4096) / Ipv4(), kOut},
                           {"one below", Ethernet() / Vlan((id + 4095) % 4096) / Ipv4(), kOut},
                           {"untagged", Ethernet() / Ipv4(), kOut}});
    }
}

TEST(MatchVlan, TagCutShort) {
    Filter filter;
    filter.vlan = vlans({100});
    LoadedProgram program(filter);
    const Bytes frame = (Ethernet() / Vlan(7) / Vlan(100)).build();
    for (std::size_t size = 14; size <= frame.size(); ++size)
        expect_outcome(program, filter, std::span(frame).first(size), size == frame.size() ? kIn : kMalformed,
                       "cut to " + std::to_string(size));
}

// Without --vlan, tagged and untagged packets match alike.
TEST(MatchVlan, OtherFieldsLookThroughTwoTags) {
    Filter filter;
    filter.dport = ports({53});
    run_cases(filter, {{"none", Ethernet() / Ipv4() / Udp(1, 53), kIn},
                       {"one", Ethernet() / Vlan(1) / Ipv4() / Udp(1, 53), kIn},
                       {"two", Ethernet() / Vlan(1).tpid(0x88a8) / Vlan(2) / Ipv6() / Udp(1, 53), kIn},
                       {"two, another port", Ethernet() / Vlan(1) / Vlan(2) / Ipv6() / Udp(1, 54), kOut},
                       {"three", Ethernet() / Vlan(1) / Vlan(2) / Vlan(3) / Ipv4() / Udp(1, 53), kOut},
                       {"a tag cut short", Ethernet().ethertype(0x88a8) / raw({0, 1, 8}), kMalformed}});
}

TEST(MatchVlan, AndAnAddress) {
    Filter filter;
    filter.vlan = vlans({100});
    filter.src = addresses({"192.0.2.1"});
    run_cases(filter, {{"both", Ethernet() / Vlan(100) / Ipv4() / Udp(1, 2), kIn},
                       {"not the tag", Ethernet() / Vlan(101) / Ipv4() / Udp(1, 2), kOut},
                       {"not the address", Ethernet() / Vlan(100) / Ipv4("192.0.2.9") / Udp(1, 2), kOut},
                       {"untagged", Ethernet() / Ipv4() / Udp(1, 2), kOut},
                       {"tagged, not IP", Ethernet() / Vlan(100) / Arp(), kOut}});
}

}  // namespace
}  // namespace xdpsift::bpf
