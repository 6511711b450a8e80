// SPDX-License-Identifier: BSD-2-Clause
#include "loader/jumps.h"

#include <gtest/gtest.h>

#include "instructions.h"

namespace xdpsift::loader {
namespace {

using namespace test;

Program shortened(Program program) {
    shorten_jumps(program);
    return program;
}

TEST(ShortenJumps, PastJumpsThatOnlyLeadOn) {
    const Program program = {jump_if_equal(1, 0, 1), leave(), jump(1), leave(), jump(0), leave()};
    EXPECT_EQ(shortened(program)[0], jump_if_equal(1, 0, 4));
}

TEST(ShortenJumps, PastAComparisonThatIsDecided) {
    const Program yes = {move(0, 1), jump(1), leave(), jump_if_equal(0, 1, 1), leave(), leave()};
    EXPECT_EQ(shortened(yes)[1], jump(3));
    const Program no = {move(0, 0), jump(1), leave(), jump_if_equal(0, 1, 1), leave(), leave()};
    EXPECT_EQ(shortened(no)[1], jump(2));
}

TEST(ShortenJumps, NotWhereTheConstantIsAnother) {
    const Program other_register = {move(2, 1), jump(1), leave(), jump_if_equal(0, 1, 1), leave(), leave()};
    EXPECT_EQ(shortened(other_register), other_register);
    // Another way leads to the jump, with another value.
    const Program entered = {jump_if_equal(1, 0, 1), move(0, 1), jump(0), jump_if_equal(0, 1, 1), leave(), leave()};
    EXPECT_EQ(shortened(entered)[2], jump(0));
}

TEST(ShortenJumps, ALoopIsLeftAlone) {
    const Program program = {jump(0), jump(-2)};
    EXPECT_EQ(shortened(program).size(), program.size());
}

TEST(ShortenJumps, NoFartherThanAJumpReaches) {
    Program program = {jump(20'000)};
    program.resize(20'001, leave());
    program.push_back(jump(20'000));
    program.resize(40'002, leave());
    program.push_back(leave());
    EXPECT_EQ(shortened(program), program);
}

}  // namespace
}  // namespace xdpsift::loader
