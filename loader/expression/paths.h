// SPDX-License-Identifier: BSD-2-Clause
// What is certain of every path through a classic program, seen from each of its instructions.
#pragma once

#include <cstdint>
#include <vector>

#include "expression/flow.h"

namespace xdpsift::expression {

// Values that are still going to be read, as bits: M[0] .. M[15], A, X.
inline constexpr std::uint32_t kLiveA = 1u << BPF_MEMWORDS;
inline constexpr std::uint32_t kLiveX = kLiveA << 1;
constexpr std::uint32_t live_word(std::uint32_t index) { return 1u << index; }

// Before an instruction runs. A load beyond the frame rejects, and nothing else happens on the way to a verdict: so
// what every accepting path from here on will load may as well be asked for now, at once.
struct Ahead {
    bool rejects = false;         // whatever the frame holds
    std::uint64_t frame_end = 0;  // bytes of the frame without which no path from here accepts
    std::uint64_t x_end = 0;      // the same, behind the present X
    std::uint32_t live = 0;       // kLiveA ...
};

enum class Guards {
    early,    // as above: fewest checks
    at_loads  // only what the instruction itself loads: a path that needs less bytes is followed to its end
};

// One for each instruction.
std::vector<Ahead> look_ahead(const Flow& flow, Guards guards);

// Whether every packet has the same fate.
enum class OnlyVerdict { depends, accepts, rejects };
OnlyVerdict only_verdict(const Flow& flow);

// Whether a jump leads back.
bool has_loops(const Flow& flow);

}  // namespace xdpsift::expression
