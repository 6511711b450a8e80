// SPDX-License-Identifier: BSD-2-Clause
// What shorten() leaves out, and what it must not. That the verdict stays the same is compared with libpcap in
// tests/bpf/expression.
#include "expression/flow.h"

#include <gmock/gmock.h>

namespace xdpsift::expression {
namespace {

constexpr sock_filter ldb(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at); }
constexpr sock_filter ldh(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_H | BPF_ABS, at); }
constexpr sock_filter ldw(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at); }
constexpr sock_filter ldh_x(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_H | BPF_IND, at); }
constexpr sock_filter msh(std::uint32_t at) { return BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, at); }
constexpr sock_filter mask(std::uint32_t bits) { return BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits); }
constexpr sock_filter jump(int comparison, std::uint32_t k, std::uint8_t jt, std::uint8_t jf) {
    return BPF_JUMP(static_cast<__u16>(BPF_JMP | comparison | BPF_K), k, jt, jf);
}
constexpr sock_filter jeq(std::uint32_t k, std::uint8_t jt, std::uint8_t jf) { return jump(BPF_JEQ, k, jt, jf); }
constexpr sock_filter ret(std::uint32_t k) { return BPF_STMT(BPF_RET | BPF_K, k); }
constexpr sock_filter kLen = BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0);
constexpr sock_filter kRetA = BPF_STMT(BPF_RET | BPF_A, 0);

// What is run when the comparisons come out so, in turn; those that are left.
std::vector<std::size_t> way(const ClassicProgram& program, std::vector<bool> outcomes) {
    const auto flow = shorten(flow_of(program));
    std::vector<std::size_t> out;
    for (std::size_t at = 0;;) {
        const auto& next = flow.next[at];
        if (flow.program[at].code != (BPF_JMP | BPF_JA)) out.push_back(at);
        if (next.count == 0) return out;
        std::size_t which = 0;
        if (next.count == 2) {
            if (outcomes.empty()) return out;
            which = outcomes.front() ? 0 : 1;
            outcomes.erase(outcomes.begin());
        }
        at = next.at[which];
    }
}

using testing::ElementsAre;

TEST(Shorten, JumpsPastWhatIsKnown) {
    //                              0        1                  2        3                  4        5             6 7
    const ClassicProgram program = {ldh(12),          jeq(0x800, 0, 2), ldb(23), jeq(6, 3, 0), ldh(12),
                                    jeq(0x800, 2, 0), ret(1),           ret(2),  ldb(30),      kRetA};
    EXPECT_THAT(way(program, {true, false}), ElementsAre(0, 1, 2, 3, 8, 9));  // it is 0x800 still
    EXPECT_THAT(way(program, {false}), ElementsAre(0, 1, 6));                 // and is not
}

TEST(Shorten, KnowsWhatAValueIsNot) {
    const ClassicProgram program = {ldh(12), jeq(1, 3, 0), jeq(2, 2, 0), ldh(12), jeq(2, 0, 1), ret(1), ret(2)};
    EXPECT_THAT(way(program, {false, false}), ElementsAre(0, 1, 2, 6));
}

TEST(Shorten, OfTwoWaysKnowsWhatBothKnow) {
    // The load of 99 may fail, so that both come by. It is 1 or 2 there: not 3, which was asked before, and perhaps 1.
    const ClassicProgram program = {ldh(12), jeq(3, 7, 0), jeq(1, 1, 0), jeq(2, 0, 5), ldb(99),
                                    ldh(12), jeq(3, 2, 0), jeq(1, 0, 1), ret(1),       ret(2)};
    EXPECT_THAT(way(program, {false, false, true, true}), ElementsAre(0, 1, 2, 3, 4, 5, 7, 8));
    EXPECT_THAT(way(program, {false, true, false}), ElementsAre(0, 1, 2, 4, 5, 7, 9));
}

TEST(Shorten, LoadsNothingTwice) {
    EXPECT_THAT(way({ldw(26), jeq(1, 2, 0), ldw(26), jeq(2, 0, 1), ret(1), ret(2)}, {false, true}),
                ElementsAre(0, 1, 3, 4));
    EXPECT_THAT(way({ldw(26), mask(0xff00), jeq(0x100, 3, 0), ldw(26), mask(0xff00), jeq(0x200, 0, 1), ret(1), ret(2)},
                    {false, true}),
                ElementsAre(0, 1, 2, 5, 6));
    EXPECT_THAT(
        way({msh(14), ldh_x(14), jeq(1, 3, 0), msh(14), ldh_x(14), jeq(2, 0, 1), ret(1), ret(2)}, {false, true}),
        ElementsAre(0, 1, 2, 5, 6));
}

TEST(Shorten, OfAMaskedValueTheRestIsGone) {
    // A wider mask, and none, need the whole again.
    EXPECT_THAT(way({ldw(26), mask(0xff00), jeq(0x100, 3, 0), ldw(26), mask(0xffff), jeq(0x201, 0, 1), ret(1), ret(2)},
                    {false, true}),
                ElementsAre(0, 1, 2, 3, 4, 5, 6));
    EXPECT_THAT(
        way({ldw(26), mask(0xff00), jeq(0x100, 2, 0), ldw(26), jeq(0x201, 0, 1), ret(1), ret(2)}, {false, true}),
        ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Shorten, DifferentBitsAreDifferentValues) {
    for (const auto& load : {ldw(26), kLen}) {
        EXPECT_THAT(way({load, jump(BPF_JSET, 1, 2, 0), load, jump(BPF_JSET, 2, 0, 1), ret(1), ret(2)}, {false, true}),
                    ElementsAre(0, 1, 3, 4));
        EXPECT_THAT(way({load, jump(BPF_JSET, 1, 2, 0), load, jump(BPF_JSET, 1, 0, 1), ret(1), ret(2)}, {false}),
                    ElementsAre(0, 1, 5));
    }
}

// What was never loaded may not be there, and then the packet is rejected.
TEST(Shorten, DoesNotJumpPastALoadThatMayFail) {
    const ClassicProgram program = {ldh(12), jeq(1, 0, 3), ldb(99), ldh(12), jeq(1, 0, 1), ret(1), ret(2)};
    EXPECT_THAT(way(program, {true}), ElementsAre(0, 1, 2, 5));
    // One that was is there.
    EXPECT_THAT(way({ldb(99), ldh(12), jeq(1, 0, 3), ldb(99), ldh(12), jeq(1, 0, 1), ret(1), ret(2)}, {true}),
                ElementsAre(0, 1, 2, 6));
}

TEST(Shorten, KeepsWhatIsStillRead) {
    // The accumulator of 2 is what is returned, and M[0] what 3 stores.
    EXPECT_THAT(way({ldh(12), jeq(1, 0, 3), ldh(20), ldh(12), kRetA, ret(2)}, {true}), ElementsAre(0, 1, 2, 3, 4));
    EXPECT_THAT(way({ldh(12), jeq(1, 0, 5), BPF_STMT(BPF_ST, 0), ldh(12), jeq(1, 0, 2), BPF_STMT(BPF_LD | BPF_MEM, 0),
                     kRetA, ret(2)},
                    {true}),
                ElementsAre(0, 1, 2, 5, 6));
}

TEST(Shorten, LeavesLoopsAsTheyAre) {
    const ClassicProgram program = {ldh(12), ldh(12), jeq(1, 1, 0),
                                    BPF_STMT(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(-3)), ret(1)};
    const auto flow = shorten(flow_of(program));
    for (std::size_t i = 0; i < program.size(); i++) EXPECT_EQ(flow.program[i].code, program[i].code);
}

}  // namespace
}  // namespace xdpsift::expression
