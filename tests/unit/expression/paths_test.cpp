// SPDX-License-Identifier: BSD-2-Clause
#include "expression/paths.h"

#include <gmock/gmock.h>

namespace xdpsift::expression {
namespace {

constexpr sock_filter ldb(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at); }
constexpr sock_filter ldh(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_H | BPF_ABS, at); }
constexpr sock_filter ldw(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at); }
constexpr sock_filter ldw_x(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_W | BPF_IND, at); }
constexpr sock_filter msh(std::uint32_t at) { return BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, at); }
constexpr sock_filter jeq(std::uint32_t k, std::uint8_t jt, std::uint8_t jf) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, jt, jf);
}
constexpr sock_filter ja(std::int32_t by) { return BPF_STMT(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(by)); }
constexpr sock_filter ret(std::uint32_t k) { return BPF_STMT(BPF_RET | BPF_K, k); }
constexpr sock_filter kRetA = BPF_STMT(BPF_RET | BPF_A, 0);
constexpr sock_filter kTax = BPF_STMT(BPF_MISC | BPF_TAX, 0);
constexpr sock_filter kTxa = BPF_STMT(BPF_MISC | BPF_TXA, 0);

std::vector<std::uint64_t> frame_ends(const ClassicProgram& program, Guards guards) {
    std::vector<std::uint64_t> out;
    for (const auto& ahead : look_ahead(flow_of(program), guards)) out.push_back(ahead.frame_end);
    return out;
}

std::vector<std::uint64_t> x_ends(const ClassicProgram& program, Guards guards) {
    std::vector<std::uint64_t> out;
    for (const auto& ahead : look_ahead(flow_of(program), guards)) out.push_back(ahead.x_end);
    return out;
}

std::vector<bool> rejects(const ClassicProgram& program) {
    std::vector<bool> out;
    for (const auto& ahead : look_ahead(flow_of(program), Guards::early)) out.push_back(ahead.rejects);
    return out;
}

TEST(LookAhead, AsksAtOnceForWhatTheOnlyAcceptingPathLoads) {
    const ClassicProgram program = {ldh(12), jeq(0x800, 0, 3), ldb(23), jeq(6, 0, 1), ret(1), ret(0)};
    EXPECT_THAT(frame_ends(program, Guards::early), testing::ElementsAre(24, 24, 24, 0, 0, 0));
    EXPECT_THAT(frame_ends(program, Guards::at_loads), testing::ElementsAre(14, 0, 24, 0, 0, 0));
}

TEST(LookAhead, OfTwoAcceptingPathsAsksForTheShorter) {
    const ClassicProgram program = {ldh(12), jeq(0x800, 0, 2), ldw(30), ja(1), ldw(50), jeq(1, 0, 1), ret(1), ret(0)};
    EXPECT_THAT(frame_ends(program, Guards::early), testing::ElementsAre(34, 34, 34, 0, 54, 0, 0, 0));
}

TEST(LookAhead, AnAcceptingPathWithoutLoadsAsksForNothing) {
    const ClassicProgram program = {ldh(12), jeq(0x800, 1, 0), ret(1), ldw(30), kRetA};
    EXPECT_THAT(frame_ends(program, Guards::early), testing::ElementsAre(14, 0, 0, 34, 0));
}

// 4 GiB and more: not a small number once more.
TEST(LookAhead, OffsetsDoNotOverflow) {
    EXPECT_THAT(frame_ends({ldw(0xffffffff), kRetA}, Guards::early), testing::ElementsAre(0x100000003, 0));
    EXPECT_THAT(x_ends({ldw_x(0xffffffff), kRetA}, Guards::at_loads), testing::ElementsAre(0x100000003, 0));
}

TEST(LookAhead, BehindXOnlyAsLongAsXIsTheSame) {
    const ClassicProgram program = {msh(14), ldw_x(14), ldw_x(20), kTax, ldw_x(2), kRetA};
    EXPECT_THAT(x_ends(program, Guards::early), testing::ElementsAre(0, 24, 24, 0, 6, 0));
    EXPECT_THAT(x_ends(program, Guards::at_loads), testing::ElementsAre(0, 18, 24, 0, 6, 0));
    EXPECT_THAT(frame_ends(program, Guards::early), testing::ElementsAre(15, 0, 0, 0, 0, 0));
}

