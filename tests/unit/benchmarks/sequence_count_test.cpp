// SPDX-License-Identifier: BSD-2-Clause
#include "compare/sequence_count.h"

#include <gtest/gtest.h>

#include "generator/udp_frame.h"
#include "load_frames.h"

namespace xdpsift::compare {
namespace {

SequenceCounts count(std::uint64_t first, std::uint64_t frames, std::initializer_list<std::uint64_t> captured) {
    SequenceCounter counter(first, frames);
    for (const auto number : captured) counter.add(load_frame(number));
    return counter.counts();
}

TEST(SequenceCount, ACompleteFile) {
    const auto counts = count(100, 4, {100, 101, 102, 103});
    EXPECT_EQ(counts.packets, 4U);
    EXPECT_EQ(counts.distinct, 4U);
    EXPECT_EQ(counts.missing, 0U);
    EXPECT_EQ(counts.duplicates, 0U);
    EXPECT_EQ(counts.reordered, 0U);
    EXPECT_EQ(counts.foreign, 0U);
}

TEST(SequenceCount, LossIsCountedByNumber) {
    const auto counts = count(0, 6, {0, 2, 5});
    EXPECT_EQ(counts.missing, 3U);
    EXPECT_EQ(counts.reordered, 0U);
}

// The totals of such a file would look complete.
TEST(SequenceCount, ADuplicateDoesNotHideALoss) {
    const auto counts = count(0, 3, {0, 1, 1});
    EXPECT_EQ(counts.packets, 3U);
    EXPECT_EQ(counts.missing, 1U);
    EXPECT_EQ(counts.duplicates, 1U);
    EXPECT_EQ(counts.reordered, 0U);
}

TEST(SequenceCount, PacketsBehindAHigherNumberAreOutOfOrder) {
    EXPECT_EQ(count(0, 5, {0, 3, 1, 2, 4}).reordered, 2U);
    EXPECT_EQ(count(0, 3, {2, 1, 0}).reordered, 2U);
}

TEST(SequenceCount, OtherPacketsAreForeign) {
    SequenceCounter counter(10, 2);
    counter.add(load_frame(9));   // of the load before
    counter.add(load_frame(12));  // of none
    auto other_port = load_frame(10);
    other_port[37] = std::byte{53};
    counter.add(other_port);
    const auto whole = load_frame(10);
    counter.add(std::span(whole).first(49));  // a snapshot without the whole number
    generator::UdpFrame ipv6;
    ipv6.source_v6 = ipv6.destination_v6 = Ipv6Address{};
    ipv6.frame_bytes = 100;
    counter.add(ipv6.bytes());
    EXPECT_EQ(counter.counts().foreign, 5U);
    EXPECT_EQ(counter.counts().missing, 2U);
}

}  // namespace
}  // namespace xdpsift::compare
