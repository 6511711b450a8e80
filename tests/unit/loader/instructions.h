// SPDX-License-Identifier: BSD-2-Clause
// Kernel instructions by name, and a look at what became of them.
#pragma once

#include <linux/bpf.h>

#include <cstring>
#include <vector>

#include "expression/assembler.h"

inline bool operator==(const bpf_insn& a, const bpf_insn& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

namespace xdpsift::loader::test {

using expression::instruction;
using Program = std::vector<bpf_insn>;

inline bpf_insn move(std::uint8_t dst, std::int32_t value) {
    return instruction(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value);
}
inline bpf_insn move_register(std::uint8_t dst, std::uint8_t src) {
    return instruction(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}
inline bpf_insn add(std::uint8_t dst, std::int32_t value) {
    return instruction(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value);
}
inline bpf_insn add_register(std::uint8_t dst, std::uint8_t src) {
    return instruction(BPF_ALU64 | BPF_ADD | BPF_X, dst, src, 0, 0);
}
inline bpf_insn load(int size, std::uint8_t dst, std::uint8_t src, std::int16_t offset) {
    return instruction(BPF_LDX | BPF_MEM | size, dst, src, offset, 0);
}
inline bpf_insn store(int size, std::uint8_t dst, std::int16_t offset, std::uint8_t src) {
    return instruction(BPF_STX | BPF_MEM | size, dst, src, offset, 0);
}
inline bpf_insn jump(std::int16_t offset) { return instruction(BPF_JMP | BPF_JA, 0, 0, offset, 0); }
inline bpf_insn jump_if_equal(std::uint8_t dst, std::int32_t value, std::int16_t offset) {
    return instruction(BPF_JMP | BPF_JEQ | BPF_K, dst, 0, offset, value);
}
inline bpf_insn call_helper(std::int32_t number) { return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, number); }
inline bpf_insn call_function(std::int32_t distance) {
    return instruction(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, distance);
}
inline bpf_insn leave() { return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

}  // namespace xdpsift::loader::test
