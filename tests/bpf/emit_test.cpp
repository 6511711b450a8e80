// SPDX-License-Identifier: BSD-2-Clause
// What stands in the ring for a selected packet.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "bpf/loaded_program.h"
#include "bpf/ring_reader.h"
#include "harness/packet_builder.h"

namespace xdpsift::bpf {
namespace {

using namespace harness;

std::uint64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

Bytes frame_of(std::size_t size, std::uint8_t first = 0) {
    return (Ethernet() / Ipv4() / Udp(1, 2) / payload(size - 42, first)).build();
}

class Emit : public EachRingTest {
   protected:
    static loader::SamplerOptions keep(std::uint32_t snaplen) {
        loader::SamplerOptions options = through_ring();
        options.selection.snaplen = snaplen;
        return options;
    }
};
INSTANTIATE_TEST_SUITE_P(Ring, Emit, kEachRing, name_of_ring);

TEST_P(Emit, RecordDescribesTheFrame) {
    const PinnedToCpu pin(0);
    loader::SamplerOptions options = keep(0);
    options.interface_id = 3;
    LoadedProgram program(options);
    const auto ring = open_ring(program, 0, 16);
    const Bytes frame = frame_of(123);
    const std::uint64_t before = now_ns();
    program.run(frame);
    const std::uint64_t after = now_ns();
    const auto records = ring->read_all();
    ASSERT_EQ(records.size(), 1U);
    const xs_event& event = records[0].event;
    EXPECT_GE(event.time_ns, before);
    EXPECT_LE(event.time_ns, after);
    EXPECT_EQ(event.packet_id, 1U);
    EXPECT_EQ(event.frame_len, frame.size());
    EXPECT_EQ(event.cap_len, frame.size());
    EXPECT_EQ(event.queue, 0U);
    EXPECT_EQ(event.interface_id, 3U);
    EXPECT_EQ(event.version, XS_CONTRACT_VERSION);
    EXPECT_EQ(event.reserved, 0U);
    EXPECT_EQ(records[0].data, frame);
    // A BPF record has one of a few sizes.
    EXPECT_LT(records[0].padding, GetParam() == RingKind::perf ? 8U : frame.size());
    // The row of interface 3; LoadedProgram reads that one alone.
    EXPECT_EQ(program.total().selected, 1U);
    EXPECT_EQ(program.total().ring_lost, 0U);
}

TEST_P(Emit, EveryFrameLength) {
    const PinnedToCpu pin(0);
    LoadedProgram program(keep(0));
    const auto ring = open_ring(program, 0, 64);
    for (std::size_t size = 42; size <= 1514; size += size < 200 ? 1 : 13) {
        const Bytes frame = frame_of(size, static_cast<std::uint8_t>(size));
        program.run(frame);
        const auto records = ring->read_all();
        ASSERT_EQ(records.size(), 1U) << size;
        EXPECT_EQ(records[0].event.frame_len, size);
        EXPECT_EQ(records[0].data, frame);
    }
}

TEST_P(Emit, SnaplenKeepsTheFirstBytes) {
    const PinnedToCpu pin(0);
    for (const std::uint32_t snaplen : {1U, 13U, 14U, 63U, 64U, 65U, 128U, 262'144U}) {
        LoadedProgram program(keep(snaplen));
        const auto ring = open_ring(program, 0, 16);
        for (const std::size_t size : {60U, 64U, 65U, 1000U}) {
            const Bytes frame = frame_of(size);
            program.run(frame);
            const auto records = ring->read_all();
            ASSERT_EQ(records.size(), 1U);
            const std::size_t kept = std::min<std::size_t>(snaplen, size);
            EXPECT_EQ(records[0].event.frame_len, size);
            EXPECT_EQ(records[0].event.cap_len, kept);
            EXPECT_TRUE(std::ranges::equal(records[0].data, std::span(frame).first(kept)));
        }
    }
}

TEST_P(Emit, PacketIdsCountTheSelectedOfOneCpu) {
    for (const std::uint32_t cpu : {0U, 1U}) {
        LoadedProgram program(keep(64));
        if (cpu >= program.sampler().cpu_count()) GTEST_SKIP() << "needs two CPUs";
        const PinnedToCpu pin(cpu);
        const auto ring = open_ring(program, cpu, 64);
        program.run(frame_of(60), 500);
        const auto records = ring->read_all();
        ASSERT_EQ(records.size(), 500U);
        std::uint64_t previous_ns = 0;
        for (std::size_t i = 0; i < records.size(); ++i) {
            EXPECT_EQ(records[i].event.packet_id >> XS_PACKET_ID_CPU_SHIFT, cpu);
            EXPECT_EQ(records[i].event.packet_id & XS_PACKET_ID_COUNT_MASK, i + 1);
            EXPECT_GE(records[i].event.time_ns, previous_ns);
            previous_ns = records[i].event.time_ns;
        }
    }
}

// A gap in the ids stands where packets were lost, and is as wide.
TEST_P(Emit, LossIsAGapInThePacketIds) {
    const PinnedToCpu pin(0);
    LoadedProgram program(keep(0));
    const auto ring = open_ring(program, 0, 1);
    program.run(frame_of(1000), 20);
    const auto before = ring->read_all();
    const std::uint64_t lost = program.total().ring_lost;
    ASSERT_GT(lost, 0U);
    ASSERT_EQ(before.size() + lost, 20U);
    program.run(frame_of(60));
    const auto after = ring->read_all();
    ASSERT_EQ(after.size(), 1U);
    EXPECT_EQ(after[0].event.packet_id - before.back().event.packet_id, lost + 1);
    // The kernel says the same, where it says anything.
    EXPECT_EQ(ring->lost(), GetParam() == RingKind::perf ? lost : 0U);
    EXPECT_EQ(program.total().ringless, 0U);
}

// As on a CPU that came online after the start.
TEST_P(Emit, WithoutARingIsALossOfItsOwnKind) {
    const PinnedToCpu pin(0);
    loader::SamplerOptions options = keep(0);
    options.limits.packets = 2;
    LoadedProgram program(options);
    program.run(frame_of(60), 5);
    const xs_counters total = program.total();
    EXPECT_EQ(total.selected, 5U) << "what is lost does not spend the budget";
    EXPECT_EQ(total.ring_lost, 5U);
    EXPECT_EQ(total.ringless, 5U);
    expect_ledger_closed(total);
}

// Frames beyond the linear part, where the kernel can make them: their headers are matched, their bytes kept whole.
TEST_P(Emit, FramesInSeveralFragments) {
    const PinnedToCpu pin(0);
    LoadedProgram program(keep(0));
    if (!program.sampler().frags()) GTEST_SKIP() << "needs multi-buffer XDP (Linux 5.18)";
    const auto ring = open_ring(program, 0, 64);
    for (const std::size_t size : {4000U, 9014U, 32'000U, 65'471U, 65'472U}) {
        const Bytes frame = frame_of(size);
        program.run(frame);
        const auto records = ring->read_all();
        ASSERT_EQ(records.size(), 1U) << size;
        EXPECT_EQ(records[0].event.frame_len, size);
        EXPECT_TRUE(records[0].data == frame) << size;
    }
    EXPECT_EQ(program.total().ring_lost, 0U);
}

TEST_P(Emit, MoreThanARecordHoldsIsRefusedAndCounted) {
    const PinnedToCpu pin(0);
    loader::SamplerOptions options = keep(0);
    options.limits.packets = 2;
    LoadedProgram program(options);
    if (!program.sampler().frags()) GTEST_SKIP() << "needs multi-buffer XDP (Linux 5.18)";
    const auto ring = open_ring(program, 0, 64);
    program.run(frame_of(XS_MAX_CAP_LEN + 1), 3);
    EXPECT_TRUE(ring->read_all().empty());
    xs_counters total = program.total();
    EXPECT_EQ(total.selected, 3U);
    EXPECT_EQ(total.oversize, 3U);
    EXPECT_EQ(total.ring_lost, 3U);
    expect_ledger_closed(total);
    // They have not spent the budget.
    program.run(frame_of(60), 3);
    EXPECT_EQ(ring->read_all().size(), 2U);
    total = program.total();
    EXPECT_EQ(total.over_budget, 1U);
    expect_ledger_closed(total);

    // With a snaplen the same frame is no trouble.
    LoadedProgram short_records(keep(128));
    const auto short_ring = open_ring(short_records, 0, 64);
    short_records.run(frame_of(XS_MAX_CAP_LEN + 1));
    const auto records = short_ring->read_all();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].event.frame_len, XS_MAX_CAP_LEN + 1U);
    EXPECT_EQ(records[0].event.cap_len, 128U);
    EXPECT_EQ(short_records.total().oversize, 0U);
}

TEST_P(Emit, WithoutMultiBufferSupportOneFragmentIsCaptured) {
    const PinnedToCpu pin(0);
    loader::SamplerOptions options = keep(0);
    options.allow_frags = false;
    LoadedProgram program(options);
    EXPECT_FALSE(program.sampler().frags());
    const auto ring = open_ring(program, 0, 16);
    const Bytes frame = frame_of(1514);
    program.run(frame);
    const auto records = ring->read_all();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].event.frame_len, frame.size());
    EXPECT_EQ(records[0].data, frame);
}

}  // namespace
}  // namespace xdpsift::bpf
