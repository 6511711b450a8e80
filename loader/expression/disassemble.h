// SPDX-License-Identifier: BSD-2-Clause
// Kernel BPF instructions as text, in the notation of the kernel's verifier: "r0 = *(u16 *)(r2 +12)",
// "if w0 != 0x800 goto pc+12".
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace xdpsift::expression {

// `text` of the instruction that starts at `index`; a 64-bit constant takes two places. What is not known stands as
// its bytes.
struct InstructionText {
    std::size_t index = 0;
    std::string text;
};
std::vector<InstructionText> disassemble(std::span<const bpf_insn> code);

}  // namespace xdpsift::expression
