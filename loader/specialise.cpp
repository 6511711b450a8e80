// SPDX-License-Identifier: BSD-2-Clause
#include "loader/specialise.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>

#include "expression/assembler.h"
#include "loader/effects.h"
#include "loader/instructions.h"

namespace xdpsift::loader {
namespace {

using expression::instruction;

// What is known of a register.
struct Value {
    enum class Kind : std::uint8_t { unknown, constant, data } kind = Kind::unknown;
    std::uint64_t bits = 0;  // data: the offset of the read-only data that it points to
    bool operator==(const Value&) const = default;
};
using Registers = std::array<Value, kRegisters>;

constexpr Value constant(std::uint64_t bits) { return {Value::Kind::constant, bits}; }

// None where the result is left to the kernel: division by zero, byte order, shifts that are too far.
std::optional<std::uint64_t> calculate(std::uint8_t operation, bool narrow, std::uint64_t a, std::uint64_t b) {
    const unsigned bits = narrow ? 32 : 64;
    if (narrow) {
        a = static_cast<std::uint32_t>(a);
        b = static_cast<std::uint32_t>(b);
    }
    std::uint64_t out = 0;
    switch (operation) {
        case BPF_MOV: out = b; break;
        case BPF_ADD: out = a + b; break;
        case BPF_SUB: out = a - b; break;
        case BPF_MUL: out = a * b; break;
        case BPF_OR: out = a | b; break;
        case BPF_AND: out = a & b; break;
        case BPF_XOR: out = a ^ b; break;
        case BPF_NEG: out = 0 - a; break;
        case BPF_LSH:
            if (b >= bits) return std::nullopt;
            out = a << b;
            break;
        case BPF_RSH:
            if (b >= bits) return std::nullopt;
            out = a >> b;
            break;
        default: return std::nullopt;
    }
    return narrow ? static_cast<std::uint32_t>(out) : out;
}

std::optional<bool> decide(std::uint8_t operation, bool narrow, std::uint64_t a, std::uint64_t b) {
    auto signed_a = static_cast<std::int64_t>(a), signed_b = static_cast<std::int64_t>(b);
    if (narrow) {
        a = static_cast<std::uint32_t>(a);
        b = static_cast<std::uint32_t>(b);
        signed_a = static_cast<std::int32_t>(a);
        signed_b = static_cast<std::int32_t>(b);
    }
    switch (operation) {
        case BPF_JEQ: return a == b;
        case BPF_JNE: return a != b;
        case BPF_JGT: return a > b;
        case BPF_JGE: return a >= b;
        case BPF_JLT: return a < b;
        case BPF_JLE: return a <= b;
        case BPF_JSET: return (a & b) != 0;
        case BPF_JSGT: return signed_a > signed_b;
        case BPF_JSGE: return signed_a >= signed_b;
        case BPF_JSLT: return signed_a < signed_b;
        case BPF_JSLE: return signed_a <= signed_b;
        default: return std::nullopt;
    }
}

// As an instruction's own constant, which the kernel extends by its sign to 64 bits.
std::optional<std::int32_t> immediate(std::uint64_t bits, bool narrow) {
    if (narrow) return static_cast<std::int32_t>(bits);
    const auto value = static_cast<std::int64_t>(bits);
    if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max())
        return std::nullopt;
    return static_cast<std::int32_t>(value);
}

class Specialisation {
   public:
    Specialisation(std::span<const bpf_insn> program, const ReadOnlyData& data)
        : program_(program), data_(data), known_(program.size()) {}

    std::vector<bpf_insn> result() {
        follow();
        code_.resize(program_.size());
        for (std::size_t i = 0; i < program_.size(); i++)
            if (known_[i]) rewrite(i, *known_[i]);
        leave_out_unused();
        return packed();
    }

   private:
    struct Instruction {
        bool kept = false;
        bpf_insn one{};
        std::optional<std::uint64_t> wide;  // one becomes the load of a 64-bit constant
    };

    std::size_t behind(std::size_t i) const { return i + (is_wide(program_[i]) ? 2 : 1); }

    // Goes through the program until nothing new is known, along the ways that are possible.
    void follow() {
        reach(0, {});
        while (!open_.empty()) {
            const auto i = open_.back();
            open_.pop_back();
            const auto& one = program_[i];
            const auto before = *known_[i];
            if (is_exit(one)) continue;
            if (is_plain_jump(one)) {
                reach(jump_target(i, one), before);
            } else if (is_conditional(one)) {
                const auto outcome = outcome_of(one, before);
                if (outcome.value_or(true)) reach(jump_target(i, one), before);
                if (!outcome.value_or(false)) reach(i + 1, before);
            } else {
                if (is_function_call(one)) reach(callee(i, one), {});
                reach(behind(i), after(i, before));
            }
        }
    }

