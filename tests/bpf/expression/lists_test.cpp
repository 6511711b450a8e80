// SPDX-License-Identifier: BSD-2-Clause
// Long lists of alternatives, which the translation searches instead of comparing one after the other, and loads that
// it leaves out: again libpcap's interpreter has the last word.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "bpf/expression/translated_program.h"
#include "bpf/loaded_program.h"
#include "bpf/random_world.h"
#include "bpf/scaled.h"
#include "expression/compile.h"
#include "expression/pcap_program.h"

namespace xdpsift::bpf {
namespace {

using expression::ClassicProgram;
using expression::Interpreter;
using expression::Source;

sock_filter instruction(int code, std::uint32_t k) { return {static_cast<std::uint16_t>(code), 0, 0, k}; }

// What is compared: frames have no other bytes than 0 and 1 here.
std::uint32_t value(World& world, int size) {
    const auto bytes = size == BPF_W ? 4 : size == BPF_H ? 2 : 1;
    std::uint32_t out = 0;
    for (int i = 0; i < bytes; i++) out = out << 8 | world.below(2);
    return out;
}

// Comparisons in a row as libpcap writes them, and here and there what makes them no list of the same value.
ClassicProgram random_list(World& world) {
    static constexpr int kSizes[] = {BPF_W, BPF_H, BPF_B};
    static constexpr std::uint32_t kMasks[] = {0xffffffff, 0xffff, 0x01010101, 0x01000101, 0x1};
    const int size = kSizes[world.below(3)];
    const std::uint32_t offset = 14 + world.below(20);
    const bool behind_x = world.chance(30);
    const auto load = instruction(BPF_LD | size | (behind_x ? BPF_IND : BPF_ABS), offset);
    const auto load_x = instruction(BPF_LDX | BPF_B | BPF_MSH, 14 + world.below(4));
    const auto mask = instruction(BPF_ALU | BPF_AND | BPF_K, kMasks[world.below(5)]);
    ClassicProgram out = {load_x, load};
    if (world.chance(60)) out.push_back(mask);
    for (unsigned left = 8 + world.below(40); left-- > 0;) {
        if (world.chance(20)) out.push_back(load_x);
        if (world.chance(30)) {
            out.push_back(load);
            if (world.chance(80)) out.push_back(mask);
        }
        if (world.chance(3)) out.push_back(instruction(BPF_MISC | BPF_TAX, 0));
        if (world.chance(3)) out.push_back(instruction(BPF_ALU | BPF_AND | BPF_K, 0x0001ffff));
        if (world.chance(3)) out.push_back(instruction(BPF_LD | BPF_B | BPF_ABS, 14 + world.below(20)));
        out.push_back(instruction(BPF_JMP | BPF_JEQ | BPF_K, value(world, size) & (world.chance(90) ? ~0u : mask.k)));
    }
    const auto body = out.size();
    for (unsigned i = 0; i < 4; i++) out.push_back(instruction(BPF_RET | BPF_K, i % 2));
    out.push_back(instruction(BPF_RET | BPF_A, 0));
    for (std::size_t i = 0; i < body; i++) {
        if (BPF_CLASS(out[i].code) != BPF_JMP) continue;
        const auto to_returns = static_cast<unsigned>(body - i - 1);
        out[i].jt = static_cast<__u8>(world.chance(90) ? to_returns + world.below(5) : world.below(to_returns + 1));
        out[i].jf = static_cast<__u8>(world.chance(95) ? 0 : world.below(to_returns + 1));
    }
    return out;
}

Bytes random_bytes(World& world, std::size_t size) {
    Bytes out(size);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(world.below(2));
    return out;
}

testing::AssertionResult agrees(TranslatedProgram& program, const Interpreter& libpcap, const Bytes& frame) {
    const bool expected = libpcap.accepts(frame, frame.size());
    if (program.verdict(frame) == (expected ? 1u : 0u)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "libpcap says " << expected << ", and not the kernel";
}

TEST(Lists, OfAnyShapeAreAsLibpcapsInterpreterSays) {
    World world(seed());
    std::uint64_t pairs = 0, accepted = 0;
    for (unsigned i = 0; i < scaled(600); i++) {
        const auto program = random_list(world);
        ASSERT_TRUE(expression::check(program));
        SCOPED_TRACE("\n" + expression::listing(program));
        const Interpreter libpcap(program);
        TranslatedProgram in_place(program, Source::frame), copy(program, Source::copy);
        for (int j = 0; j < 60; j++, pairs++) {
            const auto frame = random_bytes(world, 14 + world.below(70));
            accepted += libpcap.accepts(frame, frame.size());
            ASSERT_TRUE(agrees(in_place, libpcap, frame)) << hex(frame);
            ASSERT_TRUE(agrees(copy, libpcap, frame)) << hex(frame);
        }
    }
    std::cout << fmt::format("{} pairs, {} packets accepted\n", pairs, accepted);
    EXPECT_GT(accepted, pairs / 10);
    EXPECT_LT(accepted, pairs / 10 * 9);
}

// A loop whose first instruction loads what is there when the loop is entered, and no more in its second round.
TEST(Lists, WhatALoopLoadsIsLoadedInEachRound) {
    constexpr std::uint32_t kWanted = 7;
    ClassicProgram program = {
        instruction(BPF_LD | BPF_B | BPF_ABS, 14),
        instruction(BPF_LD | BPF_B | BPF_ABS, 14),
        instruction(BPF_ST, 1),
        instruction(BPF_LD | BPF_MEM, 0),
        instruction(BPF_ALU | BPF_ADD | BPF_K, 1),
        instruction(BPF_ST, 0),
        instruction(BPF_JMP | BPF_JGE | BPF_K, 2),
        instruction(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(-7)),
        instruction(BPF_LD | BPF_MEM, 1),
        instruction(BPF_JMP | BPF_JEQ | BPF_K, kWanted),
        instruction(BPF_RET | BPF_K, 1),
        instruction(BPF_RET | BPF_K, 0),
    };
    program[6].jt = 1;
    program[9].jf = 1;
    ASSERT_TRUE(expression::check(program));
    const Interpreter libpcap(program);
    TranslatedProgram in_place(program, Source::frame);
    for (std::uint8_t byte = 0; byte < 10; byte++) {
        const Bytes frame(20, byte);
        EXPECT_EQ(in_place.verdict(frame), byte == kWanted ? 1u : 0u);
        EXPECT_TRUE(agrees(in_place, libpcap, frame));
    }
}

// A hundred networks: fewer instructions than libpcap's own, although each of those takes one and more.
TEST(Lists, AreSearched) {
    std::string text;
    for (unsigned i = 0; i < 100; i++) text += fmt::format("{}net 10.{}.0.0/16", i == 0 ? "" : " or ", 2 * i);
    const auto compiled = expression::compile(text);
    ASSERT_TRUE(compiled) << compiled.error().message;
    const Interpreter libpcap(compiled->program);
    TranslatedProgram in_place(compiled->program, Source::frame);
    EXPECT_LT(in_place.instructions(), compiled->program.size() / 2);
    for (unsigned second = 0; second < 256; second++) {
        const auto address = fmt::format("10.{}.2.3", second);
        const bool listed = second % 2 == 0 && second < 200;
        const auto from = (Ethernet() / Ipv4(address, "192.0.2.1") / Udp(1, 2)).build();
        const auto to = (Ethernet() / Ipv4("192.0.2.1", address) / Udp(1, 2)).build();
        EXPECT_EQ(in_place.verdict(from), listed ? 1u : 0u) << address;
        EXPECT_EQ(in_place.verdict(to), listed ? 1u : 0u) << address;
        EXPECT_TRUE(agrees(in_place, libpcap, from));
    }
}

}  // namespace
}  // namespace xdpsift::bpf
