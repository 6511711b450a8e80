// SPDX-License-Identifier: BSD-2-Clause
// A table of packets for one filter, each with what has to become of it.
#pragma once

#include <string>
#include <vector>

#include "bpf/filter_lists.h"
#include "bpf/loaded_program.h"
#include "harness/packet_builder.h"

namespace xdpsift::bpf {

struct MatchCase {
    std::string what;
    harness::Packet packet;
    Outcome expected;
};

inline constexpr auto kIn = Outcome::matched;
inline constexpr auto kOut = Outcome::filtered_out;
inline constexpr auto kMalformed = Outcome::malformed;

// Loads the program for the filter and runs every packet of the table.
inline void run_cases(loader::SamplerOptions options, const Filter& filter, const std::vector<MatchCase>& cases) {
    options.filter = filter;
    LoadedProgram program(options);
    for (const MatchCase& one : cases) expect_outcome(program, filter, one.packet.build(), one.expected, one.what);
}
inline void run_cases(const Filter& filter, const std::vector<MatchCase>& cases) { run_cases({}, filter, cases); }

}  // namespace xdpsift::bpf
