// SPDX-License-Identifier: BSD-2-Clause
// The kernel program, loaded but attached nowhere, run on frames by BPF_PROG_TEST_RUN. Every run is checked for what
// must hold of every packet: XDP_PASS, the frame unchanged, the sums of the ledger.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "harness/packet_builder.h"
#include "loader/sampler.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::bpf {

// What became of one frame in the match stage.
enum class Outcome { matched, filtered_out, malformed };

class LoadedProgram {
   public:
    // Throws std::runtime_error with the loader's message.
    explicit LoadedProgram(const loader::SamplerOptions& options);
    explicit LoadedProgram(const Filter& filter);
    ~LoadedProgram();
    LoadedProgram(const LoadedProgram&) = delete;
    LoadedProgram& operator=(const LoadedProgram&) = delete;

    // Runs the program on the frame `repeat` times. Thread-safe.
    void run(std::span<const std::uint8_t> frame, std::uint32_t repeat = 1);
    // Runs it once and says what the counters said. One thread only.
    Outcome outcome(std::span<const std::uint8_t> frame);

    // Counters, summed over the CPUs, or those of one.
    xs_counters total() const;
    xs_counters of_cpu(std::uint32_t cpu) const;
    loader::Sampler& sampler() { return sampler_; }
    RingKind ring_kind() const { return ring_kind_; }

   private:
    const volatile xs_counters& row(std::uint32_t cpu) const;

    loader::Sampler sampler_;
    UniqueFd link_;
    RingKind ring_kind_;
    std::uint32_t interface_id_ = 0;
    void* counters_ = nullptr;
    std::size_t counters_bytes_ = 0;
};

// Each sum of the kernel's half of the ledger.
void expect_ledger_closed(const xs_counters& counters);

// Runs the frame and compares with what the test says, and what the reference says with both.
void expect_outcome(LoadedProgram& program, const Filter& filter, std::span<const std::uint8_t> frame, Outcome expected,
                    const std::string& what);

// Runs the frame and compares with what the reference says. Returns what it was.
Outcome expect_as_reference(LoadedProgram& program, const Filter& filter, std::span<const std::uint8_t> frame,
                            const std::string& what);

// "60 bytes: 02 00 ..." for messages.
std::string hex(std::span<const std::uint8_t> frame);

// Keeps the calling thread on one CPU while it lives.
class PinnedToCpu {
   public:
    explicit PinnedToCpu(std::uint32_t cpu);
    ~PinnedToCpu();
    PinnedToCpu(const PinnedToCpu&) = delete;
    PinnedToCpu& operator=(const PinnedToCpu&) = delete;

   private:
    std::string previous_;  // a cpu_set_t, byte by byte
};

}  // namespace xdpsift::bpf
