// SPDX-License-Identifier: BSD-2-Clause
// Searches, executed by a machine of our own, against a look through the whole list.
#include "loader/address_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "harness/kernel_machine.h"

namespace xdpsift::loader {
namespace {

constexpr std::size_t kMostExecuted = 1000;

// How many comparisons and jumps that took is left in `executed`.
std::optional<bool> answer(const Stretch& code, std::uint64_t r1, std::uint64_t r2, std::size_t& executed) {
    harness::KernelMachine machine({}, 0);
    machine.registers[BPF_REG_1] = r1;
    machine.registers[BPF_REG_2] = r2;
    if (!machine.run(code, 1, 0, kMostExecuted)) return std::nullopt;
    executed = machine.executed();
    return machine.registers[BPF_REG_0] == 1;
}

void expect_v4(const std::vector<Ipv4Range>& ranges, std::uint32_t address) {
    std::size_t executed = 0;
    const auto found = answer(search(ranges), address, 0, executed);
    const bool expected = std::ranges::any_of(
        ranges, [&](const Ipv4Range& range) { return range.first <= address && address <= range.last; });
    EXPECT_EQ(found, std::optional(expected)) << std::hex << address << " in " << std::dec << ranges.size();
}

std::uint64_t half(const Ipv6Address& address, std::size_t from) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < 8; i++) out = out << 8 | address[from + i];
    return out;
}

Ipv6Address v6(std::uint64_t upper, std::uint64_t lower) {
    Ipv6Address out;
    for (std::size_t i = 0; i < 8; i++) {
        out[i] = static_cast<std::uint8_t>(upper >> (56 - 8 * i));
        out[i + 8] = static_cast<std::uint8_t>(lower >> (56 - 8 * i));
    }
    return out;
}

void expect_v6(const std::vector<Ipv6Range>& ranges, const Ipv6Address& address) {
    std::size_t executed = 0;
    const auto found = answer(search(ranges), half(address, 0), half(address, 8), executed);
    const bool expected = std::ranges::any_of(
        ranges, [&](const Ipv6Range& range) { return range.first <= address && address <= range.last; });
    EXPECT_EQ(found, std::optional(expected)) << std::hex << half(address, 0) << ' ' << half(address, 8);
}

TEST(AddressSearch, NothingIsInAListWithoutRanges) {
    expect_v4({}, 0);
    expect_v4({}, 0xffffffff);
    expect_v6({}, v6(1, 1));
}

TEST(AddressSearch, TheFirstAndTheLastAddressThereAre) {
    for (const auto& ranges : {std::vector<Ipv4Range>{{0, 0xffffffff}},
                               {{0, 0}},
                               {{0xffffffff, 0xffffffff}},
                               {{0, 5}, {0xfffffff0, 0xffffffff}}})
        for (const std::uint32_t address :
             {0U, 1U, 5U, 6U, 0x80000000U, 0xffffffefU, 0xfffffff0U, 0xfffffffeU, 0xffffffffU})
            expect_v4(ranges, address);
    constexpr auto kAll = ~std::uint64_t{0};
    for (const auto& ranges : {std::vector<Ipv6Range>{{v6(0, 0), v6(kAll, kAll)}},
                               {{v6(0, 0), v6(0, 0)}},
                               {{v6(kAll, kAll), v6(kAll, kAll)}}})
        for (const auto& address : {v6(0, 0), v6(0, 1), v6(0, kAll), v6(1, 0), v6(kAll, kAll - 1), v6(kAll, kAll)})
            expect_v6(ranges, address);
}

// Lists of single addresses and of ranges, each looked up at and beside every boundary.
TEST(AddressSearch, EveryBoundaryOfRandomIpv4Lists) {
    std::mt19937 random(11);
    const auto below = [&random](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
    for (const std::size_t count : {1, 2, 3, 4, 5, 7, 8, 9, 31, 100, 256}) {
        std::vector<Ipv4Range> ranges;
        std::uint32_t at = below(1000);
        for (std::size_t i = 0; i < count; i++) {
            const std::uint32_t size = below(3) == 0 ? 0 : below(5000);
            ranges.push_back({at, at + size});
            at += size + 2 + below(10'000'000);
        }
        for (const auto& range : ranges)
            for (const auto address : {range.first - 1, range.first, range.first + 1, range.last, range.last + 1})
                expect_v4(ranges, address);
    }
}

TEST(AddressSearch, EveryBoundaryOfRandomIpv6Lists) {
    std::mt19937_64 random(12);
    for (const std::size_t count : {1, 2, 3, 8, 33, 256}) {
        std::vector<Ipv6Range> ranges;
        std::uint64_t upper = random() % 1000;
        for (std::size_t i = 0; i < count; i++) {
            const std::uint64_t lower = random() % 2 == 0 ? 0 : random();
            switch (random() % 3) {
                case 0: ranges.push_back({v6(upper, lower), v6(upper, lower)}); break;
                case 1: ranges.push_back({v6(upper, lower), v6(upper + 1, random())}); break;
                default: ranges.push_back({v6(upper, 0), v6(upper + 1, ~std::uint64_t{0})}); break;
            }
            upper += 3 + random() % 1000;
        }
        for (const auto& range : ranges) {
            for (const auto& edge : {range.first, range.last}) {
                const auto high = half(edge, 0), low = half(edge, 8);
                for (const auto& address : {edge, v6(high, low + 1), v6(high, low - 1), v6(high + 1, low),
                                            v6(high - 1, low), v6(high, 0), v6(high, ~std::uint64_t{0})})
                    expect_v6(ranges, address);
            }
        }
    }
}

TEST(AddressSearch, HalvesTheList) {
    std::vector<Ipv4Range> ranges;
    for (std::uint32_t i = 0; i < kMostSearched; i++) ranges.push_back({i * 1000, i * 1000 + 10});
    const auto code = search(ranges);
    for (std::uint32_t address = 0; address < 256'000; address += 7) {
        std::size_t executed = 0;
        ASSERT_TRUE(answer(code, address, 0, executed));
        // 512 boundaries are halved ten times; then the answer.
        EXPECT_LE(executed, 14u);
    }
}

}  // namespace
}  // namespace xdpsift::loader
