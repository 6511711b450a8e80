// SPDX-License-Identifier: BSD-2-Clause
#include "limit/limiter.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace xdpsift::limit {
namespace {

constexpr std::uint64_t kStartNs = 1'000'000;
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

Limits packets(std::uint64_t count) {
    Limits limits;
    limits.packets = count;
    return limits;
}
Limits bytes(std::uint64_t count) {
    Limits limits;
    limits.bytes = count;
    return limits;
}
Limits nanoseconds(std::int64_t count) {
    Limits limits;
    limits.duration = std::chrono::nanoseconds(count);
    return limits;
}

class LimiterTest : public testing::Test {
   protected:
    // A record of `bytes` kept bytes.
    Record record(std::size_t bytes, std::uint64_t time_ns = kStartNs) {
        Record record;
        record.time_ns = time_ns;
        record.data = std::span(storage_).first(bytes);
        return record;
    }
    std::vector<std::byte> storage_ = std::vector<std::byte>(65536);
};

TEST_F(LimiterTest, WithoutLimitsEverythingIsAdmittedForEver) {
    Limiter limiter({}, kStartNs);
    for (int i = 0; i < 1000; i++) EXPECT_TRUE(limiter.admit(record(100)));
    EXPECT_EQ(limiter.reached(kNever - 1, false), std::nullopt);
    EXPECT_EQ(limiter.deadline_ns(), kNever);
}

TEST_F(LimiterTest, PacketLimitIsExact) {
    for (const std::uint64_t limit : {1u, 2u, 1000u}) {
        Limiter limiter(packets(limit), kStartNs);
        for (std::uint64_t i = 0; i < limit; i++) {
            EXPECT_EQ(limiter.reached(kStartNs, false), std::nullopt);
            EXPECT_TRUE(limiter.admit(record(60)));
        }
        EXPECT_EQ(limiter.reached(kStartNs, false), StopReason::packet_limit);
        EXPECT_FALSE(limiter.admit(record(60)));
        EXPECT_EQ(limiter.packets(), limit);
    }
}

TEST_F(LimiterTest, ByteLimitReachedExactly) {
    Limiter limiter(bytes(200), kStartNs);
    EXPECT_TRUE(limiter.admit(record(100)));
    EXPECT_EQ(limiter.reached(kStartNs, false), std::nullopt);
    EXPECT_TRUE(limiter.admit(record(100)));
    EXPECT_EQ(limiter.reached(kStartNs, false), StopReason::byte_limit);
}

TEST_F(LimiterTest, PacketThatWouldPassTheByteLimitEndsIt) {
    Limiter limiter(bytes(200), kStartNs);
    EXPECT_TRUE(limiter.admit(record(150)));
    EXPECT_FALSE(limiter.admit(record(51)));
    EXPECT_EQ(limiter.reached(kStartNs, false), StopReason::byte_limit);
    EXPECT_FALSE(limiter.admit(record(10))) << "a smaller one behind it would make the sample favour small packets";
    EXPECT_EQ(limiter.bytes(), 150u);
}

TEST_F(LimiterTest, KernelTellsThatTheByteLimitWasPassed) {
    Limits limits = bytes(200);
    limits.packets = 100;
    Limiter limiter(limits, kStartNs);
    EXPECT_TRUE(limiter.admit(record(150)));
    EXPECT_EQ(limiter.reached(kStartNs, true), StopReason::byte_limit);
}

TEST_F(LimiterTest, TimeLimitNeedsNoPacket) {
    Limiter limiter(nanoseconds(500), kStartNs);
    EXPECT_EQ(limiter.deadline_ns(), kStartNs + 500);
    EXPECT_EQ(limiter.reached(kStartNs + 499, false), std::nullopt);
    EXPECT_EQ(limiter.reached(kStartNs + 500, false), StopReason::time_limit);
}

TEST_F(LimiterTest, PacketsFromTheDeadlineOnAreRefused) {
    Limiter limiter(nanoseconds(500), kStartNs);
    EXPECT_TRUE(limiter.admit(record(60, kStartNs + 499)));
    EXPECT_FALSE(limiter.admit(record(60, kStartNs + 500)));
}

TEST_F(LimiterTest, ADurationBeyondTheClockNeverEnds) {
    Limiter limiter(nanoseconds(std::numeric_limits<std::int64_t>::max()), kNever - 10);
    EXPECT_EQ(limiter.deadline_ns(), kNever);
}

TEST_F(LimiterTest, TheFirstLimitReachedIsTold) {
    Limits limits = packets(2);
    limits.bytes = 1000;
    limits.duration = std::chrono::nanoseconds(500);
    Limiter by_packets(limits, kStartNs);
    EXPECT_TRUE(by_packets.admit(record(10)));
    EXPECT_TRUE(by_packets.admit(record(10)));
    EXPECT_EQ(by_packets.reached(kStartNs + 1, false), StopReason::packet_limit);
    Limiter by_time(limits, kStartNs);
    EXPECT_EQ(by_time.reached(kStartNs + 600, false), StopReason::time_limit);
    Limiter by_bytes(limits, kStartNs);
    EXPECT_TRUE(by_bytes.admit(record(1000)));
    EXPECT_EQ(by_bytes.reached(kStartNs + 1, false), StopReason::byte_limit);
}

}  // namespace
}  // namespace xdpsift::limit