    void reach(std::size_t i, const Registers& registers) {
        auto& known = known_[i];
        auto joined = registers;
        if (known) {
            for (std::size_t r = 0; r < kRegisters; r++)
                if ((*known)[r] != registers[r]) joined[r] = {};
            if (joined == *known) return;
        }
        known = joined;
        open_.push_back(i);
    }

    static Value operand(const bpf_insn& one, const Registers& registers) {
        if (takes_register(one)) return registers[one.src_reg];
        return constant(static_cast<std::uint64_t>(std::int64_t{one.imm}));
    }

    static std::optional<bool> outcome_of(const bpf_insn& one, const Registers& registers) {
        const auto a = registers[one.dst_reg], b = operand(one, registers);
        if (a.kind != Value::Kind::constant || b.kind != Value::Kind::constant) return std::nullopt;
        return decide(static_cast<std::uint8_t>(BPF_OP(one.code)), is_narrow(one), a.bits, b.bits);
    }

    Registers after(std::size_t i, Registers registers) const {
        const auto& one = program_[i];
        if (is_call(one)) {
            std::fill_n(registers.begin(), 6, Value{});
        } else if (is_wide(one)) {
            registers[one.dst_reg] = wide_constant(i);
        } else if (BPF_CLASS(one.code) == BPF_LDX) {
            registers[one.dst_reg] = loaded(one, registers[one.src_reg]);
        } else if (is_arithmetic(one)) {
            registers[one.dst_reg] = calculated(one, registers);
        } else if (BPF_CLASS(one.code) == BPF_STX && BPF_MODE(one.code) == BPF_ATOMIC) {
            registers[one.src_reg] = {};
            registers[BPF_REG_0] = {};
        }
        return registers;
    }

    Value wide_constant(std::size_t i) const {
        const auto& one = program_[i];
        const auto upper = program_[i + 1].imm;
        if (one.src_reg == 0)
            return constant(static_cast<std::uint64_t>(static_cast<std::uint32_t>(upper)) << 32 |
                            static_cast<std::uint32_t>(one.imm));
        if (one.src_reg == BPF_PSEUDO_MAP_VALUE && one.imm == data_.map_fd)
            return {Value::Kind::data, static_cast<std::uint32_t>(upper)};
        return {};
    }

    Value loaded(const bpf_insn& load, const Value& from) const {
        if (from.kind != Value::Kind::data || BPF_MODE(load.code) != BPF_MEM) return {};
        const auto size = bytes_of(load);
        const auto at = from.bits + static_cast<std::uint64_t>(std::int64_t{load.off});
        if (at > data_.bytes.size() || size > data_.bytes.size() - at) return {};
        // The kernel that the program is for has this machine's byte order.
        const auto* bytes = data_.bytes.data() + at;
        const auto read = [bytes]<typename Word>(Word word) {
            std::memcpy(&word, bytes, sizeof(word));
            return constant(word);
        };
        switch (size) {
            case 1: return read(std::uint8_t{});
            case 2: return read(std::uint16_t{});
            case 4: return read(std::uint32_t{});
            default: return read(std::uint64_t{});
        }
    }

    static Value calculated(const bpf_insn& one, const Registers& registers) {
        const auto operation = static_cast<std::uint8_t>(BPF_OP(one.code));
        const auto a = registers[one.dst_reg], b = operand(one, registers);
        if (one.off != 0 || b.kind == Value::Kind::unknown) return {};
        if (operation == BPF_MOV && !is_narrow(one)) return b;
        if (b.kind != Value::Kind::constant) return {};
        if (operation == BPF_MOV || a.kind == Value::Kind::constant) {
            const auto result = calculate(operation, is_narrow(one), a.bits, b.bits);
            return result ? constant(*result) : Value{};
        }
        const bool moves = a.kind == Value::Kind::data && operation == BPF_ADD && !is_narrow(one);
        return moves ? Value{Value::Kind::data, a.bits + b.bits} : Value{};
    }

    void rewrite(std::size_t i, const Registers& before) {
        auto& out = code_[i];
        out = {true, program_[i], {}};
        const auto& one = program_[i];
        if (is_conditional(one)) {
            const auto outcome = outcome_of(one, before);
            if (outcome)
                out = {*outcome, instruction(BPF_JMP | BPF_JA, 0, 0, one.off, 0), {}};
            else
                take_constant(out.one, before);
        } else if (is_arithmetic(one) || BPF_CLASS(one.code) == BPF_LDX) {
            const auto result = after(i, before)[one.dst_reg];
            if (result.kind == Value::Kind::constant)
                set_constant(out, result.bits);
            else if (is_arithmetic(one))
                take_constant(out.one, before);
        }
    }

    static void set_constant(Instruction& out, std::uint64_t bits) {
        const auto dst = out.one.dst_reg;
        if (const auto value = immediate(bits, false))
            out.one = instruction(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, *value);
        else if (bits <= std::numeric_limits<std::uint32_t>::max())
            out.one = instruction(BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, static_cast<std::int32_t>(bits));
        else
            out.wide = bits;
    }

