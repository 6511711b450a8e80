// SPDX-License-Identifier: BSD-2-Clause
#include "harness/kernel_machine.h"

#include <linux/filter.h>

#include <algorithm>

namespace xdpsift::harness {
namespace {

// What is left in registers and on the stack by others.
constexpr std::uint64_t kGarbage = 0xa5a5'a5a5'a5a5'a5a5;
// Of a program: loops end long before.
constexpr std::size_t kMostExecuted = 20'000'000;

std::size_t size_of(std::uint8_t code) {
    switch (BPF_SIZE(code)) {
        case BPF_B: return 1;
        case BPF_H: return 2;
        case BPF_W: return 4;
        default: return 8;
    }
}

}  // namespace

KernelMachine::KernelMachine(std::span<const std::uint8_t> frame, std::size_t first) : frame_(frame), first_(first) {
    registers.fill(kGarbage);
    registers[BPF_REG_10] = kStackEnd;
    stack_.fill(static_cast<std::uint8_t>(kGarbage));
}

bool KernelMachine::run(std::span<const bpf_insn> code, std::size_t entry, std::size_t leave, std::size_t most) {
    at_ = static_cast<std::int64_t>(entry);
    while (at_ != static_cast<std::int64_t>(leave)) {
        if (at_ < 0 || at_ >= std::ssize(code) || executed_ == most) return false;
        executed_++;
        const auto& instruction = code[static_cast<std::size_t>(at_++)];
        if (instruction.code == (BPF_LD | BPF_IMM | BPF_DW)) {
            if (at_ >= std::ssize(code)) return false;
            const auto upper = static_cast<std::uint32_t>(code[static_cast<std::size_t>(at_++)].imm);
            registers[instruction.dst_reg] = std::uint64_t{upper} << 32 | static_cast<std::uint32_t>(instruction.imm);
        } else if (!step(instruction)) {
            return false;
        }
    }
    return true;
}

bool KernelMachine::step(const bpf_insn& instruction) {
    const auto address = [&](unsigned base) { return registers[base] + static_cast<std::uint64_t>(instruction.off); };
    const auto bytes = size_of(instruction.code);
    switch (BPF_CLASS(instruction.code)) {
        case BPF_ALU:
        case BPF_ALU64: return operate(instruction);
        case BPF_JMP:
        case BPF_JMP32: return jump(instruction);
        case BPF_LDX: return load(registers[instruction.dst_reg], address(instruction.src_reg), bytes);
        case BPF_STX: return store(address(instruction.dst_reg), registers[instruction.src_reg], bytes);
        case BPF_ST: return store(address(instruction.dst_reg), static_cast<std::uint64_t>(instruction.imm), bytes);
        default: return false;
    }
}

bool KernelMachine::operate(const bpf_insn& instruction) {
    const bool narrow = BPF_CLASS(instruction.code) == BPF_ALU;
    auto& dst = registers[instruction.dst_reg];
    const auto operation = BPF_OP(instruction.code);
    if (operation == BPF_END) {
        if (!narrow || BPF_SRC(instruction.code) != BPF_TO_BE) return false;
        if (instruction.imm == 16)
            dst = __builtin_bswap16(static_cast<std::uint16_t>(dst));
        else
            dst = __builtin_bswap32(static_cast<std::uint32_t>(dst));
        return instruction.imm == 16 || instruction.imm == 32;
    }
    const auto mask = narrow ? std::uint64_t{0xffff'ffff} : ~std::uint64_t{0};
    const auto a = dst & mask;
    const auto b = (BPF_SRC(instruction.code) == BPF_X ? registers[instruction.src_reg]
                                                       : static_cast<std::uint64_t>(instruction.imm)) &
                   mask;
    const auto shift = b & (narrow ? 31 : 63);
    switch (operation) {
        case BPF_MOV: dst = b; break;
        case BPF_ADD: dst = a + b; break;
        case BPF_SUB: dst = a - b; break;
        case BPF_MUL: dst = a * b; break;
        case BPF_OR: dst = a | b; break;
        case BPF_AND: dst = a & b; break;
        case BPF_XOR: dst = a ^ b; break;
        case BPF_NEG: dst = 0 - a; break;
        case BPF_LSH: dst = a << shift; break;
        case BPF_RSH: dst = a >> shift; break;
        // As the kernel has it; a translation does not come here.
        case BPF_DIV: dst = b == 0 ? 0 : a / b; break;
        case BPF_MOD: dst = b == 0 ? a : a % b; break;
        default: return false;
    }
    dst &= mask;
    return true;
}

bool KernelMachine::jump(const bpf_insn& instruction) {
    const bool narrow = BPF_CLASS(instruction.code) == BPF_JMP32;
    const auto mask = narrow ? std::uint64_t{0xffff'ffff} : ~std::uint64_t{0};
    const auto a = registers[instruction.dst_reg] & mask;
    const auto b = (BPF_SRC(instruction.code) == BPF_X ? registers[instruction.src_reg]
                                                       : static_cast<std::uint64_t>(instruction.imm)) &
                   mask;
    bool holds = false;
    switch (BPF_OP(instruction.code)) {
        case BPF_JA: holds = true; break;
        case BPF_JEQ: holds = a == b; break;
        case BPF_JNE: holds = a != b; break;
        case BPF_JGT: holds = a > b; break;
        case BPF_JGE: holds = a >= b; break;
        case BPF_JLT: holds = a < b; break;
        case BPF_JLE: holds = a <= b; break;
        case BPF_JSET: holds = (a & b) != 0; break;
        default: return false;
    }
    if (holds) at_ += instruction.off;
    return true;
}

std::optional<std::uint8_t> KernelMachine::byte_at(std::uint64_t address) const {
    if (address >= kFrameAt && address < kFrameAt + first_) return frame_[address - kFrameAt];
    if (address < kStackEnd && address >= kStackEnd - kStackBytes) return stack_[address - (kStackEnd - kStackBytes)];
    return std::nullopt;
}

bool KernelMachine::load(std::uint64_t& to, std::uint64_t address, std::size_t bytes) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; i++) {
        const auto byte = byte_at(address + i);
        if (!byte) return false;
        value |= std::uint64_t{*byte} << 8 * i;
    }
    to = value;
    return true;
}

bool KernelMachine::store(std::uint64_t address, std::uint64_t value, std::size_t bytes) {
    if (address < kStackEnd - kStackBytes || address + bytes > kStackEnd) return false;
    for (std::size_t i = 0; i < bytes; i++)
        stack_[address + i - (kStackEnd - kStackBytes)] = static_cast<std::uint8_t>(value >> 8 * i);
    return true;
}

std::optional<std::uint32_t> verdict_of(const expression::Translation& translation, expression::Source source,
                                        std::span<const std::uint8_t> frame, std::size_t first) {
    KernelMachine machine(frame, first);
    machine.registers[BPF_REG_2] = KernelMachine::kFrameAt;
    machine.registers[BPF_REG_3] = source == expression::Source::copy ? first : KernelMachine::kFrameAt + first;
    machine.registers[BPF_REG_4] = frame.size();
    if (!machine.run(translation.code, 1, 0, kMostExecuted)) return std::nullopt;
    return static_cast<std::uint32_t>(machine.registers[BPF_REG_0]);
}

}  // namespace xdpsift::harness
