// SPDX-License-Identifier: BSD-2-Clause
#include "loader/splice.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "expression/translate.h"
#include "xdpsift/event.h"

namespace xdpsift::loader {
namespace {

bool is_call_of_function(const bpf_insn& instruction) {
    return instruction.code == (BPF_JMP | BPF_CALL) && instruction.src_reg == BPF_PSEUDO_CALL;
}

// Bytes of the stack that the function uses. The compiler reaches them from r10, or from a copy that it moves down.
int stack_used(std::span<const bpf_insn> function) {
    int lowest = 0;
    for (const auto& instruction : function) {
        const auto kind = BPF_CLASS(instruction.code);
        const auto base = kind == BPF_LDX ? instruction.src_reg : instruction.dst_reg;
        if ((kind == BPF_LDX || kind == BPF_ST || kind == BPF_STX) && base == BPF_REG_10)
            lowest = std::min<int>(lowest, instruction.off);
        if (instruction.code == (BPF_ALU64 | BPF_ADD) && instruction.imm >= -512)
            lowest = std::min<int>(lowest, instruction.imm);
    }
    return -lowest;
}

std::optional<std::int16_t> displacement(std::size_t from, std::size_t to) {
    const auto distance = static_cast<std::int64_t>(to) - static_cast<std::int64_t>(from) - 1;
    if (distance < std::numeric_limits<std::int16_t>::min() || distance > std::numeric_limits<std::int16_t>::max())
        return std::nullopt;
    return static_cast<std::int16_t>(distance);
}

}  // namespace

Result<std::vector<bpf_insn>> splice(std::span<const bpf_insn> program, const expression::ClassicProgram& expression,
                                     bool fragments) {
    std::vector<std::size_t> calls;
    for (std::size_t i = 0; i < program.size(); i++)
        if (is_call_of_function(program[i])) calls.push_back(i);
    const auto callee = [&](std::size_t call) { return call + 1 + static_cast<std::size_t>(program[call].imm); };
    if (calls.size() != 2 || calls[1] >= callee(calls[0]) || callee(calls[0]) >= callee(calls[1]) ||
        callee(calls[1]) >= program.size())
        return fail(ExitStatus::failed, "the kernel program has no place for an expression");
    const auto [site, copy_site] = std::pair(calls[0], calls[1]);
    const auto start = callee(site);

    using expression::Source;
    const auto used = stack_used(program.first(start));
    const auto translation =
        expression::translate(expression, {.source = fragments ? Source::fragment : Source::frame, .stack_used = used});
    if (!translation) return tl::unexpected(translation.error());
    const auto there = displacement(site, start + 1);
    const auto back = displacement(start, site + 1);
    if (!there || !back) return fail(ExitStatus::failed, "the kernel program is too long for an expression");

    std::vector<bpf_insn> out(program.begin(), program.begin() + static_cast<std::ptrdiff_t>(start));
    out[site] = translation->code.front();
    out[site].off = *there;
    out.insert(out.end(), translation->code.begin(), translation->code.end());
    out[start].off = *back;

    out[copy_site].imm = static_cast<__s32>(out.size() - copy_site - 1);
    if (!fragments) {
        // Never called.
        const auto stub = program.subspan(callee(copy_site));
        out.insert(out.end(), stub.begin(), stub.end());
        return out;
    }
    const auto on_copy = expression::translate(expression, {.source = Source::copy, .copy_capacity = XS_COPY_BYTES});
    if (!on_copy) return tl::unexpected(on_copy.error());
    expression::append_as_function(*on_copy, out);
    return out;
}

}  // namespace xdpsift::loader
