// SPDX-License-Identifier: BSD-2-Clause
#include "expression/classic.h"

#include <gmock/gmock.h>

namespace xdpsift::expression {
namespace {

constexpr sock_filter kAcceptAll = BPF_STMT(BPF_RET | BPF_K, 1);

std::string why_refused(const ClassicProgram& program) {
    const auto checked = check(program);
    if (checked) return "";
    EXPECT_EQ(checked.error().status, ExitStatus::usage);
    return checked.error().message;
}

bool is_known(std::uint16_t code) { return check({{code, 0, 0, 1}, kAcceptAll, kAcceptAll}).has_value(); }

TEST(Check, KnowsEveryInstructionOfTheMachineAndNoOther) {
    // Loads: three sizes of two modes; of A four more kinds, of X four. Two stores, eleven operations of which ten know
    // X, nine jumps, two returns, two moves.
    int known = 0;
    for (unsigned code = 0; code <= 0xffff; code++) known += is_known(static_cast<std::uint16_t>(code));
    EXPECT_EQ(known, 6 + 3 + 4 + 2 + 21 + 9 + 2 + 2);
}

TEST(Check, RefusesWhatOthersGiveAMeaning) {
    EXPECT_FALSE(is_known(BPF_LDX | BPF_H | BPF_MSH));
    EXPECT_FALSE(is_known(BPF_LDX | BPF_W | BPF_ABS));
    EXPECT_FALSE(is_known(BPF_LD | BPF_H | BPF_LEN));
    EXPECT_FALSE(is_known(BPF_RET | BPF_X));
    EXPECT_FALSE(is_known(BPF_ALU | BPF_NEG | BPF_X));
    EXPECT_FALSE(is_known(BPF_JMP | BPF_JA | BPF_X));
    EXPECT_FALSE(is_known(0x100 | BPF_LD | BPF_IMM));
    EXPECT_FALSE(is_known(0x100 | BPF_ALU | BPF_ADD));
}

TEST(Check, AnEmptyProgramIsNone) { EXPECT_THAT(why_refused({}), testing::HasSubstr("empty")); }

TEST(Check, MemoryHasSixteenWords) {
    for (const int code : {BPF_ST, BPF_STX, BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM}) {
        const auto with = [code](std::uint32_t k) {
            return ClassicProgram{{static_cast<std::uint16_t>(code), 0, 0, k}, kAcceptAll};
        };
        EXPECT_EQ(why_refused(with(15)), "");
        EXPECT_THAT(why_refused(with(16)), testing::HasSubstr("instruction 0"));
        EXPECT_NE(why_refused(with(0xffffffff)), "");
    }
}

TEST(Check, TheEndIsNotRunPast) {
    EXPECT_NE(why_refused({BPF_STMT(BPF_LD | BPF_IMM, 1)}), "");
    EXPECT_THAT(why_refused({kAcceptAll, BPF_STMT(BPF_MISC | BPF_TAX, 0)}), testing::HasSubstr("instruction 1"));
}

TEST(Check, JumpsLeadIntoTheProgram) {
    const auto jeq = [](std::uint8_t jt, std::uint8_t jf) {
        return ClassicProgram{BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, jt, jf), kAcceptAll, kAcceptAll};
    };
    EXPECT_EQ(why_refused(jeq(1, 0)), "");
    EXPECT_EQ(why_refused(jeq(0, 1)), "");
    EXPECT_NE(why_refused(jeq(2, 0)), "");
    EXPECT_NE(why_refused(jeq(0, 2)), "");
    EXPECT_NE(why_refused(jeq(255, 255)), "");
}

TEST(Check, AJumpMayLeadBackButNotToItself) {
    const auto ja = [](std::int32_t k) {
        return ClassicProgram{BPF_STMT(BPF_MISC | BPF_TXA, 0), kAcceptAll,
                              BPF_STMT(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(k)), kAcceptAll};
    };
    for (const int k : {0, -2, -3}) EXPECT_EQ(why_refused(ja(k)), "") << k;
    EXPECT_THAT(why_refused(ja(-1)), testing::HasSubstr("never ends"));
    for (const int k : {1, -4, 0x7fffffff, std::numeric_limits<std::int32_t>::min()})
        EXPECT_THAT(why_refused(ja(k)), testing::HasSubstr("leads out")) << k;
}

TEST(SuccessorsOf, FollowTheKindOfInstruction) {
    const ClassicProgram program = {BPF_STMT(BPF_LD | BPF_LEN, 0), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 2, 0),
                                    BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_JMP | BPF_JA, 0xfffffffc), kAcceptAll};
    const auto of = [&](std::size_t i) {
        const auto next = successors(program, i);
        return std::vector<std::size_t>(next.at, next.at + next.count);
    };
    EXPECT_THAT(of(0), testing::ElementsAre(1));
    EXPECT_THAT(of(1), testing::ElementsAre(4, 2));
    EXPECT_THAT(of(2), testing::ElementsAre(4));
    EXPECT_THAT(of(3), testing::ElementsAre(0));
    EXPECT_THAT(of(4), testing::IsEmpty());
}

TEST(ReadsLength, OfAAndOfXAndOfNothingElse) {
    EXPECT_TRUE(reads_length({BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)}));
    EXPECT_TRUE(reads_length({kAcceptAll, BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0)}));
    // The same bits in another class.
    EXPECT_FALSE(reads_length({BPF_STMT(BPF_MISC | BPF_TXA, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0),
                               BPF_STMT(BPF_ALU | BPF_NEG, 0), BPF_STMT(BPF_LD | BPF_IMM, 0), kAcceptAll}));
}

TEST(LoadSize, IsInBytes) {
    EXPECT_EQ(load_size(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)), 4u);
    EXPECT_EQ(load_size(BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0)), 2u);
    EXPECT_EQ(load_size(BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0)), 1u);
}

}  // namespace
}  // namespace xdpsift::expression
