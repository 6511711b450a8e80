// SPDX-License-Identifier: BSD-2-Clause
#include "fuzz/classic_machine.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "expression/translate.h"

namespace xdpsift::fuzz {
namespace {

class Machine {
   public:
    Machine(std::span<const std::uint8_t> data, std::size_t frame_len)
        : data_(data), frame_len_(static_cast<std::uint32_t>(frame_len)) {}

    // False after the verdict.
    bool step(const sock_filter& instruction) {
        switch (BPF_CLASS(instruction.code)) {
            case BPF_LD: return load(instruction, a_);
            case BPF_LDX: return load(instruction, x_);
            case BPF_ST: memory_[instruction.k] = a_; return true;
            case BPF_STX: memory_[instruction.k] = x_; return true;
            case BPF_ALU: return operate(instruction);
            case BPF_JMP: return jump(instruction);
            case BPF_MISC:
                if (BPF_MISCOP(instruction.code) == BPF_TAX)
                    x_ = a_;
                else
                    a_ = x_;
                return true;
            default: outcome_.accepts = (BPF_RVAL(instruction.code) == BPF_A ? a_ : instruction.k) != 0; return false;
        }
    }
    std::int64_t skip() { return std::exchange(skip_, 0); }
    // A loop is entered, and not by its way back.
    void enter_loop() { rounds_ = 0; }
    const Outcome& outcome() const { return outcome_; }

   private:
    bool load(const sock_filter& instruction, std::uint32_t& to) {
        std::optional<std::uint32_t> value;
        const std::uint64_t at = instruction.k;
        switch (BPF_MODE(instruction.code)) {
            case BPF_IMM: value = instruction.k; break;
            case BPF_LEN: value = frame_len_; break;
            case BPF_MEM: value = memory_[instruction.k]; break;
            case BPF_ABS: value = bytes(at, expression::load_size(instruction)); break;
            case BPF_IND: value = bytes(at + x_, expression::load_size(instruction)); break;
            default:
                value = bytes(at, 1);
                if (value) value = (*value & 0xf) * 4;
                break;
        }
        outcome_.missed = !value;
        to = value.value_or(0);
        return value.has_value();
    }

    std::optional<std::uint32_t> bytes(std::uint64_t at, std::uint32_t count) const {
        if (at + count > data_.size()) return std::nullopt;
        std::uint32_t value = 0;
        for (const auto byte : data_.subspan(at, count)) value = value << 8 | byte;
        return value;
    }

    bool operate(const sock_filter& instruction) {
        const auto operand = BPF_SRC(instruction.code) == BPF_X ? x_ : instruction.k;
        switch (BPF_OP(instruction.code)) {
            case BPF_ADD: a_ += operand; break;
            case BPF_SUB: a_ -= operand; break;
            case BPF_MUL: a_ *= operand; break;
            case BPF_OR: a_ |= operand; break;
            case BPF_AND: a_ &= operand; break;
            case BPF_XOR: a_ ^= operand; break;
            case BPF_LSH: a_ = operand < 32 ? a_ << operand : 0; break;
            case BPF_RSH: a_ = operand < 32 ? a_ >> operand : 0; break;
            case BPF_NEG: a_ = 0 - a_; break;
            case BPF_DIV:
                if (operand == 0) return false;
                a_ /= operand;
                break;
            default:
                if (operand == 0) return false;
                a_ %= operand;
                break;
        }
        return true;
    }

    bool jump(const sock_filter& instruction) {
        if (BPF_OP(instruction.code) == BPF_JA) {
            skip_ = static_cast<std::int32_t>(instruction.k);
            outcome_.exhausted = skip_ < 0 && ++rounds_ > expression::kMaxRounds;
            return !outcome_.exhausted;
        }
        const auto operand = BPF_SRC(instruction.code) == BPF_X ? x_ : instruction.k;
        bool holds = false;
        switch (BPF_OP(instruction.code)) {
            case BPF_JEQ: holds = a_ == operand; break;
            case BPF_JGT: holds = a_ > operand; break;
            case BPF_JGE: holds = a_ >= operand; break;
            default: holds = (a_ & operand) != 0; break;
        }
        skip_ = holds ? instruction.jt : instruction.jf;
        return true;
    }

    std::span<const std::uint8_t> data_;
    std::uint32_t frame_len_;
    std::uint32_t a_ = 0;
    std::uint32_t x_ = 0;
    std::array<std::uint32_t, BPF_MEMWORDS> memory_{};
    std::int64_t skip_ = 0;
    int rounds_ = 0;
    Outcome outcome_;
};

}  // namespace

Outcome run_classic(const expression::ClassicProgram& program, std::span<const std::uint8_t> data,
                    std::size_t frame_len) {
    Machine machine(data, frame_len);
    std::vector<bool> loops(program.size());
    for (std::size_t i = 0; i < program.size(); i++) {
        const auto skip = static_cast<std::int32_t>(program[i].k);
        if (program[i].code == (BPF_JMP | BPF_JA) && skip < 0)
            loops[static_cast<std::size_t>(static_cast<std::int64_t>(i) + 1 + skip)] = true;
    }
    std::int64_t at = 0;
    while (machine.step(program[static_cast<std::size_t>(at)])) {
        const auto skip = machine.skip();
        at += 1 + skip;
        if (skip >= 0 && loops[static_cast<std::size_t>(at)]) machine.enter_loop();
    }
    return machine.outcome();
}

}  // namespace xdpsift::fuzz
