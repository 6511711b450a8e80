// SPDX-License-Identifier: BSD-2-Clause
#include "compare/steal_time.h"

#include <gtest/gtest.h>

namespace xdpsift::compare {
namespace {

TEST(StealTime, IsTheEighthOfTheFieldsThatCount) {
    const auto times = parse_cpu_times("cpu  100 2 30 400 5 0 6 7 50 1");
    ASSERT_TRUE(times);
    EXPECT_EQ(times->total, 550U);  // a guest's time stands in user and nice already
    EXPECT_EQ(times->stolen, 7U);
}

TEST(StealTime, OtherLinesSayNothing) {
    EXPECT_FALSE(parse_cpu_times("cpu0 100 2 30 400 5 0 6 7 50 1"));
    EXPECT_FALSE(parse_cpu_times("cpu  100 2 30"));
    EXPECT_FALSE(parse_cpu_times(""));
}

TEST(StealTime, ThePartIsOfWhatPassedBetweenTheTwo) {
    EXPECT_DOUBLE_EQ(stolen_part({1000, 50}, {1200, 53}), 0.015);
    EXPECT_EQ(stolen_part({1000, 50}, {1200, 50}), 0);
    EXPECT_EQ(stolen_part({1000, 50}, {1000, 50}), 0);  // within one tick
    EXPECT_EQ(stolen_part({1000, 50}, {1200, 40}), 0);  // some hypervisors go back
}

TEST(StealTime, ThisMachineSaysIt) {
    const auto times = read_cpu_times();
    ASSERT_TRUE(times);
    EXPECT_GT(times->total, 0U);
}

}  // namespace
}  // namespace xdpsift::compare
