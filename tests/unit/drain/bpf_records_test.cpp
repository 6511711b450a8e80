// SPDX-License-Identifier: BSD-2-Clause
#include "drain/bpf_records.h"

#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cstring>
#include <optional>
#include <utility>

#include "written_ring.h"
#include "xdpsift/event.h"

namespace xdpsift::drain {
namespace {

constexpr std::size_t kFrameBytes = 18;
// What the header announces: the event, the frame, and bytes of the record's size that are not used.
constexpr std::size_t kLength = sizeof(xs_event) + kFrameBytes + 7;
// With the header and up to the next multiple of 8: 72 bytes, so that a record wraps soon.
constexpr std::size_t kRecordBytes = 72;

class BpfRecordsTest : public WrittenRing<BpfRecords, kFrameBytes> {
   protected:
    // Returns where it stands.
    std::uint64_t put_header(std::uint32_t length_and_state) {
        const auto at = head_;
        put(length_and_state);
        put(std::uint32_t{0});
        return at;
    }
    std::uint64_t put_record(std::uint64_t count, std::uint32_t state = 0, std::uint16_t interface_id = 0) {
        const auto at = put_header(kLength | state);
        put_packet(count, interface_id);
        head_ = at + kRecordBytes;
        return at;
    }
    void set_state(std::uint64_t at, std::uint32_t length_and_state) {
        std::memcpy(&ring_[at % kRingBytes], &length_and_state, sizeof(length_and_state));
    }
};

TEST_F(BpfRecordsTest, ShowsNothingWhereNothingIsWritten) {
    EXPECT_FALSE(take());
    EXPECT_FALSE(records_.pressed());
}

TEST_F(BpfRecordsTest, PutsARecordTogetherThatWrapsAroundTheEnd) {
    for (std::uint64_t count = 1; count <= 40; count++) {
        put_record(count);
        EXPECT_EQ(take(), packet(count, 0));
        EXPECT_FALSE(take());
    }
    EXPECT_EQ(records_.tail(), head_);
    EXPECT_EQ(records_.undecodable(), 0u);
}

TEST_F(BpfRecordsTest, IsPressedWhenMoreThanHalfIsUnread) {
    put_record(1);
    put_record(2);
    records_.set_head(head_);
    EXPECT_TRUE(records_.pressed());
    EXPECT_EQ(take(), packet(1, 0));
    EXPECT_FALSE(records_.pressed());
}

TEST_F(BpfRecordsTest, ShowsTheSameRecordUntilItIsTaken) {
    put_record(1);
    records_.set_head(head_);
    const Record* first = records_.peek();
    put_record(2);
    records_.set_head(head_);
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(records_.peek(), first);
    EXPECT_EQ(records_.peek()->packet_id & XS_PACKET_ID_COUNT_MASK, 1u);
    EXPECT_EQ(records_.tail(), 0u) << "its room would go back to the kernel while it is looked at";
}

// What stands behind it may be finished, but is younger.
TEST_F(BpfRecordsTest, ARecordThatIsStillWrittenEndsThePass) {
    put_record(1);
    const auto busy = put_record(2, BPF_RINGBUF_BUSY_BIT);
    put_record(3);
    EXPECT_EQ(take(), packet(1, 0));
    EXPECT_FALSE(take());
    EXPECT_EQ(records_.tail(), busy);
    set_state(busy, kLength);
    EXPECT_EQ(take(), packet(2, 0));
    EXPECT_EQ(take(), packet(3, 0));
    EXPECT_EQ(records_.undecodable(), 0u);
}

TEST_F(BpfRecordsTest, PassesOverWhatTheWriterThrewAway) {
    put_record(1);
    put_record(2, BPF_RINGBUF_DISCARD_BIT);
    put_record(3);
    EXPECT_EQ(take(), packet(1, 0));
    EXPECT_EQ(take(), packet(3, 1));
    EXPECT_EQ(records_.undecodable(), 0u);
}

TEST_F(BpfRecordsTest, CountsTheGapsOfEachInterfaceApart) {
    put_record(1, 0, 0);
    put_record(4, 0, 1);
    put_record(3, 0, 0);
    EXPECT_EQ(take(), packet(1, 0));
    EXPECT_EQ(take(), packet(4, 3));
    EXPECT_EQ(take(), packet(3, 1));
}

TEST_F(BpfRecordsTest, CountsARecordThatContradictsItself) {
    put_header(8);  // shorter than an event
    put(std::uint64_t{0});
    put_header(0);
    put_record(1);
    EXPECT_EQ(take(), packet(1, 0));
    EXPECT_EQ(records_.undecodable(), 2u);
}

TEST_F(BpfRecordsTest, GivesUpWhatStandsBehindAnImpossibleLength) {
    for (const std::uint32_t length : {65u, 249u, 0x3fff'ffffu}) {
        const auto before = records_.undecodable();
        put_header(length);
        put_record(1);
        head_ -= 8;  // 72 bytes in all
        EXPECT_FALSE(take()) << length;
        EXPECT_EQ(records_.undecodable(), before + 1) << length;
        EXPECT_EQ(records_.tail(), head_);
    }
    put_record(2);
    EXPECT_EQ(take(), packet(2, 1));
}

TEST_F(BpfRecordsTest, BelievesNoHeadThatCannotBe) {
    put_record(1);
    for (const std::uint64_t head : {head_ + 1, kRingBytes + 8, ~std::uint64_t{7}}) {
        records_.set_head(head);
        EXPECT_EQ(records_.peek(), nullptr) << head;
    }
    EXPECT_EQ(records_.undecodable(), 3u);
    EXPECT_EQ(take(), packet(1, 0));
}

}  // namespace
}  // namespace xdpsift::drain
