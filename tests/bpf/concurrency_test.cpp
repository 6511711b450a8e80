// SPDX-License-Identifier: BSD-2-Clause
// Two CPUs at once against one budget.
#include <gtest/gtest.h>

#include <barrier>
#include <memory>
#include <thread>
#include <vector>

#include "bpf/loaded_program.h"
#include "bpf/ring_reader.h"
#include "harness/packet_builder.h"

namespace xdpsift::bpf {
namespace {

constexpr std::uint32_t kCpus = 2;

harness::Bytes frame() {
    return (harness::Ethernet() / harness::Ipv4() / harness::Udp(1, 2) / harness::payload(58)).build();
}

bool has_two_cpus() { return LoadedProgram(Filter{}).sampler().cpu_count() >= kCpus; }

void run_on_two_cpus(LoadedProgram& program, std::uint32_t repeat) {
    std::barrier start(kCpus);
    std::vector<std::jthread> threads;
    for (std::uint32_t cpu = 0; cpu < kCpus; ++cpu) {
        threads.emplace_back([&, cpu] {
            const PinnedToCpu pin(cpu);
            start.arrive_and_wait();
            program.run(frame(), repeat);
        });
    }
}

std::vector<std::unique_ptr<RingReader>> rings(LoadedProgram& program, std::size_t pages) {
    std::vector<std::unique_ptr<RingReader>> out;
    for (std::uint32_t cpu = 0; cpu < kCpus; ++cpu) out.push_back(open_ring(program, cpu, pages));
    return out;
}

void expect_both_cpus_ran(const LoadedProgram& program, std::uint64_t packets_each) {
    for (std::uint32_t cpu = 0; cpu < kCpus; ++cpu) {
        EXPECT_EQ(program.of_cpu(cpu).seen, packets_each);
        expect_ledger_closed(program.of_cpu(cpu));
    }
    expect_ledger_closed(program.total());
}

using Concurrency = EachRingTest;
INSTANTIATE_TEST_SUITE_P(Ring, Concurrency, kEachRing, name_of_ring);

TEST_P(Concurrency, PacketLimitIsExactAcrossCpus) {
    if (!has_two_cpus()) GTEST_SKIP() << "needs two CPUs";
    constexpr std::uint32_t kRepeat = 200'000;
    for (const std::uint64_t limit : {1U, 1000U, 20'000U}) {
        loader::SamplerOptions options = through_ring();
        options.limits.packets = limit;
        options.selection.snaplen = 64;
        LoadedProgram program(options);
        auto readers = rings(program, 1024);
        run_on_two_cpus(program, kRepeat);
        expect_both_cpus_ran(program, kRepeat);
        const xs_counters total = program.total();
        EXPECT_EQ(total.ring_lost, 0U);
        EXPECT_EQ(total.selected, limit);
        EXPECT_EQ(total.over_budget, kCpus * kRepeat - limit);
        std::size_t received = 0;
        for (std::uint32_t cpu = 0; cpu < kCpus; ++cpu) {
            const auto records = readers[cpu]->read_all();
            EXPECT_EQ(records.size(), program.of_cpu(cpu).selected);
            received += records.size();
        }
        EXPECT_EQ(received, limit);
    }
}

TEST_P(Concurrency, ByteLimitIsExactAcrossCpus) {
    if (!has_two_cpus()) GTEST_SKIP() << "needs two CPUs";
    constexpr std::uint32_t kRepeat = 100'000;
    loader::SamplerOptions options = through_ring();
    options.limits.bytes = 5000 * frame().size();
    LoadedProgram program(options);
    auto readers = rings(program, 1024);
    run_on_two_cpus(program, kRepeat);
    expect_both_cpus_ran(program, kRepeat);
    EXPECT_EQ(program.total().ring_lost, 0U);
    EXPECT_EQ(program.total().selected, 5000U);
    EXPECT_EQ(readers[0]->read_all().size() + readers[1]->read_all().size(), 5000U);
}

// Rings that overflow at once: takes and give-backs of the budget race, and none may be lost.
TEST_P(Concurrency, GiveBacksKeepTheBudgetExact) {
    if (!has_two_cpus()) GTEST_SKIP() << "needs two CPUs";
    constexpr std::uint32_t kRepeat = 100'000;
    constexpr std::uint64_t kLimit = 500;
    loader::SamplerOptions options = through_ring();
    options.limits.packets = kLimit;
    LoadedProgram program(options);
    auto readers = rings(program, 1);
    std::uint64_t received = 0;
    run_on_two_cpus(program, kRepeat);
    for (const auto& reader : readers) received += reader->read_all().size();
    EXPECT_LT(received, kLimit);
    expect_both_cpus_ran(program, kRepeat);
    EXPECT_EQ(program.total().selected - program.total().ring_lost, received);
    // With room, the rest of the budget comes through to the last packet.
    const PinnedToCpu pin(0);
    for (std::uint64_t i = 0; i < kLimit + 10; ++i) {
        program.run(frame());
        received += readers[0]->read_all().size();
    }
    EXPECT_EQ(received, kLimit);
    EXPECT_EQ(program.total().selected - program.total().ring_lost, kLimit);
    expect_ledger_closed(program.total());
}

// Each CPU writes its own row: without a limit nothing is lost from any counter.
TEST_P(Concurrency, CountersOfBothCpusAddUp) {
    if (!has_two_cpus()) GTEST_SKIP() << "needs two CPUs";
    constexpr std::uint32_t kRepeat = 500'000;
    loader::SamplerOptions options = through_ring();
    options.selection.sample_rate = 4;
    LoadedProgram program(options);
    run_on_two_cpus(program, kRepeat);
    expect_both_cpus_ran(program, kRepeat);
    EXPECT_EQ(program.total().seen, kCpus * kRepeat);
    EXPECT_EQ(program.total().matched, kCpus * kRepeat);
    EXPECT_EQ(program.total().selected, program.total().ring_lost);
}

}  // namespace
}  // namespace xdpsift::bpf
