// SPDX-License-Identifier: BSD-2-Clause
#include "loader/effects.h"

#include <algorithm>

namespace xdpsift::loader {
namespace {

constexpr Marks kArguments = 0b111110;  // r1 to r5
constexpr Marks kClobbered = 0b111111;  // by a call
constexpr int kCellBytes = 8;
constexpr int kMostCells = 64 - static_cast<int>(kRegisters);
constexpr int kBelowEveryStack = -1'000'000;

// BPF_ADD and BPF_K are both 0.
constexpr std::uint8_t kAddNumber = BPF_ALU64 | BPF_ADD;

bool within_a_cell(const bpf_insn& access) {
    const int begin = (access.off % kCellBytes + kCellBytes) % kCellBytes;
    return begin + static_cast<int>(bytes_of(access)) <= kCellBytes;
}

bool is_copy_of_stack_pointer(const bpf_insn& one) {
    return one.code == (BPF_ALU64 | BPF_MOV | BPF_X) && one.src_reg == BPF_REG_10;
}

}  // namespace

bool loads_from_stack(const bpf_insn& one) { return BPF_CLASS(one.code) == BPF_LDX && one.src_reg == BPF_REG_10; }
bool stores_to_stack(const bpf_insn& one) {
    return (BPF_CLASS(one.code) == BPF_ST || BPF_CLASS(one.code) == BPF_STX) && one.dst_reg == BPF_REG_10;
}

Cells::Cells(std::span<const bpf_insn> program) {
    for (std::size_t i = 0; i < program.size(); i++) {
        const auto& one = program[i];
        if (is_copy_of_stack_pointer(one)) {
            const bool moved =
                i + 1 < program.size() && program[i + 1].dst_reg == one.dst_reg && program[i + 1].code == kAddNumber;
            end_ = std::min(end_, moved ? program[i + 1].imm : kBelowEveryStack);
        } else if ((loads_from_stack(one) || stores_to_stack(one)) &&
                   (BPF_MODE(one.code) != BPF_MEM || !within_a_cell(one))) {
            end_ = kBelowEveryStack;
        }
        if (is_wide(one)) i++;
    }
}

std::optional<Marks> Cells::at(const bpf_insn& access) const {
    const int cell = (-access.off + kCellBytes - 1) / kCellBytes - 1;
    if (access.off >= 0 || access.off + static_cast<int>(bytes_of(access)) > end_ || cell >= kMostCells)
        return std::nullopt;
    return bit(kRegisters + static_cast<std::size_t>(cell));
}

Marks read_by(const bpf_insn& one, const Cells& cells) {
    if (is_call(one)) return kArguments;
    if (is_exit(one)) return bit(BPF_REG_0);
    if (is_plain_jump(one)) return 0;
    switch (BPF_CLASS(one.code)) {
        case BPF_LD: return 0;
        case BPF_LDX: return bit(one.src_reg) | (loads_from_stack(one) ? cells.at(one).value_or(0) : 0);
        case BPF_ST: return bit(one.dst_reg);
        // A compare-and-exchange reads r0 too.
        case BPF_STX:
            return bit(one.dst_reg) | bit(one.src_reg) | (BPF_MODE(one.code) == BPF_ATOMIC ? bit(BPF_REG_0) : 0);
        default: break;
    }
    const bool moves = is_arithmetic(one) && BPF_OP(one.code) == BPF_MOV;
    return (moves ? 0 : bit(one.dst_reg)) | (takes_register(one) ? bit(one.src_reg) : 0);
}

Marks written_by(const bpf_insn& one, const Cells& cells) {
    if (is_call(one)) return kClobbered;
    if (stores_to_stack(one)) return bytes_of(one) == kCellBytes ? cells.at(one).value_or(0) : 0;
    const bool sets = is_arithmetic(one) || BPF_CLASS(one.code) == BPF_LD || BPF_CLASS(one.code) == BPF_LDX;
    return sets ? bit(one.dst_reg) : 0;
}

}  // namespace xdpsift::loader
