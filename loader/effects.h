// SPDX-License-Identifier: BSD-2-Clause
// What an instruction reads and writes.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <span>

#include "loader/instructions.h"

namespace xdpsift::loader {

// A bit for each register, and behind them one for each 8 bytes of the stack (a cell), from its top.
using Marks = std::uint64_t;
inline Marks bit(std::size_t index) { return Marks{1} << index; }

// The part of the stack that is reached by way of r10 alone: what is above an address that is handed out may be read
// and written by whoever has it.
class Cells {
   public:
    // None, where the stack is reached in another way than the compiler's usual ones.
    explicit Cells(std::span<const bpf_insn> program);
    // The cell of an access by way of r10; none where others may look at it.
    std::optional<Marks> at(const bpf_insn& access) const;

   private:
    int end_ = 0;  // offset from r10
};

// Loads from, or stores to, the stack by way of r10.
bool loads_from_stack(const bpf_insn& one);
bool stores_to_stack(const bpf_insn& one);

Marks read_by(const bpf_insn& one, const Cells& cells);
// Wholly, and for certain: what may be written (by an atomic operation), or in part, is not among them.
Marks written_by(const bpf_insn& one, const Cells& cells);

}  // namespace xdpsift::loader
