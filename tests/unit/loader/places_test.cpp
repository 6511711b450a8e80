// SPDX-License-Identifier: BSD-2-Clause
#include "loader/places.h"

#include <gtest/gtest.h>

#include "instructions.h"

namespace xdpsift::loader {
namespace {

using namespace test;

constexpr std::int32_t kOne = 0x1001, kOther = 0x1002;

// A call of each of two places, and what the compiler made of them.
const Program kProgram = {call_function(3), add(0, 1), call_function(3), leave(),
                          move(0, kOne),    leave(),   move(0, kOther),  leave()};
const Stretch kStretch = {jump(0), move(0, 42), jump(-2)};

TEST(Places, AnInlinedStretchIsJumpedToAndBackFrom) {
    const auto filled = fill_places(kProgram, {{kOne, kStretch}, {kOther, kStretch}}, {});
    ASSERT_TRUE(filled) << filled.error().message;
    EXPECT_EQ(*filled, (Program{jump(4), add(0, 1), jump(5), leave(),  // entered at 5 and 8
                                jump(-4), move(0, 42), jump(-2),       // back to 1
                                jump(-5), move(0, 42), jump(-2)}));    // back to 3
}

TEST(Places, AFunctionStaysOneHoweverOftenItIsCalled) {
    const Program twice = {call_function(2), call_function(1), leave(), move(0, kOne), leave()};
    const auto filled = fill_places(twice, {}, {{kOne, kStretch}});
    ASSERT_TRUE(filled) << filled.error().message;
    ASSERT_EQ(filled->size(), 3u + 2u + kStretch.size());
    EXPECT_EQ((*filled)[0], call_function(2));
    EXPECT_EQ((*filled)[1], call_function(1));
    EXPECT_EQ((*filled)[4], leave());
}

TEST(Places, OneThatNothingIsMeantForIsAnError) {
    const auto filled = fill_places(kProgram, {{kOne, kStretch}}, {});
    ASSERT_FALSE(filled);
    EXPECT_EQ(filled.error().status, ExitStatus::failed);
}

TEST(Places, AProgramWithoutPlacesStaysAsItIs) {
    const Program program = {move(0, 2), leave()};
    EXPECT_EQ(*fill_places(program, {{kOne, kStretch}}, {{kOther, kStretch}}), program);
}

TEST(Places, WhatStandsTooFarAwayIsRefused) {
    Stretch longest(40'000, move(0, 1));
    longest.front() = jump(0);
    const auto filled = fill_places(kProgram, {{kOne, longest}, {kOther, longest}}, {});
    ASSERT_FALSE(filled);
    EXPECT_EQ(filled.error().status, ExitStatus::unsupported);
}

TEST(Places, TheStackBelongsToTheFirstFunction) {
    EXPECT_EQ(stack_used({{leave()}}), 0);
    EXPECT_EQ(
        stack_used(Program{store(BPF_DW, 10, -48, 1), call_function(1), leave(), store(BPF_DW, 10, -96, 1), leave()}),
        48);
    EXPECT_EQ(stack_used(Program{move_register(2, 10), add(2, -64), leave()}), 64);
}

}  // namespace
}  // namespace xdpsift::loader
