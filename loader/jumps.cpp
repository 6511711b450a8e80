// SPDX-License-Identifier: BSD-2-Clause
#include "loader/jumps.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "loader/instructions.h"

namespace xdpsift::loader {
namespace {

// A way of more jumps than that is a loop.
constexpr int kMostSteps = 64;

bool sets_constant(const bpf_insn& one) { return one.code == (BPF_ALU64 | BPF_MOV | BPF_K); }

std::vector<bool> targets(std::span<const bpf_insn> program) {
    std::vector<bool> out(program.size() + 1);
    for (std::size_t i = 0; i < program.size(); i++)
        if (is_jump(program[i])) out[jump_target(i, program[i])] = true;
    return out;
}

// Where `comparison` of `constant`'s register leads, if it is one.
std::optional<bool> outcome(const bpf_insn& comparison, const bpf_insn& constant) {
    const bool of_it = comparison.dst_reg == constant.dst_reg && BPF_SRC(comparison.code) == BPF_K;
    if (!of_it) return std::nullopt;
    switch (comparison.code) {
        case BPF_JMP | BPF_JEQ:
        case BPF_JMP32 | BPF_JEQ: return constant.imm == comparison.imm;
        case BPF_JMP | BPF_JNE:
        case BPF_JMP32 | BPF_JNE: return constant.imm != comparison.imm;
        default: return std::nullopt;
    }
}

}  // namespace

void shorten_jumps(std::span<bpf_insn> program) {
    const auto entered = targets(program);
    for (std::size_t i = 0; i < program.size(); i++) {
        if (!is_jump(program[i])) continue;
        auto to = jump_target(i, program[i]);
        const bool knows = is_plain_jump(program[i]) && i > 0 && !entered[i] && sets_constant(program[i - 1]);
        for (int step = 0; step < kMostSteps && to < program.size(); step++) {
            const auto& there = program[to];
            if (is_plain_jump(there)) {
                to = jump_target(to, there);
            } else if (const auto taken = knows ? outcome(there, program[i - 1]) : std::nullopt) {
                to = *taken ? jump_target(to, there) : to + 1;
            } else {
                break;
            }
        }
        const auto distance = static_cast<std::int64_t>(to) - static_cast<std::int64_t>(i) - 1;
        if (distance < std::numeric_limits<__s16>::min() || distance > std::numeric_limits<__s16>::max()) continue;
        program[i].off = static_cast<__s16>(distance);
    }
}

}  // namespace xdpsift::loader
