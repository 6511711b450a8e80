// SPDX-License-Identifier: BSD-2-Clause
// Instructions made by hand, against what the kernel's own disassembler prints of them.
#include "expression/disassemble.h"

#include <gmock/gmock.h>

#include "expression/assembler.h"

namespace xdpsift::expression {
namespace {

using testing::ElementsAre;

std::vector<std::string> lines(std::span<const bpf_insn> code) {
    std::vector<std::string> out;
    for (const auto& one : disassemble(code)) out.push_back(std::to_string(one.index) + ": " + one.text);
    return out;
}

bpf_insn instruction(int code, unsigned dst = 0, unsigned src = 0, std::int16_t offset = 0, std::int32_t value = 0) {
    bpf_insn out{};
    out.code = static_cast<__u8>(code);
    out.dst_reg = dst & 0xf;
    out.src_reg = src & 0xf;
    out.off = offset;
    out.imm = value;
    return out;
}

std::string line(const bpf_insn& one) { return disassemble({&one, 1}).front().text; }

TEST(Disassemble, LoadsAndStores) {
    Assembler code;
    code.load(BPF_H, BPF_REG_0, BPF_REG_2, 12);
    code.load(BPF_B, BPF_REG_4, BPF_REG_5, -1);
    code.load(BPF_W, BPF_REG_0, BPF_REG_10, 0);
    code.load(BPF_DW, BPF_REG_1, BPF_REG_10, -32);
    code.store(BPF_W, BPF_REG_10, -40, BPF_REG_0);
    code.store_value(BPF_DW, BPF_REG_10, -16, -1);
    EXPECT_THAT(lines(code.code()),
                ElementsAre("0: r0 = *(u16 *)(r2 +12)", "1: r4 = *(u8 *)(r5 -1)", "2: r0 = *(u32 *)(r10 +0)",
                            "3: r1 = *(u64 *)(r10 -32)", "4: *(u32 *)(r10 -40) = r0", "5: *(u64 *)(r10 -16) = -1"));
}

TEST(Disassemble, ArithmeticOfBothWidths) {
    Assembler code;
    code.move(BPF_ALU, BPF_REG_0, 2);
    code.move(BPF_ALU64, BPF_REG_1, -7);
    code.move_register(BPF_ALU, BPF_REG_4, BPF_REG_0);
    code.move_register(BPF_ALU64, BPF_REG_5, BPF_REG_2);
    code.alu(BPF_ALU, BPF_AND, BPF_REG_4, 15);
    code.alu(BPF_ALU, BPF_LSH, BPF_REG_4, 2);
    code.alu_register(BPF_ALU64, BPF_ADD, BPF_REG_5, BPF_REG_4);
    code.alu_register(BPF_ALU, BPF_MOD, BPF_REG_0, BPF_REG_4);
    code.alu(BPF_ALU, BPF_NEG, BPF_REG_0, 0);
    code.from_network_order(BPF_REG_0, 16);
    EXPECT_THAT(lines(code.code()),
                ElementsAre("0: w0 = 2", "1: r1 = -7", "2: w4 = w0", "3: r5 = r2", "4: w4 &= 15", "5: w4 <<= 2",
                            "6: r5 += r4", "7: w0 %= w4", "8: w0 = -w0", "9: r0 = be16 r0"));
    EXPECT_EQ(line(instruction(BPF_ALU64 | BPF_ARSH | BPF_K, 3, 0, 0, 4)), "r3 s>>= 4");
    EXPECT_EQ(line(instruction(BPF_ALU | BPF_END | BPF_TO_LE, 6, 0, 0, 64)), "r6 = le64 r6");
}

TEST(Disassemble, Jumps) {
    EXPECT_EQ(line(instruction(BPF_JMP32 | BPF_JNE | BPF_K, 0, 0, 12, 0x800)), "if w0 != 0x800 goto pc+12");
    EXPECT_EQ(line(instruction(BPF_JMP | BPF_JGT | BPF_X, 1, 3, -4)), "if r1 > r3 goto pc-4");
    EXPECT_EQ(line(instruction(BPF_JMP32 | BPF_JSET | BPF_K, 0, 0, 3, 0x1fff)), "if w0 & 0x1fff goto pc+3");
    EXPECT_EQ(line(instruction(BPF_JMP32 | BPF_JEQ | BPF_K, 0, 0, 0, -1)), "if w0 == 0xffffffff goto pc+0");
    EXPECT_EQ(line(instruction(BPF_JMP | BPF_JSLE | BPF_K, 2, 0, 1, 5)), "if r2 s<= 0x5 goto pc+1");
    EXPECT_EQ(line(instruction(BPF_JMP | BPF_JA, 0, 0, -3)), "goto pc-3");
    EXPECT_EQ(line(instruction(BPF_JMP | BPF_EXIT)), "exit");
    EXPECT_EQ(line(instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_xdp_load_bytes)), "call bpf_xdp_load_bytes#189");
    EXPECT_EQ(line(instruction(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 9)), "call pc+9");
}

TEST(Disassemble, AWideConstantTakesTwoPlaces) {
    const bpf_insn code[] = {instruction(BPF_LD | BPF_DW | BPF_IMM, 1, 0, 0, -2), instruction(0, 0, 0, 0, 1),
                             instruction(BPF_JMP | BPF_EXIT)};
    EXPECT_THAT(lines(code), ElementsAre("0: r1 = 0x1fffffffe", "2: exit"));
}

TEST(Disassemble, WhatIsUnknownIsShownAndNotGuessed) {
    EXPECT_EQ(line(instruction(0xff, 1, 2, 3, 4)), "unknown ff dst 1 src 2 off 3 imm 0x4");
    // The first half of a wide constant, and no second.
    EXPECT_EQ(line(instruction(BPF_LD | BPF_DW | BPF_IMM, 1)), "unknown 18 dst 1 src 0 off 0 imm 0x0");
    // Signed division of newer kernels.
    EXPECT_EQ(line(instruction(BPF_ALU | BPF_DIV | BPF_K, 1, 0, 1, 4)), "unknown 34 dst 1 src 0 off 1 imm 0x4");
}

}  // namespace
}  // namespace xdpsift::expression
