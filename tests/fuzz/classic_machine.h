// SPDX-License-Identifier: BSD-2-Clause
// The classic BPF machine as it is meant, word for word: no guards, no registers, nothing done ahead. Where libpcap's
// interpreter is undefined it is not: memory is zero at first, a division by a constant zero rejects, a shift by 32 and
// more leaves nothing, and a loop ends where translations end it.
#pragma once

#include <cstdint>
#include <span>

#include "expression/classic.h"

namespace xdpsift::fuzz {

struct Outcome {
    bool accepts = false;
    bool missed = false;     // ended by a load of bytes that are not there
    bool exhausted = false;  // ended by the limit of backward jumps
};

// `data` is what is there of a frame of `frame_len` bytes. The program has been checked.
Outcome run_classic(const expression::ClassicProgram& program, std::span<const std::uint8_t> data,
                    std::size_t frame_len);

}  // namespace xdpsift::fuzz
