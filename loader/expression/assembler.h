// SPDX-License-Identifier: BSD-2-Clause
// Kernel BPF instructions with labels.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xdpsift::expression {

bpf_insn instruction(int code, std::uint8_t dst, std::uint8_t src, std::int16_t offset, std::int32_t value);

// A jump reaches 32,767 instructions. Where a program is longer, relays are put between its instructions: jumps on
// the way, which the others go around.
class Assembler {
   public:
    using Label = std::size_t;

    Label new_label();
    // The next instruction is what the label stands for.
    void bind(Label label);
    bool bound(Label label) const { return labels_[label].at != kNowhere; }
    // Something jumps to it.
    bool used(Label label) const { return labels_[label].used; }
    // A bound label that must stay within reach of everything that follows.
    void keep_within_reach(Label label) { anchor_ = label; }

    // width: BPF_ALU for 32 bits, BPF_ALU64.
    void move(std::uint8_t width, std::uint8_t dst, std::int32_t value);
    // A constant of 64 bits.
    void move_wide(std::uint8_t dst, std::uint64_t value);
    void move_register(std::uint8_t width, std::uint8_t dst, std::uint8_t src);
    void alu(std::uint8_t width, std::uint8_t operation, std::uint8_t dst, std::int32_t value);
    void alu_register(std::uint8_t width, std::uint8_t operation, std::uint8_t dst, std::uint8_t src);
    // 16 or 32 bits, from network to host order.
    void from_network_order(std::uint8_t dst, int bits);
    // size: BPF_B, BPF_H, BPF_W, BPF_DW.
    void load(std::uint8_t size, std::uint8_t dst, std::uint8_t src, std::int16_t offset);
    void store(std::uint8_t size, std::uint8_t dst, std::int16_t offset, std::uint8_t src);
    void store_value(std::uint8_t size, std::uint8_t dst, std::int16_t offset, std::int32_t value);
    void call(std::int32_t helper);

    void jump(Label target);
    // width: BPF_JMP32 for 32 bits, BPF_JMP.
    void jump_if(std::uint8_t width, std::uint8_t operation, std::uint8_t dst, std::int32_t value, Label target);
    void jump_if_register(std::uint8_t width, std::uint8_t operation, std::uint8_t dst, std::uint8_t src, Label target);

    // All labels that are used must be bound.
    const std::vector<bpf_insn>& code() const { return code_; }
    // False: so many jumps wait for their labels at once that relays would be all there is. The code is of no use then.
    bool within_reach() const { return !too_many_open_; }

   private:
    static constexpr std::size_t kNowhere = ~std::size_t{0};
    struct LabelState {
        std::size_t at = kNowhere;
        bool used = false;
        std::vector<std::size_t> waiting;  // jumps to it from before it was bound, oldest first
    };
    struct Waiting {
        std::size_t from;
        Label label;
    };
    void emit(bpf_insn instruction);
    void emit_jump(bpf_insn instruction, Label target);
    void aim(std::size_t jump, std::size_t at);
    bool relay_due();
    void relay();

    std::vector<bpf_insn> code_;
    std::vector<LabelState> labels_;
    std::vector<Waiting> waiting_;  // all of them, oldest first; those before first_waiting_ are through
    std::size_t first_waiting_ = 0;
    Label anchor_ = kNowhere;
    bool too_many_open_ = false;
};

}  // namespace xdpsift::expression
