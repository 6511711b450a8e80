// SPDX-License-Identifier: BSD-2-Clause
#include "expression/disassemble.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace xdpsift::expression {
namespace {

std::string unknown(const bpf_insn& instruction) {
    return fmt::format("unknown {:02x} dst {} src {} off {} imm {:#x}", instruction.code, unsigned{instruction.dst_reg},
                       unsigned{instruction.src_reg}, instruction.off, static_cast<std::uint32_t>(instruction.imm));
}

std::string_view alu_operator(std::uint8_t operation) {
    switch (operation) {
        case BPF_ADD: return "+=";
        case BPF_SUB: return "-=";
        case BPF_MUL: return "*=";
        case BPF_DIV: return "/=";
        case BPF_OR: return "|=";
        case BPF_AND: return "&=";
        case BPF_LSH: return "<<=";
        case BPF_RSH: return ">>=";
        case BPF_MOD: return "%=";
        case BPF_XOR: return "^=";
        case BPF_MOV: return "=";
        case BPF_ARSH: return "s>>=";
        default: return {};
    }
}

std::string_view comparison(std::uint8_t operation) {
    switch (operation) {
        case BPF_JEQ: return "==";
        case BPF_JNE: return "!=";
        case BPF_JGT: return ">";
        case BPF_JGE: return ">=";
        case BPF_JLT: return "<";
        case BPF_JLE: return "<=";
        case BPF_JSET: return "&";
        case BPF_JSGT: return "s>";
        case BPF_JSGE: return "s>=";
        case BPF_JSLT: return "s<";
        case BPF_JSLE: return "s<=";
        default: return {};
    }
}

std::string_view width_of(std::uint8_t size) {
    switch (size) {
        case BPF_B: return "u8";
        case BPF_H: return "u16";
        case BPF_W: return "u32";
        default: return "u64";
    }
}

// w0 is the lower half of r0.
std::string register_name(unsigned number, bool half) { return fmt::format("{}{}", half ? 'w' : 'r', number); }

std::string memory(const bpf_insn& instruction, unsigned base) {
    return fmt::format("*({} *)(r{} {:+d})", width_of(BPF_SIZE(instruction.code)), base, instruction.off);
}

std::string alu(const bpf_insn& instruction) {
    const bool half = BPF_CLASS(instruction.code) == BPF_ALU;
    const auto operation = static_cast<std::uint8_t>(BPF_OP(instruction.code));
    const auto dst = register_name(instruction.dst_reg, half);
    if (operation == BPF_END) {
        const auto* order = BPF_SRC(instruction.code) == BPF_TO_BE ? "be" : "le";
        return half ? fmt::format("r{0} = {1}{2} r{0}", unsigned{instruction.dst_reg}, order, instruction.imm)
                    : unknown(instruction);
    }
    if (operation == BPF_NEG) return fmt::format("{0} = -{0}", dst);
    const auto sign = alu_operator(operation);
    if (sign.empty() || instruction.off != 0) return unknown(instruction);
    if (BPF_SRC(instruction.code) == BPF_X)
        return fmt::format("{} {} {}", dst, sign, register_name(instruction.src_reg, half));
    return fmt::format("{} {} {}", dst, sign, instruction.imm);
}

std::string_view helper_name(std::int32_t helper) {
    switch (helper) {
        case BPF_FUNC_map_lookup_elem: return "bpf_map_lookup_elem";
        case BPF_FUNC_xdp_get_buff_len: return "bpf_xdp_get_buff_len";
        case BPF_FUNC_xdp_load_bytes: return "bpf_xdp_load_bytes";
        default: return "unknown";
    }
}

std::string jump(const bpf_insn& instruction) {
    const bool half = BPF_CLASS(instruction.code) == BPF_JMP32;
    const auto operation = static_cast<std::uint8_t>(BPF_OP(instruction.code));
    if (!half && operation == BPF_CALL) {
        if (instruction.src_reg == BPF_PSEUDO_CALL) return fmt::format("call pc{:+d}", instruction.imm);
        if (instruction.src_reg != 0) return unknown(instruction);
        return fmt::format("call {}#{}", helper_name(instruction.imm), instruction.imm);
    }
    if (!half && operation == BPF_EXIT) return "exit";
    if (!half && operation == BPF_JA) return fmt::format("goto pc{:+d}", instruction.off);
    const auto sign = comparison(operation);
    if (sign.empty()) return unknown(instruction);
    const auto dst = register_name(instruction.dst_reg, half);
    const auto with = BPF_SRC(instruction.code) == BPF_X
                          ? register_name(instruction.src_reg, half)
                          : fmt::format("{:#x}", static_cast<std::uint32_t>(instruction.imm));
    return fmt::format("if {} {} {} goto pc{:+d}", dst, sign, with, instruction.off);
}

bool is_wide(const bpf_insn& instruction) { return instruction.code == (BPF_LD | BPF_IMM | BPF_DW); }

std::string text_of(const bpf_insn& instruction) {
    const bool plain = BPF_MODE(instruction.code) == BPF_MEM;
    switch (BPF_CLASS(instruction.code)) {
        case BPF_ALU:
        case BPF_ALU64: return alu(instruction);
        case BPF_JMP:
        case BPF_JMP32: return jump(instruction);
        case BPF_LDX:
            if (plain)
                return fmt::format("r{} = {}", unsigned{instruction.dst_reg}, memory(instruction, instruction.src_reg));
            break;
        case BPF_STX:
            if (plain)
                return fmt::format("{} = r{}", memory(instruction, instruction.dst_reg), unsigned{instruction.src_reg});
            break;
        case BPF_ST:
            if (plain) return fmt::format("{} = {}", memory(instruction, instruction.dst_reg), instruction.imm);
            break;
        default: break;
    }
    return unknown(instruction);
}

}  // namespace

std::vector<InstructionText> disassemble(std::span<const bpf_insn> code) {
    std::vector<InstructionText> out;
    for (std::size_t i = 0; i < code.size(); i++) {
        if (is_wide(code[i]) && i + 1 < code.size()) {
            const auto value = static_cast<std::uint64_t>(static_cast<std::uint32_t>(code[i + 1].imm)) << 32 |
                               static_cast<std::uint32_t>(code[i].imm);
            out.push_back({i, fmt::format("r{} = {:#x}", unsigned{code[i].dst_reg}, value)});
            i++;
        } else {
            out.push_back({i, text_of(code[i])});
        }
    }
    return out;
}

}  // namespace xdpsift::expression
