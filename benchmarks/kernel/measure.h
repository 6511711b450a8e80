// SPDX-License-Identifier: BSD-2-Clause
// Runs the cases round by round, so that the machine's noise falls on all alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/cases.h"
#include "xdpsift/result.h"

namespace xdpsift::kernel {

struct Measurement {
    std::string name;
    std::string group;
    std::uint32_t best_ns = 0;  // for a packet, as the kernel reckons it; the best round
    std::uint32_t median_ns = 0;
    std::uint32_t rounds = 0;        // that count: the ring took every packet. 0: none did, and the figures are too low
    std::uint64_t refused = 0;       // packets, by the ring, over all rounds
    std::uint32_t instructions = 0;  // after the verifier's rewriting
    std::uint32_t jited_bytes = 0;
};

struct MeasureOptions {
    std::uint32_t repeat = 100'000;
    std::uint32_t rounds = 20;
    unsigned busy_cpu = 0;
    // The same program runs on this CPU at the same time: what they share shows as a dearer packet.
    std::optional<unsigned> beside_cpu;
};

// Pins the calling thread to the busy CPU. Fails when a case does not do what its name says.
Result<std::vector<Measurement>> measure(const std::vector<Case>& cases, const MeasureOptions& options);

}  // namespace xdpsift::kernel
