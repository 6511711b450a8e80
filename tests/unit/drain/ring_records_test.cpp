// SPDX-License-Identifier: BSD-2-Clause
#include "drain/ring_records.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>

#include <cstring>
#include <optional>

#include "written_ring.h"
#include "xdpsift/event.h"

namespace xdpsift::drain {
namespace {

constexpr std::size_t kFrameBytes = 20;
// Header, length, event, frame: 64 bytes, so that four fill the ring.
constexpr std::size_t kSampleBytes = sizeof(perf_event_header) + 4 + sizeof(xs_event) + kFrameBytes;
static_assert(kSampleBytes == 64);

class RingRecordsTest : public WrittenRing<RingRecords, kFrameBytes> {
   protected:
    void put_header(std::uint32_t type, std::size_t bytes) {
        put(perf_event_header{.type = type, .misc = 0, .size = static_cast<std::uint16_t>(bytes)});
    }
    void put_sample(std::uint64_t count, std::uint16_t interface_id = 0) {
        put_header(PERF_RECORD_SAMPLE, kSampleBytes);
        put(static_cast<std::uint32_t>(sizeof(xs_event) + kFrameBytes));
        put_packet(count, interface_id);
    }
    void put_lost(std::uint64_t count) {
        put_header(PERF_RECORD_LOST, 24);
        put(std::uint64_t{0});
        put(count);
    }
};

TEST_F(RingRecordsTest, ShowsNothingWhereNothingIsWritten) {
    EXPECT_FALSE(take());
    EXPECT_FALSE(records_.pressed());
}

TEST_F(RingRecordsTest, PutsARecordTogetherThatWrapsAroundTheEnd) {
    put_lost(0);  // moves what follows off the boundary
    for (std::uint64_t count = 1; count <= 20; count++) {
        put_sample(count);
        EXPECT_EQ(take(), packet(count, 0));
    }
    EXPECT_EQ(records_.tail(), head_);
    EXPECT_EQ(records_.undecodable(), 0u);
}

TEST_F(RingRecordsTest, IsPressedWhenMoreThanHalfIsUnread) {
    for (std::uint64_t count = 1; count <= 3; count++) put_sample(count);
    records_.set_head(head_);
    EXPECT_TRUE(records_.pressed());
    EXPECT_EQ(take(), packet(1, 0));
    EXPECT_FALSE(records_.pressed());
}

TEST_F(RingRecordsTest, CountsTheGapsOfEachInterfaceApart) {
    put_sample(1);
    put_sample(5, 1);
    put_sample(4);
    EXPECT_EQ(take(), packet(1, 0));
    EXPECT_EQ(take(), packet(5, 4));
    EXPECT_EQ(take(), packet(4, 2));
}

TEST_F(RingRecordsTest, AddsUpWhatTheKernelAnnouncesAsLost) {
    put_lost(7);
    put_lost(3);
    put_sample(11);
    EXPECT_EQ(take(), packet(11, 10));
    EXPECT_EQ(records_.lost_announced(), 10u);
}

TEST_F(RingRecordsTest, PassesOverRecordsThatAreNotItsOwn) {
    put_header(PERF_RECORD_THROTTLE, 16);
    put(std::uint64_t{0});
    put_header(PERF_RECORD_SAMPLE, 16);  // of a length that it does not have
    put(std::uint64_t{100});
    put_sample(1);
    EXPECT_EQ(take(), packet(1, 0));
    EXPECT_EQ(records_.undecodable(), 1u);
}

// Where a size cannot be, the next record cannot be found: what is there is given up, what comes later is read.
TEST_F(RingRecordsTest, GivesUpWhatStandsBehindAnImpossibleSize) {
    std::uint64_t damaged = 0;
    for (const std::size_t size : {std::size_t{0}, std::size_t{4}, std::size_t{12}, kRingBytes + 8}) {
        put_header(PERF_RECORD_SAMPLE, size);
        put(std::uint64_t{0});
        EXPECT_FALSE(take()) << size;
        EXPECT_EQ(records_.undecodable(), ++damaged);
        put_sample(damaged);
        EXPECT_EQ(take(), packet(damaged, 0)) << size;
    }
}

TEST_F(RingRecordsTest, BelievesNoRecordThatIsLargerThanTheRing) {
    put_header(PERF_RECORD_SAMPLE, kRingBytes + 8);
    head_ += 2 * kRingBytes;
    EXPECT_FALSE(take());
    EXPECT_EQ(records_.undecodable(), 1u);
}

}  // namespace
}  // namespace xdpsift::drain
