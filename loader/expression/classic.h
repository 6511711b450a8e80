// SPDX-License-Identifier: BSD-2-Clause
// Programs for the classic BPF machine: an accumulator A, an index register X, sixteen words of memory M[].
// Layout and opcodes: linux/filter.h; meaning: "The BSD Packet Filter" (McCanne and Jacobson, 1993), bpf(4) and,
// where they are silent, libpcap's bpf_filter(3PCAP).
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "xdpsift/result.h"

namespace xdpsift::expression {

using ClassicProgram = std::vector<sock_filter>;

// Whether an instruction's fields mean something, each jump leads into the program, and the end is not run past.
// Backward jumps are allowed where libpcap makes them: JA alone ("protochain"). ExitStatus::usage.
Result<void> check(const ClassicProgram& program);

// Where an instruction goes on: the next one, unless it jumps or returns.
struct Successors {
    std::size_t count = 0;
    std::size_t at[2] = {};
};
Successors successors(const ClassicProgram& program, std::size_t index);

// Whether an instruction looks at the frame's length.
bool reads_length(const ClassicProgram& program);

// Bytes that a load takes, 0 for one that takes none of the frame.
inline std::uint32_t load_size(const sock_filter& instruction) {
    switch (BPF_SIZE(instruction.code)) {
        case BPF_W: return 4;
        case BPF_H: return 2;
        default: return 1;
    }
}

}  // namespace xdpsift::expression
