// SPDX-License-Identifier: BSD-2-Clause
// The limits that the kernel keeps by itself: packets, bytes, time; and what is given back.
#include <gtest/gtest.h>

#include <ctime>
#include <limits>

#include "bpf/filter_lists.h"
#include "bpf/loaded_program.h"
#include "bpf/ring_reader.h"
#include "harness/packet_builder.h"

namespace xdpsift::bpf {
namespace {

using namespace std::chrono_literals;

harness::Bytes frame_of(std::size_t size) {
    return (harness::Ethernet() / harness::Ipv4() / harness::Udp(1, 2) / harness::payload(size - 42)).build();
}

std::uint64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

// A program with a ring on CPU 0, to which the test stays pinned.
struct Capture {
    explicit Capture(const loader::SamplerOptions& options, std::size_t pages = 64)
        : program(options), ring(open_ring(program, 0, pages)) {}
    PinnedToCpu pin{0};
    LoadedProgram program;
    std::unique_ptr<RingReader> ring;
};

using Budget = EachRingTest;
INSTANTIATE_TEST_SUITE_P(Ring, Budget, kEachRing, name_of_ring);

TEST_P(Budget, PacketLimitIsExact) {
    for (const std::uint64_t limit : {1U, 2U, 100U}) {
        loader::SamplerOptions options = through_ring();
        options.limits.packets = limit;
        Capture capture(options);
        for (std::uint64_t i = 1; i <= limit + 5; ++i) {
            capture.program.run(frame_of(60));
            const xs_counters total = capture.program.total();
            EXPECT_EQ(total.selected, std::min(i, limit));
            EXPECT_EQ(total.over_budget, i > limit ? i - limit : 0);
            expect_ledger_closed(total);
        }
        EXPECT_EQ(capture.program.total().ring_lost, 0U);
        EXPECT_EQ(capture.ring->read_all().size(), limit);
    }
}

TEST_P(Budget, ByteLimitIsExact) {
    loader::SamplerOptions options = through_ring();
    options.limits.bytes = 1000;
    Capture capture(options);
    capture.program.run(frame_of(100), 20);
    EXPECT_EQ(capture.program.total().selected, 10U);
    EXPECT_EQ(capture.program.total().over_budget, 10U);
    EXPECT_EQ(capture.ring->read_all().size(), 10U);
    expect_ledger_closed(capture.program.total());
}

TEST_P(Budget, ByteLimitIsNeverPassed) {
    loader::SamplerOptions options = through_ring();
    options.limits.bytes = 999;
    Capture capture(options);
    capture.program.run(frame_of(100), 9);
    EXPECT_EQ(capture.program.total().selected, 9U);
    EXPECT_FALSE(capture.program.sampler().byte_limit_passed());
    capture.program.run(frame_of(100));
    EXPECT_TRUE(capture.program.sampler().byte_limit_passed());
    EXPECT_EQ(capture.program.total().selected, 9U);
    // The first packet that does not fit ends the capture, also for smaller ones.
    capture.program.run(frame_of(60));
    EXPECT_EQ(capture.program.total().selected, 9U);
    EXPECT_EQ(capture.program.total().over_budget, 2U);
    expect_ledger_closed(capture.program.total());
}

TEST_P(Budget, BytesAreThoseKept) {
    loader::SamplerOptions options = through_ring();
    options.limits.bytes = 1000;
    options.selection.snaplen = 50;
    Capture capture(options);
    capture.program.run(frame_of(1400), 30);
    EXPECT_EQ(capture.program.total().selected, 20U);
    EXPECT_EQ(capture.program.total().over_budget, 10U);
}

TEST_P(Budget, WhicheverLimitComesFirst) {
    loader::SamplerOptions options = through_ring();
    options.limits.bytes = 1000;
    options.limits.packets = 3;
    Capture packets_first(options);
    packets_first.program.run(frame_of(100), 20);
    EXPECT_EQ(packets_first.program.total().selected, 3U);
    options.limits.packets = 15;
    Capture bytes_first(options);
    bytes_first.program.run(frame_of(100), 20);
    EXPECT_EQ(bytes_first.program.total().selected, 10U);
}

TEST_P(Budget, OnlySelectedPacketsSpendIt) {
    loader::SamplerOptions options = through_ring();
    options.limits.packets = 50;
    options.selection.sample_rate = 10;
    options.filter.dport = ports({2});
    Capture capture(options);
    const auto other = (harness::Ethernet() / harness::Ipv4() / harness::Udp(2, 1)).build();
    capture.program.run(other, 1000);
    EXPECT_EQ(capture.program.total().filtered_out, 1000U);
    EXPECT_EQ(capture.program.total().matched, 0U);
    capture.program.run(frame_of(60), 10'000);
    const xs_counters total = capture.program.total();
    EXPECT_EQ(total.selected, 50U);
    EXPECT_GT(total.sampled_out, 8000U);
    EXPECT_GT(total.over_budget, 500U);
    expect_ledger_closed(total);
}

TEST_P(Budget, NothingIsCopiedFromTheDeadlineOn) {
    loader::SamplerOptions options = through_ring();
    options.limits.duration = 1h;
    Capture capture(options);
    capture.program.sampler().set_deadline(now_ns() + 3'600'000'000'000U);
    capture.program.run(frame_of(60), 5);
    EXPECT_EQ(capture.program.total().selected, 5U);
    capture.program.sampler().set_deadline(now_ns());
    capture.program.run(frame_of(60), 7);
    EXPECT_EQ(capture.program.total().selected, 5U);
    EXPECT_EQ(capture.program.total().over_budget, 7U);
    EXPECT_EQ(capture.ring->read_all().size(), 5U);
    expect_ledger_closed(capture.program.total());
}

TEST_P(Budget, ADeadlineWithoutATimeLimitIsNotLookedAt) {
    Capture capture(through_ring());
    capture.program.sampler().set_deadline(1);
    capture.program.run(frame_of(60));
    EXPECT_EQ(capture.program.total().selected, 1U);
}

TEST_P(Budget, WithoutARingEachSelectedPacketIsLost) {
    loader::SamplerOptions options = through_ring();
    options.limits.packets = 5;
    options.limits.bytes = 500;
    LoadedProgram program(options);
    program.run(frame_of(100), 100);
    const xs_counters total = program.total();
    EXPECT_EQ(total.selected, 100U);
    EXPECT_EQ(total.ring_lost, 100U);
    EXPECT_EQ(total.over_budget, 0U);
    EXPECT_EQ(total.oversize, 0U);
    expect_ledger_closed(total);
}

TEST_P(Budget, WhatAFullRingRefusesIsGivenBack) {
    loader::SamplerOptions options = through_ring();
    options.limits.packets = 40;
    Capture capture(options, 1);
    capture.program.run(frame_of(1000), 100);
    const xs_counters full = capture.program.total();
    EXPECT_EQ(full.selected, 100U);
    EXPECT_EQ(full.over_budget, 0U);
    const std::size_t first = capture.ring->read_all().size();
    EXPECT_EQ(first, full.selected - full.ring_lost);
    EXPECT_GE(first, 2U);
    EXPECT_LT(first, 40U);
    // Room again: exactly what is left of the budget comes through.
    std::size_t received = first;
    for (int i = 0; i < 60; ++i) {
        capture.program.run(frame_of(1000));
        received += capture.ring->read_all().size();
    }
    EXPECT_EQ(received, 40U);
    const xs_counters total = capture.program.total();
    EXPECT_EQ(total.selected - total.ring_lost, 40U);
    EXPECT_EQ(total.over_budget, 60U - (40U - first));
    expect_ledger_closed(total);
}

}  // namespace
}  // namespace xdpsift::bpf
