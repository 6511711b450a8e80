// SPDX-License-Identifier: BSD-2-Clause
#include "loader/places.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "expression/assembler.h"
#include "expression/translate.h"
#include "loader/instructions.h"

namespace xdpsift::loader {
namespace {

// The calls of functions, all of which the first function makes.
std::vector<std::size_t> calls_in(std::span<const bpf_insn> program) {
    std::vector<std::size_t> calls;
    for (std::size_t i = 0; i < program.size(); i++)
        if (is_function_call(program[i])) calls.push_back(i);
    return calls;
}

std::size_t first_function_end(std::span<const bpf_insn> program, const std::vector<std::size_t>& calls) {
    auto end = program.size();
    for (const auto call : calls) end = std::min(end, callee(call, program[call]));
    return end;
}

// What the compiler has made of a place sets a register to its number.
std::uint32_t place_at(std::span<const bpf_insn> program, std::size_t function) {
    for (auto i = function; i < program.size() && !is_exit(program[i]); i++)
        if (program[i].code == (BPF_ALU64 | BPF_MOV | BPF_K)) return static_cast<std::uint32_t>(program[i].imm);
    return 0;
}

std::optional<std::int16_t> displacement(std::size_t from, std::size_t to) {
    const auto distance = static_cast<std::int64_t>(to) - static_cast<std::int64_t>(from) - 1;
    if (distance < std::numeric_limits<std::int16_t>::min() || distance > std::numeric_limits<std::int16_t>::max())
        return std::nullopt;
    return static_cast<std::int16_t>(distance);
}

// False when it would stand too far away.
bool append_inlined(std::vector<bpf_insn>& out, std::size_t call, const Stretch& stretch) {
    const auto start = out.size();
    const auto there = displacement(call, start + 1);
    const auto back = displacement(start, call + 1);
    if (!there || !back) return false;
    out[call] = expression::instruction(BPF_JMP | BPF_JA, 0, 0, *there, 0);
    out.insert(out.end(), stretch.begin(), stretch.end());
    out[start].off = *back;
    return true;
}

}  // namespace

int stack_used(std::span<const bpf_insn> program) {
    const auto function = program.first(first_function_end(program, calls_in(program)));
    int lowest = 0;
    for (const auto& instruction : function) {
        const auto kind = BPF_CLASS(instruction.code);
        const auto base = kind == BPF_LDX ? instruction.src_reg : instruction.dst_reg;
        if ((kind == BPF_LDX || kind == BPF_ST || kind == BPF_STX) && base == BPF_REG_10)
            lowest = std::min<int>(lowest, instruction.off);
        // The compiler reaches the stack from r10, or from a copy that it moves down.
        if (instruction.code == (BPF_ALU64 | BPF_ADD) && instruction.imm >= -512)
            lowest = std::min<int>(lowest, instruction.imm);
    }
    return -lowest;
}

Result<std::vector<bpf_insn>> fill_places(std::span<const bpf_insn> program, const Stretches& inlined,
                                          const Stretches& functions) {
    const auto calls = calls_in(program);
    const auto end = static_cast<std::ptrdiff_t>(first_function_end(program, calls));
    std::vector<bpf_insn> out(program.begin(), program.begin() + end);
    for (const auto call : calls) {
        const auto place = place_at(program, callee(call, program[call]));
        if (functions.contains(place)) continue;
        const auto found = inlined.find(place);
        if (found == inlined.end())
            return fail(ExitStatus::failed, "the kernel program has a place that nothing is meant for");
        if (!append_inlined(out, call, found->second))
            return fail(ExitStatus::unsupported,
                        "the filter makes the kernel program too long: make the expression or the lists shorter");
    }
    for (const auto& [place, stretch] : functions) {
        const auto start = out.size();
        bool called = false;
        for (const auto call : calls) {
            if (place_at(program, callee(call, program[call])) != place) continue;
            out[call].imm = static_cast<__s32>(start - call - 1);
            called = true;
        }
        if (called) expression::append_as_function({stretch}, out);
    }
    return out;
}

}  // namespace xdpsift::loader
