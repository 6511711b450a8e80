// SPDX-License-Identifier: BSD-2-Clause
#include "capture/epoch_clock.h"

#include <gtest/gtest.h>

#include "capture/monotonic.h"

namespace xdpsift::capture {
namespace {

constexpr std::int64_t kHourNs = 3'600'000'000'000;

class EpochClockTest : public testing::Test {
   protected:
    void SetUp() override {
        auto clock = EpochClock::start([this] { return offset_ns_; });
        ASSERT_TRUE(clock) << clock.error().message;
        clock_.emplace(std::move(*clock));
    }
    std::int64_t offset_ns_ = 1'700'000'000'000'000'000;
    std::optional<EpochClock> clock_;
};

TEST_F(EpochClockTest, AddsTheDistance) { EXPECT_EQ(clock_->to_epoch(5), 1'700'000'000'000'000'005u); }

TEST_F(EpochClockTest, ForwardStepCountsFromTheMomentItWasNoticed) {
    offset_ns_ += kHourNs;
    clock_->resync(1000);
    EXPECT_EQ(clock_->to_epoch(999), 1'700'000'000'000'000'999u);
    EXPECT_EQ(clock_->to_epoch(1000), 1'700'000'000'000'001'000u + kHourNs);
    ASSERT_EQ(clock_->steps().size(), 1u);
    EXPECT_EQ(clock_->steps()[0].by_ns, kHourNs);
    EXPECT_TRUE(clock_->steps()[0].applied);
}

TEST_F(EpochClockTest, BackwardStepIsNotedAndHeldBack) {
    EXPECT_EQ(clock_->to_epoch(500), 1'700'000'000'000'000'500u);
    offset_ns_ -= kHourNs;
    clock_->resync(1000);
    EXPECT_EQ(clock_->to_epoch(2000), 1'700'000'000'000'002'000u);
    ASSERT_EQ(clock_->steps().size(), 1u);
    EXPECT_EQ(clock_->steps()[0].by_ns, -kHourNs);
    EXPECT_FALSE(clock_->steps()[0].applied);
}

TEST_F(EpochClockTest, StepBackAndForthLeavesTheTimeAsItWas) {
    offset_ns_ -= kHourNs;
    clock_->resync(1000);
    offset_ns_ += kHourNs;
    clock_->resync(2000);
    EXPECT_EQ(clock_->to_epoch(3000), 1'700'000'000'000'003'000u);
    EXPECT_EQ(clock_->steps().size(), 2u);
}

TEST_F(EpochClockTest, SeveralStepsAheadOfTheDrain) {
    for (std::uint64_t i = 1; i <= 3; i++) {
        offset_ns_ += kHourNs;
        clock_->resync(1000 * i);
    }
    const auto base = 1'700'000'000'000'000'000u;
    EXPECT_EQ(clock_->to_epoch(500), base + 500);
    EXPECT_EQ(clock_->to_epoch(1500), base + 1500 + kHourNs);
    EXPECT_EQ(clock_->epoch_of(1500), base + 1500 + kHourNs);
    EXPECT_EQ(clock_->to_epoch(3500), base + 3500 + 3 * kHourNs);
}

TEST_F(EpochClockTest, NoiseOfTheMeasurementIsNotAStep) {
    offset_ns_ += 2000;
    clock_->resync(1000);
    EXPECT_TRUE(clock_->steps().empty());
    EXPECT_EQ(clock_->to_epoch(2000), 1'700'000'000'000'002'000u);
}

TEST(EpochClock, MeasuresTheRealClocks) {
    auto clock = EpochClock::start();
    ASSERT_TRUE(clock);
    const auto before = clock_ns(CLOCK_REALTIME);
    const auto now = clock->to_epoch(monotonic_ns());
    const auto after = clock_ns(CLOCK_REALTIME);
    EXPECT_GE(now + 100'000, before);
    EXPECT_LE(now, after + 100'000);
}

}  // namespace
}  // namespace xdpsift::capture
