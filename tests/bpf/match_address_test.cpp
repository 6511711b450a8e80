// SPDX-License-Identifier: BSD-2-Clause
// --src, --dst and --host: addresses, prefixes, ranges, searched by code and in the trie.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bpf/match_case.h"

namespace xdpsift::bpf {
namespace {

using namespace harness;

Packet v4(const std::string& src, const std::string& dst) {
    return Ethernet() / Ipv4(src, dst) / Udp(1234, 53) / payload(16);
}
Packet v6(const std::string& src, const std::string& dst) {
    return Ethernet() / Ipv6(src, dst) / Udp(1234, 53) / payload(16);
}

TEST(MatchAddress, EmptyFilterMatchesEveryFrameWithoutALook) {
    run_cases({}, {{"udp", v4("192.0.2.1", "198.51.100.2"), kIn},
                   {"arp", Ethernet() / Arp(), kIn},
                   {"a bare header", Ethernet(), kIn},
                   {"a tag cut short", Ethernet().ethertype(0x8100) / raw({0, 1}), kIn},
                   {"a broken IPv4 header", Ethernet() / Ipv4().version(9).ihl(1), kIn}});
}

TEST(MatchAddress, SourceIpv4) {
    Filter filter;
    filter.src = addresses({"192.0.2.1", "203.0.113.64/26", "198.51.100.10-198.51.100.20"});
    run_cases(filter, {{"the address", v4("192.0.2.1", "198.51.100.2"), kIn},
                       {"one below", v4("192.0.2.0", "198.51.100.2"), kOut},
                       {"one above", v4("192.0.2.2", "198.51.100.2"), kOut},
                       {"only as destination", v4("198.51.100.2", "192.0.2.1"), kOut},
                       {"prefix, first", v4("203.0.113.64", "198.51.100.2"), kIn},
                       {"prefix, last", v4("203.0.113.127", "198.51.100.2"), kIn},
                       {"below the prefix", v4("203.0.113.63", "198.51.100.2"), kOut},
                       {"above the prefix", v4("203.0.113.128", "198.51.100.2"), kOut},
                       {"range, first", v4("198.51.100.10", "198.51.100.2"), kIn},
                       {"range, last", v4("198.51.100.20", "198.51.100.2"), kIn},
                       {"below the range", v4("198.51.100.9", "198.51.100.2"), kOut},
                       {"above the range", v4("198.51.100.21", "198.51.100.2"), kOut},
                       {"IPv6", v6("2001:db8::1", "2001:db8::2"), kOut},
                       {"ARP of the address", Ethernet() / Arp("192.0.2.1"), kOut}});
}

TEST(MatchAddress, DestinationIpv4) {
    Filter filter;
    filter.dst = addresses({"198.51.100.0/24"});
    run_cases(filter, {{"in", v4("192.0.2.1", "198.51.100.255"), kIn},
                       {"out", v4("192.0.2.1", "198.51.101.0"), kOut},
                       {"only as source", v4("198.51.100.2", "192.0.2.1"), kOut}});
}

TEST(MatchAddress, HostIsEitherEnd) {
    Filter filter;
    filter.host = addresses({"192.0.2.1", "2001:db8::1"});
    run_cases(filter, {{"source", v4("192.0.2.1", "198.51.100.2"), kIn},
                       {"destination", v4("198.51.100.2", "192.0.2.1"), kIn},
                       {"neither", v4("192.0.2.2", "198.51.100.2"), kOut},
                       {"v6 source", v6("2001:db8::1", "2001:db8::9"), kIn},
                       {"v6 destination", v6("2001:db8::9", "2001:db8::1"), kIn},
                       {"v6 neither", v6("2001:db8::9", "2001:db8::2"), kOut}});
}

TEST(MatchAddress, EndsOfTheAddressSpace) {
    Filter filter;
    filter.src = addresses({"0.0.0.0-0.0.0.1", "255.255.255.254-255.255.255.255", "::/127",
                            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"});
    run_cases(filter, {{"lowest", v4("0.0.0.0", "192.0.2.1"), kIn},
                       {"low edge", v4("0.0.0.2", "192.0.2.1"), kOut},
                       {"highest", v4("255.255.255.255", "192.0.2.1"), kIn},
                       {"high edge", v4("255.255.255.253", "192.0.2.1"), kOut},
                       {"v6 lowest", v6("::", "2001:db8::1"), kIn},
                       {"v6 low edge", v6("::2", "2001:db8::1"), kOut},
                       {"v6 highest", v6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::1"), kIn},
                       {"v6 high edge", v6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffd", "2001:db8::1"), kOut}});
}

// DHCP and duplicate address detection send from the address zero, which is also what an unused entry of a list holds.
TEST(MatchAddress, AddressZeroIsInNoListByItself) {
    Filter filter;
    for (const auto& list : {addresses({"192.0.2.1"}), addresses({"2001:db8::1"})}) {
        filter.src = list;
        run_cases(filter, {{"v4", v4("0.0.0.0", "255.255.255.255"), kOut}, {"v6", v6("::", "ff02::1"), kOut}});
    }
}

TEST(MatchAddress, EveryAddressOfOneFamily) {
    Filter v4_only;
    v4_only.src = addresses({"0.0.0.0/0"});
    run_cases(v4_only, {{"v4", v4("255.255.255.255", "192.0.2.1"), kIn},
                        {"v6", v6("2001:db8::1", "2001:db8::2"), kOut},
                        {"arp", Ethernet() / Arp(), kOut}});
    Filter v6_only;
    v6_only.host = addresses({"::/0"});
    run_cases(v6_only, {{"v6", v6("ffff::", "2001:db8::2"), kIn}, {"v4", v4("192.0.2.1", "192.0.2.2"), kOut}});
}

// Ranges that begin and end inside either half of the address, and across the halves.
TEST(MatchAddress, SourceIpv6) {
    Filter filter;
    filter.src = addresses({"2001:db8::1", "2001:db8:1::/48", "2001:db8:2::8000:0:0:5-2001:db8:2:1::3"});
    const std::string dst = "2001:db8::2";
    run_cases(filter, {{"the address", v6("2001:db8::1", dst), kIn},
                       {"one below", v6("2001:db8::", dst), kOut},
                       {"one above", v6("2001:db8::2", dst), kOut},
                       {"prefix, first", v6("2001:db8:1::", dst), kIn},
                       {"prefix, last", v6("2001:db8:1:ffff:ffff:ffff:ffff:ffff", dst), kIn},
                       {"below the prefix", v6("2001:db8:0:ffff:ffff:ffff:ffff:ffff", dst), kOut},
                       {"above the prefix", v6("2001:db8:2::", dst), kOut},
                       {"range, first", v6("2001:db8:2:0:8000::5", dst), kIn},
                       {"below the range", v6("2001:db8:2:0:8000::4", dst), kOut},
                       {"range, across the halves", v6("2001:db8:2:0:ffff:ffff:ffff:ffff", dst), kIn},
                       {"range, last", v6("2001:db8:2:1::3", dst), kIn},
                       {"above the range", v6("2001:db8:2:1::4", dst), kOut},
                       {"IPv4", v4("192.0.2.1", "198.51.100.2"), kOut}});
}

// Up to kMostSearched ranges are searched by code, more go to the trie: both must say the same.
TEST(MatchAddress, ListsOfEveryLength) {
    constexpr unsigned kLimit = loader::kMostSearched;
    for (const unsigned count : {1U, 2U, 3U, 8U, kLimit - 1, kLimit, kLimit + 1}) {
        std::vector<std::string> entries;
        for (unsigned i = 0; i < count; ++i) {
            entries.push_back(fmt::format("10.{0}.{1}.3-10.{0}.{1}.17", i / 256, i % 256));
            entries.push_back(fmt::format("2001:db8:{:x}::3-2001:db8:{:x}::17", i, i));
        }
        Filter filter;
        filter.dst = addresses(entries);
        std::vector<MatchCase> cases;
        for (unsigned i = 0; i < count; ++i) {
            for (const unsigned last : {2U, 3U, 10U, 17U, 18U}) {
                const Outcome expected = last >= 3 && last <= 17 ? kIn : kOut;
                cases.push_back({"v4", v4("192.0.2.1", fmt::format("10.{}.{}.{}", i / 256, i % 256, last)), expected});
                cases.push_back({"v6", v6("2001:db8::1", fmt::format("2001:db8:{:x}::{}", i, last)), expected});
            }
        }
        cases.push_back({"beyond", v4("192.0.2.1", fmt::format("10.{}.{}.3", count / 256, count % 256)), kOut});
        cases.push_back({"only as source", v4("10.0.0.3", "192.0.2.1"), kOut});
        SCOPED_TRACE(count);
        run_cases(filter, cases);
    }
}

// The three lists share a trie, and the two families; none may see another's entries.
TEST(MatchAddress, ListsInTheTrieAreApart) {
    std::vector<std::string> sources, destinations, hosts;
    for (unsigned i = 0; i < 10; ++i) {
        sources.push_back(fmt::format("10.1.{}.0/25", i));
        destinations.push_back(fmt::format("10.2.{}.0/25", i));
        hosts.push_back(fmt::format("10.{}.3.0/24", 2 * i + 1));
        hosts.push_back(fmt::format("2001:db8:{:x}::/64", 2 * i + 1));
    }
    Filter filter;
    filter.src = addresses(sources);
    filter.dst = addresses(destinations);
    filter.host = addresses(hosts);
    loader::SamplerOptions options;
    options.most_searched = 0;
    run_cases(options, filter,
              {{"all three", v4("10.1.3.1", "10.2.5.1"), kIn},
               {"not the host", v4("10.1.4.1", "10.2.3.1"), kOut},
               {"ends exchanged", v4("10.2.5.1", "10.1.3.1"), kOut},
               {"source twice", v4("10.1.3.1", "10.1.3.2"), kOut},
               {"IPv6, for which only host has entries", v6("2001:db8:1::1", "2001:db8:3::1"), kOut},
               {"IPv6 that starts with the bytes of an IPv4 prefix", v6("a01:301::", "a02:501::"), kOut}});
}

TEST(MatchAddress, HundredThousandPrefixes) {
    constexpr std::uint32_t kPrefixes = 100'000;
    Filter filter;
    filter.src.emplace();
    filter.src->text = "100000 prefixes";
    // A /30 at every other multiple of 4 from 10.0.0.0 on.
    for (std::uint32_t i = 0; i < kPrefixes; ++i) filter.src->v4.push_back({0x0a000000 + i * 8, 0x0a000003 + i * 8});
    LoadedProgram program(filter);
    const auto check = [&](std::uint32_t address, Outcome expected) {
        const std::string text =
            fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
        expect_outcome(program, filter, v4(text, "198.51.100.2").build(), expected, text);
    };
    check(0x09ffffff, kOut);
    for (std::uint32_t i = 0; i < kPrefixes; i += 997) {
        check(0x0a000000 + i * 8, kIn);
        check(0x0a000003 + i * 8, kIn);
        check(0x0a000004 + i * 8, kOut);
        check(0x0a000007 + i * 8, kOut);
    }
    check(0x0a000000 + (kPrefixes - 1) * 8 + 3, kIn);
    check(0x0a000000 + kPrefixes * 8, kOut);
}

// The source is held where options, payload or extension headers are cut short or nonsense.
TEST(MatchAddress, HeldWhateverFollowsTheFixedHeader) {
    Filter filter;
    filter.src = addresses({"192.0.2.1", "2001:db8::1"});
    Bytes cut_options = (Ethernet() / Ipv4().options(40)).build();
    cut_options.resize(14 + 20);
    run_cases(filter, {{"options cut", raw(cut_options), kIn},
                       {"later fragment", Ethernet() / Ipv4().fragment(1480, false) / payload(8), kIn},
                       {"an extension header cut", Ethernet() / Ipv6().next_header(0) / raw({6}), kIn},
                       {"a payload length too long", Ethernet() / Ipv6().payload_length(9000) / Udp(1, 2), kIn}});
}

}  // namespace
}  // namespace xdpsift::bpf
