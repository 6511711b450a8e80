// SPDX-License-Identifier: BSD-2-Clause
#include "offline/libpcap_opinion.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace xdpsift::offline {
namespace {

using expression::ClassicProgram;

// Accepts what has a fifth byte.
const ClassicProgram kFifthByte{{BPF_LD | BPF_B | BPF_ABS, 0, 0, 4}, {BPF_RET | BPF_K, 0, 0, 1}};
// Goes on to the next byte while it is 1, and accepts where it is 2.
const ClassicProgram kChain{{BPF_LD | BPF_B | BPF_IND, 0, 0, 0},
                            {BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 1},
                            {BPF_MISC | BPF_TXA, 0, 0, 0},
                            {BPF_ALU | BPF_ADD | BPF_K, 0, 0, 1},
                            {BPF_MISC | BPF_TAX, 0, 0, 0},
                            {BPF_JMP | BPF_JA, 0, 0, static_cast<std::uint32_t>(-6)},
                            {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 2},
                            {BPF_RET | BPF_K, 0, 0, 1},
                            {BPF_RET | BPF_K, 0, 0, 0}};
// Back to the start while the first byte is 1: for ever.
const ClassicProgram kEndless{{BPF_LD | BPF_B | BPF_ABS, 0, 0, 0},
                              {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 1},
                              {BPF_JMP | BPF_JA, 0, 0, static_cast<std::uint32_t>(-3)},
                              {BPF_RET | BPF_K, 0, 0, 1}};

std::optional<bool> opinion(const ClassicProgram& program, const std::vector<std::uint8_t>& frame) {
    return LibpcapOpinion(program).accepts(frame, static_cast<std::uint32_t>(frame.size()));
}

TEST(LibpcapOpinion, IsThatOfItsInterpreter) {
    EXPECT_EQ(opinion(kFifthByte, {1, 2, 3, 4}), false);
    EXPECT_EQ(opinion(kFifthByte, {1, 2, 3, 4, 5}), true);
}

TEST(LibpcapOpinion, GoesAroundAsOftenAsAFrameHasHeaders) {
    for (const std::size_t rounds : {0, 1, 200, 201, 8'192}) {
        std::vector<std::uint8_t> frame(rounds, 1);
        EXPECT_EQ(opinion(kChain, frame), false) << rounds;
        frame.push_back(3);
        EXPECT_EQ(opinion(kChain, frame), false) << rounds;
        frame.back() = 2;
        EXPECT_EQ(opinion(kChain, frame), true) << rounds;
    }
}

TEST(LibpcapOpinion, IsNoneWhereItDoesNotComeToAnEnd) {
    EXPECT_EQ(opinion(kEndless, {1}), std::nullopt);
    EXPECT_EQ(opinion(kEndless, {2}), true);
    EXPECT_EQ(opinion(kEndless, {}), false);
}

}  // namespace
}  // namespace xdpsift::offline
