// SPDX-License-Identifier: BSD-2-Clause
#include "loader/filter_rodata.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace xdpsift::loader {
namespace {

constexpr std::size_t kSearched = 8;

std::unique_ptr<xs_filter> empty_filter() { return std::make_unique<xs_filter>(); }

std::uint32_t v4(const xs_prefix& prefix) {
    return static_cast<std::uint32_t>(prefix.address[0]) << 24 | static_cast<std::uint32_t>(prefix.address[1]) << 16 |
           static_cast<std::uint32_t>(prefix.address[2]) << 8 | prefix.address[3];
}

// More ranges than are searched by code, so that they become prefixes; the first is the one under test.
AddressSet many_ranges(Ipv4Range first) {
    AddressSet set;
    set.v4.push_back(first);
    for (std::uint32_t i = 0; i < kSearched; i++) set.v4.push_back({0xf0000000 + i * 16, 0xf0000000 + i * 16});
    return set;
}

std::vector<xs_prefix> prefixes_of(Ipv4Range range) {
    auto out = empty_filter();
    Filter filter;
    filter.src = many_ranges(range);
    auto prefixes = fill_filter(filter, kSearched, *out);
    EXPECT_EQ(out->addresses[XS_LIST_SRC].v4_trie, 1u);
    prefixes.resize(prefixes.size() - kSearched);
    return prefixes;
}

TEST(FillFilter, AnEmptyFilterAsksForNothing) {
    auto out = empty_filter();
    EXPECT_TRUE(fill_filter({}, kSearched, *out).empty());
    EXPECT_EQ(out->fields, 0u);
}

TEST(FillFilter, ShortListsAreLeftToTheirPlaces) {
    auto out = empty_filter();
    Filter filter;
    filter.dst.emplace();
    filter.dst->v4 = {{0x0a000000, 0x0affffff}};
    filter.dst->v6 = {{{0x20, 1}, {0x20, 1, 0xff}}};
    EXPECT_TRUE(fill_filter(filter, kSearched, *out).empty());
    EXPECT_EQ(out->fields, XS_MATCH_DST);
    EXPECT_EQ(out->addresses[XS_LIST_DST].v4_trie, 0u);
    EXPECT_EQ(out->addresses[XS_LIST_DST].v6_trie, 0u);
}

TEST(FillFilter, TheOnlyNumberOfAListIsComparedInPlace) {
    auto out = empty_filter();
    Filter filter;
    filter.sport.emplace().numbers.set(443);
    filter.dport.emplace().numbers.set(80).set(443);
    filter.port.emplace();
    filter.proto.emplace().numbers.set(255);
    fill_filter(filter, kSearched, *out);
    EXPECT_EQ(out->only_port[XS_LIST_SRC], htons(443));
    EXPECT_EQ(out->only_port[XS_LIST_DST], XS_SEVERAL);
    EXPECT_EQ(out->only_port[XS_LIST_EITHER], XS_SEVERAL);
    EXPECT_EQ(out->only_protocol, 255u);
    filter.proto->numbers.set(0);
    fill_filter(filter, kSearched, *out);
    EXPECT_EQ(out->only_protocol, XS_SEVERAL);
}

TEST(FillFilter, BitmapsAtTheEdgesOfWords) {
    auto out = empty_filter();
    Filter filter;
    filter.port.emplace();
    for (const std::size_t port : {0, 63, 64, 65535}) filter.port->numbers.set(port);
    fill_filter(filter, kSearched, *out);
    EXPECT_EQ(out->ports[XS_LIST_EITHER][0], 1u | 1ULL << 63);
    EXPECT_EQ(out->ports[XS_LIST_EITHER][1], 1u);
    EXPECT_EQ(out->ports[XS_LIST_EITHER][1023], 1ULL << 63);
    EXPECT_EQ(out->ports[XS_LIST_SRC][0], 0u);
}

TEST(FillFilter, AWholeBlockIsOnePrefix) {
    const auto prefixes = prefixes_of({0x0a000000, 0x0affffff});
    ASSERT_EQ(prefixes.size(), 1u);
    EXPECT_EQ(prefixes[0].prefix_len, XS_PREFIX_BITS + 8u);
    EXPECT_EQ(v4(prefixes[0]), 0x0a000000u);
}

TEST(FillFilter, EveryAddressIsOnePrefix) {
    const auto prefixes = prefixes_of({0, 0xefffffff});
    ASSERT_EQ(prefixes.size(), 4u);
    EXPECT_EQ(prefixes[0].prefix_len, XS_PREFIX_BITS + 1u);
}

TEST(FillFilter, TheWorstRangeTakesTwiceItsBits) { EXPECT_EQ(prefixes_of({1, 0xeffffffe}).size(), 31u + 28u + 2u); }

// The prefixes cover the range, the whole range and nothing else, without overlap.
TEST(FillFilter, RandomRangesAreCoveredExactly) {
    std::mt19937 random(7);
    for (int i = 0; i < 2000; i++) {
        const auto below = [&random](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
        std::uint32_t first = below(0xf0000000);
        std::uint32_t last = below(2) == 0 ? below(0xf0000000) : first + below(5000);
        if (last >= 0xf0000000) last = 0xefffffff;
        if (first > last) std::swap(first, last);
        std::uint64_t next = first;
        for (const auto& prefix : prefixes_of({first, last})) {
            EXPECT_EQ(v4(prefix), next);
            next += 1ULL << (XS_PREFIX_BITS + 32 - prefix.prefix_len);
        }
        EXPECT_EQ(next, std::uint64_t{last} + 1);
    }
}

TEST(FillFilter, Ipv6EverythingIsOnePrefix) {
    auto out = empty_filter();
    Filter filter;
    filter.host.emplace();
    // Not what the parser would give, which merges; enough to go to the trie.
    Ipv6Range everything;
    everything.last.fill(0xff);
    filter.host->v6.assign(kSearched + 1, everything);
    const auto prefixes = fill_filter(filter, kSearched, *out);
    ASSERT_EQ(prefixes.size(), kSearched + 1u);
    EXPECT_EQ(prefixes[0].prefix_len, static_cast<std::uint32_t>(XS_PREFIX_BITS));
    EXPECT_EQ(prefixes[0].family, 6u);
    EXPECT_EQ(prefixes[0].list, XS_LIST_EITHER);
}

TEST(FillFilter, WhatWouldTakeAllMemoryIsCutOff) {
    auto out = empty_filter();
    Filter filter;
    filter.src.emplace();
    // A /16 but for its first and last address takes 222 prefixes, and all together 2.2 million.
    for (unsigned i = 0; i < 10'000; i++) {
        Ipv6Range range;
        range.first = {static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
        range.last.fill(0xff);
        range.last[0] = range.first[0];
        range.last[1] = range.first[1];
        range.first.back() = 1;
        range.last.back() = 0xfe;
        filter.src->v6.push_back(range);
    }
    EXPECT_EQ(fill_filter(filter, kSearched, *out).size(), kMostPrefixes + 1);
}

}  // namespace
}  // namespace xdpsift::loader
