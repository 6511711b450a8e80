// SPDX-License-Identifier: BSD-2-Clause
#include "expression/classic.h"

#include <fmt/format.h>

#include <algorithm>

namespace xdpsift::expression {
namespace {

bool is_known_load(std::uint16_t code) {
    switch (code) {
        case BPF_LD | BPF_W | BPF_ABS:
        case BPF_LD | BPF_H | BPF_ABS:
        case BPF_LD | BPF_B | BPF_ABS:
        case BPF_LD | BPF_W | BPF_IND:
        case BPF_LD | BPF_H | BPF_IND:
        case BPF_LD | BPF_B | BPF_IND:
        case BPF_LD | BPF_W | BPF_LEN:
        case BPF_LD | BPF_IMM:
        case BPF_LD | BPF_MEM:
        case BPF_LDX | BPF_W | BPF_LEN:
        case BPF_LDX | BPF_B | BPF_MSH:
        case BPF_LDX | BPF_IMM:
        case BPF_LDX | BPF_MEM: return true;
        default: return false;
    }
}

bool is_known_operation(std::uint16_t code) {
    if ((code & ~0xff) != 0) return false;
    switch (BPF_OP(code)) {
        case BPF_ADD:
        case BPF_SUB:
        case BPF_MUL:
        case BPF_DIV:
        case BPF_OR:
        case BPF_AND:
        case BPF_LSH:
        case BPF_RSH:
        case BPF_MOD:
        case BPF_XOR: return true;
        case BPF_NEG: return BPF_SRC(code) == BPF_K;
        default: return false;
    }
}

bool is_known_jump(std::uint16_t code) {
    switch (code & ~BPF_X) {
        case BPF_JMP | BPF_JA: return BPF_SRC(code) == BPF_K;
        case BPF_JMP | BPF_JEQ:
        case BPF_JMP | BPF_JGT:
        case BPF_JMP | BPF_JGE:
        case BPF_JMP | BPF_JSET: return true;
        default: return false;
    }
}

bool is_known(std::uint16_t code) {
    switch (BPF_CLASS(code)) {
        case BPF_LD:
        case BPF_LDX: return is_known_load(code);
        case BPF_ST:
        case BPF_STX: return code == BPF_ST || code == BPF_STX;
        case BPF_ALU: return is_known_operation(code);
        case BPF_JMP: return is_known_jump(code);
        case BPF_RET: return code == (BPF_RET | BPF_K) || code == (BPF_RET | BPF_A);
        case BPF_MISC: return code == (BPF_MISC | BPF_TAX) || code == (BPF_MISC | BPF_TXA);
        default: return false;
    }
}

bool uses_memory(std::uint16_t code) {
    return code == BPF_ST || code == BPF_STX || code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM);
}

}  // namespace

Successors successors(const ClassicProgram& program, std::size_t index) {
    const auto& instruction = program[index];
    const auto next = index + 1;
    if (BPF_CLASS(instruction.code) == BPF_RET) return {};
    if (BPF_CLASS(instruction.code) != BPF_JMP) return {1, {next, 0}};
    // Signed: libpcap's "protochain" jumps back.
    if (BPF_OP(instruction.code) == BPF_JA)
        return {1, {next + static_cast<std::size_t>(std::int64_t{static_cast<std::int32_t>(instruction.k)}), 0}};
    return {2, {next + instruction.jt, next + instruction.jf}};
}

bool reads_length(const ClassicProgram& program) {
    return std::any_of(program.begin(), program.end(), [](const sock_filter& instruction) {
        return BPF_CLASS(instruction.code) <= BPF_LDX && BPF_MODE(instruction.code) == BPF_LEN;
    });
}

Result<void> check(const ClassicProgram& program) {
    const auto wrong = [](std::size_t index, const char* what) {
        return fail(ExitStatus::usage, fmt::format("instruction {} of the classic BPF program {}", index, what));
    };
    if (program.empty()) return fail(ExitStatus::usage, "the classic BPF program is empty");
    for (std::size_t i = 0; i < program.size(); i++) {
        if (!is_known(program[i].code)) return wrong(i, "has an unknown code");
        if (uses_memory(program[i].code) && program[i].k >= BPF_MEMWORDS)
            return wrong(i, "is about a memory word that there is not");
        const auto next = successors(program, i);
        for (std::size_t s = 0; s < next.count; s++) {
            if (next.at[s] >= program.size()) return wrong(i, "leads out of it");
            if (next.at[s] == i) return wrong(i, "never ends");
        }
    }
    return {};
}

}  // namespace xdpsift::expression