TEST(LookAhead, RejectionIsSeenFromAfar) {
    EXPECT_THAT(rejects({ldb(0), jeq(1, 0, 1), ret(0), ret(0)}), testing::Each(true));
    EXPECT_THAT(rejects({ldb(0), jeq(1, 0, 1), ret(0), ret(7)}), testing::ElementsAre(false, false, true, false));
    EXPECT_THAT(rejects({ldb(0), kRetA}), testing::Each(false));
}

TEST(LookAhead, DivisionByAConstantZeroRejects) {
    for (const int operation : {BPF_DIV, BPF_MOD}) {
        const auto by = [operation](std::uint32_t k) {
            return ClassicProgram{ldb(0), BPF_STMT(static_cast<__u16>(BPF_ALU | operation | BPF_K), k), ret(1)};
        };
        EXPECT_THAT(rejects(by(0)), testing::ElementsAre(true, true, false));
        EXPECT_THAT(rejects(by(1)), testing::Each(false));
        // By X, the k that is not looked at may be zero.
        EXPECT_THAT(rejects({ldb(0), BPF_STMT(static_cast<__u16>(BPF_ALU | operation | BPF_X), 0), ret(1)}),
                    testing::Each(false));
    }
}

TEST(LookAhead, KnowsWhatIsStillNeeded) {
    const auto live = [](const ClassicProgram& program) { return look_ahead(flow_of(program), Guards::early)[0].live; };
    EXPECT_EQ(live({kRetA}), kLiveA);
    EXPECT_EQ(live({ret(1)}), 0u);
    EXPECT_EQ(live({ldb(0), kRetA}), 0u);
    EXPECT_EQ(live({kTxa, kRetA}), kLiveX);
    EXPECT_EQ(live({kTax, ret(1)}), kLiveA);
    EXPECT_EQ(live({ldw_x(0), kRetA}), kLiveX);
    EXPECT_EQ(live({BPF_STMT(BPF_LD | BPF_MEM, 3), kRetA}), 1u << 3);
    EXPECT_EQ(live({BPF_STMT(BPF_LDX | BPF_MEM, 15), kTxa, kRetA}), 1u << 15);
    EXPECT_EQ(live({BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LD | BPF_MEM, 3), kRetA}), kLiveA);
    EXPECT_EQ(live({BPF_STMT(BPF_STX, 3), BPF_STMT(BPF_LD | BPF_MEM, 4), kRetA}), kLiveX | 1u << 4);
    EXPECT_EQ(live({BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0), kRetA}), kLiveA | kLiveX);
    EXPECT_EQ(live({BPF_STMT(BPF_ALU | BPF_NEG, 0), kRetA}), kLiveA);
    EXPECT_EQ(live({BPF_JUMP(BPF_JMP | BPF_JSET | BPF_X, 0, 0, 1), ret(1), ret(0)}), kLiveA | kLiveX);
    EXPECT_EQ(live({ja(0), ret(1)}), 0u);
}

// Where a loop's end reads what its beginning does not.
TEST(LookAhead, NeedsAreCarriedAroundALoop) {
    const ClassicProgram program = {ldb(0), jeq(1, 0, 1), kRetA, BPF_STMT(BPF_LD | BPF_MEM, 2), BPF_STMT(BPF_ST, 7),
                                    ja(-6)};
    const auto ahead = look_ahead(flow_of(program), Guards::early);
    for (const auto& one : ahead) EXPECT_EQ(one.live & 1u << 7, 0u);
    EXPECT_EQ(ahead[5].live, 1u << 2);
    EXPECT_EQ(ahead[0].live, 1u << 2);
    EXPECT_EQ(ahead[2].live, kLiveA);
}

