// SPDX-License-Identifier: BSD-2-Clause
// --sample-rate and --seed. No ring is open: what is selected is counted, and lost.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "bpf/loaded_program.h"
#include "harness/packet_builder.h"

namespace xdpsift::bpf {
namespace {

loader::SamplerOptions one_in(std::uint32_t rate, std::uint64_t seed) {
    loader::SamplerOptions options;
    options.selection.sample_rate = rate;
    options.selection.seed = seed;
    return options;
}

const harness::Bytes& frame() {
    static const harness::Bytes kFrame = (harness::Ethernet() / harness::Ipv4() / harness::Udp(1, 2)).build();
    return kFrame;
}

// Which of `count` packets on CPU 0 are selected.
std::vector<bool> selection(std::uint32_t rate, std::uint64_t seed, std::size_t count, std::uint32_t cpu = 0) {
    LoadedProgram program(one_in(rate, seed));
    const PinnedToCpu pin(cpu);
    std::vector<bool> selected;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t before = program.of_cpu(cpu).selected;
        program.run(frame());
        selected.push_back(program.of_cpu(cpu).selected != before);
    }
    expect_ledger_closed(program.total());
    return selected;
}

// Standard deviations that a count from a binomial distribution leaves once in more than a million (5.0 is 1 in
// 1.7 million for the normal one; the rest is for the skew of a small p).
constexpr double kDeviations = 5.5;

TEST(Sampling, RateOneSelectsEveryMatch) {
    LoadedProgram program(one_in(1, 7));
    program.run(frame(), 1000);
    EXPECT_EQ(program.total().selected, 1000U);
    EXPECT_EQ(program.total().sampled_out, 0U);
    expect_ledger_closed(program.total());
}

TEST(Sampling, SelectedShareIsOneInN) {
    for (const std::uint32_t rate : {2U, 10U, 100U, 1000U}) {
        for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL, 0xffffffffffffffffULL}) {
            LoadedProgram program(one_in(rate, seed));
            constexpr std::uint32_t kPackets = 1'000'000;
            program.run(frame(), kPackets);
            const xs_counters total = program.total();
            expect_ledger_closed(total);
            EXPECT_EQ(total.matched, kPackets);
            EXPECT_EQ(total.sampled_out + total.selected, kPackets);
            const double p = 1.0 / rate;
            const double deviation = std::sqrt(kPackets * p * (1 - p));
            EXPECT_NEAR(static_cast<double>(total.selected), kPackets * p, kDeviations * deviation)
                << "rate " << rate << ", seed " << seed;
        }
    }
}

// Gaps between selected packets follow the geometric distribution: no pattern that a systematic sampler would have.
TEST(Sampling, GapsAreGeometric) {
    constexpr std::size_t kPackets = 40'000;
    constexpr double kRate = 4;
    const std::vector<bool> selected = selection(static_cast<std::uint32_t>(kRate), 42, kPackets);
    // After a selected packet the next is selected with the same probability at every distance.
    for (std::size_t distance = 1; distance <= 16; ++distance) {
        double pairs = 0, both = 0;
        for (std::size_t i = 0; i + distance < kPackets; ++i) {
            if (!selected[i]) continue;
            pairs += 1;
            if (selected[i + distance]) both += 1;
        }
        const double p = 1 / kRate;
        EXPECT_NEAR(both, pairs * p, kDeviations * std::sqrt(pairs * p * (1 - p))) << "distance " << distance;
    }
}

TEST(Sampling, SameSeedSelectsTheSame) {
    const auto first = selection(10, 12345, 3000);
    EXPECT_EQ(first, selection(10, 12345, 3000));
    EXPECT_NE(first, selection(10, 12346, 3000));
    EXPECT_NE(first, selection(10, 0, 3000));
}

TEST(Sampling, OnlyMatchesDrawANumber) {
    auto options = one_in(10, 5);
    options.filter.dport.emplace().numbers.set(2);
    LoadedProgram program(options);
    const PinnedToCpu pin(0);
    const auto other = (harness::Ethernet() / harness::Ipv4() / harness::Udp(1, 3)).build();
    std::vector<bool> selected;
    for (int i = 0; i < 3000; ++i) {
        const std::uint64_t before = program.of_cpu(0).selected;
        program.run(frame());
        selected.push_back(program.of_cpu(0).selected != before);
        program.run(other);
    }
    EXPECT_EQ(selected, selection(10, 5, 3000));
    EXPECT_EQ(program.total().filtered_out, 3000U);
    expect_ledger_closed(program.total());
}

TEST(Sampling, CpusDrawDifferentNumbers) {
    LoadedProgram probe{Filter{}};
    if (probe.sampler().cpu_count() < 2) GTEST_SKIP() << "needs two CPUs";
    EXPECT_NE(selection(10, 12345, 3000, 0), selection(10, 12345, 3000, 1));
}

}  // namespace
}  // namespace xdpsift::bpf
