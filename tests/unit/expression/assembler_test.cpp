// SPDX-License-Identifier: BSD-2-Clause
#include "expression/assembler.h"

#include <gtest/gtest.h>
#include <linux/filter.h>

#include <random>

#include "harness/kernel_machine.h"

namespace xdpsift::expression {
namespace {

using harness::KernelMachine;

// More than a jump reaches, several times.
constexpr std::size_t kFar = 150'000;

void fill(Assembler& assembler, std::size_t count) {
    for (std::size_t i = 0; i < count; i++) assembler.alu(BPF_ALU64, BPF_ADD, BPF_REG_1, 1);
}

// From the start to the end.
KernelMachine run(const std::vector<bpf_insn>& code) {
    KernelMachine machine({}, 0);
    machine.registers[BPF_REG_0] = machine.registers[BPF_REG_1] = 0;
    EXPECT_TRUE(machine.run(code, 0, code.size(), 10 * kFar));
    return machine;
}

bool is_relay(const bpf_insn& instruction) { return instruction.code == (BPF_JMP | BPF_JA); }

TEST(Assembler, JumpsForwardAndBack) {
    Assembler assembler;
    const auto again = assembler.new_label(), out = assembler.new_label();
    assembler.bind(again);
    assembler.alu(BPF_ALU64, BPF_ADD, BPF_REG_0, 1);
    assembler.jump_if(BPF_JMP, BPF_JEQ, BPF_REG_0, 5, out);
    assembler.jump(again);
    assembler.bind(out);
    assembler.alu(BPF_ALU64, BPF_ADD, BPF_REG_0, 100);
    EXPECT_EQ(assembler.code().size(), 4u);
    EXPECT_EQ(run(assembler.code()).registers[0], 105u);
}

TEST(Assembler, KnowsWhichLabelsAreBoundAndUsed) {
    Assembler assembler;
    const auto label = assembler.new_label(), other = assembler.new_label();
    EXPECT_FALSE(assembler.bound(label) || assembler.used(label));
    assembler.jump(label);
    EXPECT_TRUE(assembler.used(label) && !assembler.bound(label));
    assembler.bind(label);
    EXPECT_TRUE(assembler.bound(label) && !assembler.bound(other) && !assembler.used(other));
}

TEST(Assembler, AShortProgramHasNoRelays) {
    Assembler assembler;
    const auto label = assembler.new_label();
    assembler.jump_if(BPF_JMP, BPF_JEQ, BPF_REG_0, 0, label);
    fill(assembler, 20'000);
    assembler.bind(label);
    fill(assembler, 20'000);
    EXPECT_EQ(assembler.code().size(), 40'001u);
    EXPECT_EQ(run(assembler.code()).registers[1], 20'000u);
}

TEST(Assembler, WhatIsNotJumpedOverRunsAroundTheRelays) {
    Assembler assembler;
    const auto label = assembler.new_label();
    assembler.jump_if(BPF_JMP, BPF_JNE, BPF_REG_0, 0, label);
    fill(assembler, kFar);
    assembler.bind(label);
    assembler.move(BPF_ALU64, BPF_REG_0, 7);
    EXPECT_GT(assembler.code().size(), kFar + 2);
    const auto machine = run(assembler.code());
    EXPECT_EQ(machine.registers[1], kFar);
    EXPECT_EQ(machine.registers[0], 7u);
}

TEST(Assembler, AFarJumpGoesByRelays) {
    for (const bool conditional : {false, true}) {
        Assembler assembler;
        const auto label = assembler.new_label();
        if (conditional)
            assembler.jump_if_register(BPF_JMP32, BPF_JEQ, BPF_REG_0, BPF_REG_1, label);
        else
            assembler.jump(label);
        fill(assembler, kFar);
        assembler.bind(label);
        assembler.move(BPF_ALU64, BPF_REG_0, 7);
        const auto machine = run(assembler.code());
        EXPECT_EQ(machine.registers[0], 7u);
        EXPECT_EQ(machine.registers[1], 0u);
        EXPECT_LT(machine.executed(), 12u);
    }
}

TEST(Assembler, WhatIsKeptWithinReachCanBeJumpedBackToFromAfar) {
    Assembler assembler;
    const auto start = assembler.new_label(), work = assembler.new_label(), out = assembler.new_label();
    assembler.jump(work);
    assembler.bind(start);
    assembler.jump(out);
    assembler.keep_within_reach(start);
    assembler.bind(work);
    fill(assembler, kFar);
    assembler.jump(start);
    assembler.bind(out);
    assembler.move(BPF_ALU64, BPF_REG_0, 7);
    const auto machine = run(assembler.code());
    EXPECT_EQ(machine.registers[0], 7u);
    EXPECT_EQ(machine.registers[1], kFar);
}

TEST(Assembler, ManyJumpsToOneLabelShareItsRelays) {
    Assembler assembler;
    const auto label = assembler.new_label();
    for (std::size_t i = 0; i < kFar / 2; i++) {
        assembler.jump_if(BPF_JMP, BPF_JEQ, BPF_REG_1, static_cast<std::int32_t>(i), label);
        fill(assembler, 1);
    }
    assembler.bind(label);
    EXPECT_LT(assembler.code().size(), kFar + 100);
    EXPECT_EQ(run(assembler.code()).registers[1], 0u);
}

// All jumps know their label by their immediate, and each label is where a move of its number is. The one jump without
// a condition is the relay.
TEST(Assembler, RandomJumpsEndAtTheirLabels) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
    std::size_t relays = 0;
    for (int round = 0; round < 20; round++) {
        Assembler assembler;
        std::vector<Assembler::Label> open;
        const auto bind = [&](Assembler::Label label) {
            assembler.bind(label);
            assembler.move(BPF_ALU64, BPF_REG_0, static_cast<std::int32_t>(label));
        };
        const auto anchor = assembler.new_label();
        bind(anchor);
        const bool anchored = below(2) == 0;
        if (anchored) assembler.keep_within_reach(anchor);
        const auto most_open = 1 + below(300);
        while (assembler.code().size() < kFar) {
            fill(assembler, below(200));
            if (open.size() < most_open && below(3) == 0) open.push_back(assembler.new_label());
            if (!open.empty()) {
                const auto label = open[below(open.size())];
                assembler.jump_if(BPF_JMP, BPF_JEQ, BPF_REG_0, static_cast<std::int32_t>(label), label);
            }
            if (anchored && below(10) == 0)
                assembler.jump_if(BPF_JMP, BPF_JEQ, BPF_REG_0, static_cast<std::int32_t>(anchor), anchor);
            if (!open.empty() && below(20) == 0) {
                const auto which = open.begin() + static_cast<std::ptrdiff_t>(below(open.size()));
                bind(*which);
                open.erase(which);
            }
        }
        for (const auto label : open) bind(label);

        const auto& code = assembler.code();
        std::size_t jumps = 0;
        for (std::size_t i = 0; i < code.size(); i++) {
            relays += is_relay(code[i]);
            if (code[i].code != (BPF_JMP | BPF_JEQ | BPF_K)) continue;
            jumps++;
            auto at = static_cast<std::int64_t>(i);
            do at += 1 + code.at(static_cast<std::size_t>(at)).off;
            while (is_relay(code.at(static_cast<std::size_t>(at))));
            const auto& end = code[static_cast<std::size_t>(at)];
            ASSERT_EQ(end.code, BPF_ALU64 | BPF_MOV | BPF_K);
            ASSERT_EQ(end.imm, code[i].imm);
        }
        ASSERT_GT(jumps, 100u);
    }
    // A round of many labels that stay near has none.
    EXPECT_GT(relays, 0u);
}

}  // namespace
}  // namespace xdpsift::expression