TEST(LookAhead, ALoopAsksForNothingOnItsWayBack) {
    const ClassicProgram program = {ldb(40), jeq(1, 0, 1), ret(1), ldw(60), ja(-5)};
    EXPECT_THAT(frame_ends(program, Guards::early), testing::ElementsAre(41, 0, 0, 64, 0));
    EXPECT_THAT(rejects(program), testing::Each(false));
}

TEST(HasLoops, WhereAJumpLeadsBack) {
    EXPECT_TRUE(has_loops(flow_of({ldb(0), ldb(1), jeq(1, 0, 1), ja(-3), ja(0), ret(1)})));
    EXPECT_FALSE(has_loops(flow_of({ldb(0), ldb(1), jeq(1, 0, 1), ja(0), ret(1)})));
}

TEST(OnlyVerdict, OfProgramsThatAskForNothing) {
    EXPECT_EQ(only_verdict(flow_of({ret(1)})), OnlyVerdict::accepts);
    EXPECT_EQ(only_verdict(flow_of({ret(0)})), OnlyVerdict::rejects);
    EXPECT_EQ(only_verdict(flow_of({ldb(0), jeq(1, 0, 0), ret(0)})), OnlyVerdict::rejects);
    EXPECT_EQ(only_verdict(flow_of({BPF_STMT(BPF_LD | BPF_IMM, 7), BPF_STMT(BPF_ST, 3), ret(1)})),
              OnlyVerdict::accepts);
    EXPECT_EQ(only_verdict(flow_of({BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), ret(1)})), OnlyVerdict::depends);
    // Of an empty frame it does not hold.
    EXPECT_EQ(only_verdict(flow_of({ldb(0), ret(1)})), OnlyVerdict::depends);
    EXPECT_EQ(only_verdict(flow_of({kRetA})), OnlyVerdict::depends);
}

TEST(OnlyVerdict, OfComparisonsThatComeOutAlikeForEveryNumber) {
    const auto verdict = [](std::uint16_t load, std::uint16_t jump, std::uint32_t k) {
        return only_verdict(shorten(flow_of({BPF_STMT(load, 0), BPF_JUMP(jump | BPF_K, k, 0, 1), ret(1), ret(0)})));
    };
    constexpr std::uint16_t kLength = BPF_LD | BPF_W | BPF_LEN;
    constexpr std::uint16_t kByte = BPF_LD | BPF_B | BPF_ABS;
    EXPECT_EQ(verdict(kLength, BPF_JMP | BPF_JGE, 0), OnlyVerdict::accepts);
    EXPECT_EQ(verdict(kLength, BPF_JMP | BPF_JGE, 1), OnlyVerdict::depends);
    EXPECT_EQ(verdict(kLength, BPF_JMP | BPF_JGT, 0xffffffff), OnlyVerdict::rejects);
    EXPECT_EQ(verdict(kLength, BPF_JMP | BPF_JGT, 0xfffffffe), OnlyVerdict::depends);
    EXPECT_EQ(verdict(kByte, BPF_JMP | BPF_JGT, 255), OnlyVerdict::rejects);
    EXPECT_EQ(verdict(kByte, BPF_JMP | BPF_JGE, 256), OnlyVerdict::rejects);
    EXPECT_EQ(verdict(kByte, BPF_JMP | BPF_JGE, 255), OnlyVerdict::depends);
    // Of an empty frame it does not hold.
    EXPECT_EQ(verdict(kByte, BPF_JMP | BPF_JGE, 0), OnlyVerdict::depends);
}

TEST(OnlyVerdict, WhatNoFrameHoldsRejects) {
    EXPECT_EQ(only_verdict(flow_of({ldb(0xffffffff), ret(1)})), OnlyVerdict::rejects);
    EXPECT_EQ(only_verdict(flow_of({ldw((1u << 18) - 4), ret(1)})), OnlyVerdict::depends);
    EXPECT_EQ(only_verdict(flow_of({ldw((1u << 18) - 3), ret(1)})), OnlyVerdict::rejects);
    EXPECT_EQ(only_verdict(flow_of({ldb(0), jeq(1, 0, 1), ret(1), ldb(0xffffffff), ret(1)})), OnlyVerdict::depends);
}

}  // namespace
}  // namespace xdpsift::expression
