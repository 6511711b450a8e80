// SPDX-License-Identifier: BSD-2-Clause
#include "compare/statistics.h"

#include <gtest/gtest.h>

#include <vector>

namespace xdpsift::compare {
namespace {

using Values = std::vector<double>;

TEST(Median, IsTheMiddleOfWhateverOrder) {
    EXPECT_EQ(median(Values{3, 1, 2}), 2);
    EXPECT_EQ(median(Values{4, 1, 3, 2}), 2.5);
    EXPECT_EQ(median(Values{7}), 7);
    EXPECT_EQ(median(Values{}), 0);
}

TEST(Bootstrap, TheIntervalHoldsTheMedianAndLiesWithinTheRuns) {
    const Values runs{10, 11, 12, 13, 14, 15, 16, 17, 18, 100};
    const auto estimate = median_estimate(runs);
    EXPECT_EQ(estimate.value, 14.5);
    EXPECT_EQ(estimate.runs, 10U);
    EXPECT_LT(estimate.low, estimate.value);
    EXPECT_GT(estimate.high, estimate.value);
    EXPECT_GE(estimate.low, 10);
    EXPECT_LT(estimate.high, 100);  // one run that went wrong does not move it so far
}

TEST(Bootstrap, RunsThatAgreeLeaveNoDoubt) {
    const auto estimate = median_estimate(Values(10, 5.0));
    EXPECT_EQ(estimate.low, 5);
    EXPECT_EQ(estimate.high, 5);
}

TEST(Bootstrap, MoreRunsMakeItNarrower) {
    Values few, many;
    for (int i = 0; i < 10; i++) few.push_back(i % 10);
    for (int i = 0; i < 200; i++) many.push_back(i % 10);
    const auto wide = median_estimate(few), narrow = median_estimate(many);
    EXPECT_LT(narrow.high - narrow.low, wide.high - wide.low);
}

TEST(Bootstrap, TheSeedDecides) {
    const Values runs{1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
    const auto once = median_estimate(runs, 5), again = median_estimate(runs, 5);
    EXPECT_EQ(once.low, again.low);
    EXPECT_EQ(once.high, again.high);
}

TEST(Bootstrap, NothingIsEstimatedFromNothing) {
    EXPECT_EQ(median_estimate(Values{}).runs, 0U);
    EXPECT_EQ(ratio_estimate(Values{}, Values{1}).runs, 0U);
    EXPECT_EQ(ratio_estimate(Values{1}, Values{}).runs, 0U);
    EXPECT_EQ(ratio_estimate(Values{1, 2}, Values{0, 0}).runs, 0U);
}

TEST(Ratio, IsThatOfTheMediansWithAnInterval) {
    const auto ratio = ratio_estimate(Values{9, 10, 11, 10, 10, 9, 11}, Values{19, 20, 21, 20, 20, 22, 18});
    EXPECT_DOUBLE_EQ(ratio.value, 0.5);
    EXPECT_GT(ratio.low, 0.4);
    EXPECT_LT(ratio.high, 0.6);
    EXPECT_LE(ratio.low, ratio.value);
    EXPECT_GE(ratio.high, ratio.value);
}

TEST(Added, IsWhatLiesAboveTheBaseline) {
    const Values idle{100, 101, 99, 100, 100}, ours{110, 111, 109, 110, 110}, theirs{140, 139, 141, 140, 140};
    const auto added = added_estimate(ours, idle);
    EXPECT_EQ(added.value, 10);
    EXPECT_GE(added.low, 8);
    EXPECT_LE(added.high, 12);
    const auto ratio = added_ratio_estimate(ours, theirs, idle);
    EXPECT_DOUBLE_EQ(ratio.value, 0.25);
    EXPECT_LT(ratio.low, 0.25);
    EXPECT_GT(ratio.high, 0.25);
    EXPECT_EQ(added_ratio_estimate(ours, idle, theirs).runs, 0U);  // who adds nothing divides nothing
    EXPECT_EQ(added_estimate(ours, Values{}).runs, 0U);
}

}  // namespace
}  // namespace xdpsift::compare