    // In place of the register that is known.
    static void take_constant(bpf_insn& one, const Registers& before) {
        const auto operation = BPF_OP(one.code);
        const bool shift =
            is_arithmetic(one) && (operation == BPF_LSH || operation == BPF_RSH || operation == BPF_ARSH);
        const bool division = is_arithmetic(one) && (operation == BPF_DIV || operation == BPF_MOD);
        if (!takes_register(one) || shift || division || (is_arithmetic(one) && one.off != 0)) return;
        const auto known = before[one.src_reg];
        const auto value = known.kind == Value::Kind::constant ? immediate(known.bits, is_narrow(one)) : std::nullopt;
        if (value) one = instruction((one.code & ~BPF_X) | BPF_K, one.dst_reg, 0, one.off, *value);
    }

    template <typename Visit>
    void successors(std::size_t i, Visit visit) const {
        const auto& one = code_[i].one;
        if (code_[i].kept && is_exit(one)) return;
        if (code_[i].kept && is_jump(one)) visit(jump_target(i, one));
        if (!code_[i].kept || !is_plain_jump(one)) visit(behind(i));
    }

    // A value that nothing reads goes, and then what only it has read.
    void leave_out_unused() {
        const Cells cells(program_);
        std::vector<Marks> live(program_.size() + 1);  // before each instruction
        for (bool changed = true; changed;) {
            changed = false;
            for (auto i = program_.size(); i-- > 0;) {
                if (!known_[i]) continue;
                auto before = live_behind(i, live);
                if (code_[i].kept && !is_unused(code_[i], before, cells)) before = live_before(code_[i], before, cells);
                changed = changed || before != live[i];
                live[i] = before;
            }
        }
        for (std::size_t i = 0; i < program_.size(); i++)
            if (known_[i] && is_unused(code_[i], live_behind(i, live), cells)) code_[i].kept = false;
    }

    Marks live_behind(std::size_t i, const std::vector<Marks>& live) const {
        Marks out = 0;
        successors(i, [&](std::size_t next) { out |= live[next]; });
        return out;
    }

    static Marks live_before(const Instruction& here, Marks behind, const Cells& cells) {
        if (here.wide) return behind & ~bit(here.one.dst_reg);
        return (behind & ~written_by(here.one, cells)) | read_by(here.one, cells);
    }

    static bool is_unused(const Instruction& here, Marks live_behind, const Cells& cells) {
        if (stores_to_stack(here.one)) {
            const auto cell = cells.at(here.one);
            return cell && (live_behind & *cell) == 0;
        }
        const auto kind = BPF_CLASS(here.one.code);
        const bool has_no_other_effect = is_arithmetic(here.one) || kind == BPF_LD || kind == BPF_LDX;
        return has_no_other_effect && (live_behind & bit(here.one.dst_reg)) == 0;
    }

    std::vector<bpf_insn> packed() const {
        // Where each instruction, or the next one that is kept, will stand.
        std::vector<std::size_t> at(program_.size() + 1);
        std::size_t size = 0;
        for (std::size_t i = 0; i < program_.size(); i++) {
            at[i] = size;
            if (code_[i].kept) size += is_wide(code_[i].one) || code_[i].wide ? 2 : 1;
        }
        at[program_.size()] = size;
        std::vector<bpf_insn> out;
        out.reserve(size);
        for (std::size_t i = 0; i < program_.size(); i++) {
            if (!code_[i].kept) continue;
            auto one = code_[i].one;
            const auto distance = [&](std::size_t to) {
                return static_cast<std::int64_t>(at[to]) - static_cast<std::int64_t>(out.size()) - 1;
            };
            if (code_[i].wide) {
                out.push_back(
                    instruction(BPF_LD | BPF_DW, one.dst_reg, 0, 0, static_cast<std::int32_t>(*code_[i].wide)));
                out.push_back(instruction(0, 0, 0, 0, static_cast<std::int32_t>(*code_[i].wide >> 32)));
                continue;
            }
            if (is_jump(one)) one.off = static_cast<__s16>(distance(jump_target(i, one)));
            if (is_function_call(one)) one.imm = static_cast<__s32>(distance(callee(i, one)));
            out.push_back(one);
            if (is_wide(one)) out.push_back(program_[i + 1]);
        }
        return out;
    }

    std::span<const bpf_insn> program_;
    const ReadOnlyData& data_;
    std::vector<std::optional<Registers>> known_;  // before each instruction; none: no way leads there
    std::vector<std::size_t> open_;
    std::vector<Instruction> code_;
};

}  // namespace

std::vector<bpf_insn> specialise(std::span<const bpf_insn> program, const ReadOnlyData& data) {
    return Specialisation(program, data).result();
}

}  // namespace xdpsift::loader
