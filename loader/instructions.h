// SPDX-License-Identifier: BSD-2-Clause
// What a kernel BPF instruction is (RFC 9669), up to -mcpu=v3.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>

namespace xdpsift::loader {

inline constexpr std::size_t kRegisters = 11;

// A constant of 64 bits (BPF_IMM, which is 0): it takes two instructions' room.
inline bool is_wide(const bpf_insn& one) { return one.code == (BPF_LD | BPF_DW); }
inline bool is_arithmetic(const bpf_insn& one) {
    return BPF_CLASS(one.code) == BPF_ALU || BPF_CLASS(one.code) == BPF_ALU64;
}
inline bool is_exit(const bpf_insn& one) { return one.code == (BPF_JMP | BPF_EXIT); }
inline bool is_call(const bpf_insn& one) { return one.code == (BPF_JMP | BPF_CALL); }
// Of another function of the program, and not of the kernel's.
inline bool is_function_call(const bpf_insn& one) { return is_call(one) && one.src_reg == BPF_PSEUDO_CALL; }
inline bool is_jump(const bpf_insn& one) {
    const auto kind = BPF_CLASS(one.code);
    return (kind == BPF_JMP || kind == BPF_JMP32) && !is_call(one) && !is_exit(one);
}
inline bool is_plain_jump(const bpf_insn& one) { return one.code == (BPF_JMP | BPF_JA); }
inline bool is_conditional(const bpf_insn& one) { return is_jump(one) && !is_plain_jump(one); }

// Looks at 32 bits alone.
inline bool is_narrow(const bpf_insn& one) {
    return BPF_CLASS(one.code) == BPF_ALU || BPF_CLASS(one.code) == BPF_JMP32;
}
// Of arithmetic and of jumps: the second operand is a register.
inline bool takes_register(const bpf_insn& one) {
    if (is_arithmetic(one) && (BPF_OP(one.code) == BPF_NEG || BPF_OP(one.code) == BPF_END)) return false;
    return BPF_SRC(one.code) == BPF_X;
}
inline std::size_t bytes_of(const bpf_insn& access) {
    switch (BPF_SIZE(access.code)) {
        case BPF_B: return 1;
        case BPF_H: return 2;
        case BPF_W: return 4;
        default: return 8;
    }
}

// Where the jump, or the call of a function, at `at` leads.
inline std::size_t jump_target(std::size_t at, const bpf_insn& jump) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(at) + 1 + jump.off);
}
inline std::size_t callee(std::size_t at, const bpf_insn& call) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(at) + 1 + call.imm);
}

}  // namespace xdpsift::loader
