// SPDX-License-Identifier: BSD-2-Clause
// The kernel program, narrowed to one configuration.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <span>
#include <vector>

namespace xdpsift::loader {

// What the program's map of read-only data holds. Nothing may change it from here on.
struct ReadOnlyData {
    int map_fd = -1;
    std::span<const std::byte> bytes;
};

// Read-only data becomes constants in the code, what follows from them is calculated, and what is then never reached or
// never used is left out. The verifier would leave out the unreached alone, and not the loads that decided it. The
// program is what libbpf is about to load: functions in a row, of instructions up to -mcpu=v3. It does the same as
// before; which line of the source an instruction comes from is lost.
std::vector<bpf_insn> specialise(std::span<const bpf_insn> program, const ReadOnlyData& data);

}  // namespace xdpsift::loader
