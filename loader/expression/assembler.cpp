// SPDX-License-Identifier: BSD-2-Clause
#include "expression/assembler.h"

#include <algorithm>

namespace xdpsift::expression {
namespace {

// Of the 32,767 instructions that a jump reaches; the rest is room for the relays themselves.
constexpr std::size_t kRelayAfter = 24'000;
// What is this old when relays are put in anyway goes along with them.
constexpr std::size_t kRelayAlong = 8'000;
// At once. The verifier follows hardly more ways (8,192) either.
constexpr std::size_t kMostRelays = 8'000;

}  // namespace

bpf_insn instruction(int code, std::uint8_t dst, std::uint8_t src, std::int16_t offset, std::int32_t value) {
    bpf_insn out{};
    out.code = static_cast<__u8>(code);
    out.dst_reg = dst & 0xf;
    out.src_reg = src & 0xf;
    out.off = offset;
    out.imm = value;
    return out;
}

Assembler::Label Assembler::new_label() {
    labels_.emplace_back();
    return labels_.size() - 1;
}

void Assembler::bind(Label label) {
    auto& state = labels_[label];
    // What would come between the label and its instruction comes before both.
    if (relay_due()) relay();
    state.at = code_.size();
    for (const auto jump : state.waiting) aim(jump, state.at);
    state.waiting.clear();
}

void Assembler::aim(std::size_t jump, std::size_t at) {
    code_[jump].off = static_cast<__s16>(static_cast<std::int64_t>(at) - static_cast<std::int64_t>(jump) - 1);
}

bool Assembler::relay_due() {
    while (first_waiting_ < waiting_.size() && labels_[waiting_[first_waiting_].label].at != kNowhere) first_waiting_++;
    const bool ahead = first_waiting_ < waiting_.size() && code_.size() - waiting_[first_waiting_].from > kRelayAfter;
    return ahead || (anchor_ != kNowhere && code_.size() - labels_[anchor_].at > kRelayAfter);
}

void Assembler::relay() {
    std::vector<Label> far;
    std::vector<bool> relayed(labels_.size());
    for (auto i = first_waiting_; i < waiting_.size() && code_.size() - waiting_[i].from > kRelayAlong; i++) {
        const auto label = waiting_[i].label;
        if (labels_[label].waiting.empty() || relayed[label]) continue;
        relayed[label] = true;
        far.push_back(label);
    }
    if (far.size() > kMostRelays) {
        too_many_open_ = true;
        waiting_.clear();
        first_waiting_ = 0;
        return;
    }
    const bool anchor = anchor_ != kNowhere && code_.size() - labels_[anchor_].at > kRelayAlong;
    const auto ja = instruction(BPF_JMP | BPF_JA, 0, 0, 0, 0);
    // After a jump nothing comes here that would have to go around, and what cannot be reached is refused.
    if (code_.empty() || code_.back().code != (BPF_JMP | BPF_JA)) {
        code_.push_back(ja);
        code_.back().off = static_cast<__s16>(far.size() + (anchor ? 1 : 0));
    }
    if (anchor) {
        code_.push_back(ja);
        aim(code_.size() - 1, labels_[anchor_].at);
        labels_[anchor_].at = code_.size() - 1;
    }
    std::vector<Waiting> still;
    for (auto i = first_waiting_; i < waiting_.size(); i++) {
        const auto label = waiting_[i].label;
        if (!relayed[label] && labels_[label].at == kNowhere) still.push_back(waiting_[i]);
    }
    for (const auto label : far) {
        const auto here = code_.size();
        code_.push_back(ja);
        for (const auto jump : labels_[label].waiting) aim(jump, here);
        labels_[label].waiting = {here};
        still.push_back({here, label});
    }
    std::sort(still.begin(), still.end(), [](const Waiting& a, const Waiting& b) { return a.from < b.from; });
    waiting_ = std::move(still);
    first_waiting_ = 0;
}

void Assembler::emit(bpf_insn instruction) {
    if (relay_due()) relay();
    code_.push_back(instruction);
}

void Assembler::emit_jump(bpf_insn instruction, Label target) {
    emit(instruction);
    const auto here = code_.size() - 1;
    auto& state = labels_[target];
    state.used = true;
    if (state.at != kNowhere) {
        aim(here, state.at);
    } else {
        state.waiting.push_back(here);
        waiting_.push_back({here, target});
    }
}

void Assembler::move(std::uint8_t width, std::uint8_t dst, std::int32_t value) {
    emit(instruction(width | BPF_MOV | BPF_K, dst, 0, 0, value));
}
void Assembler::move_wide(std::uint8_t dst, std::uint64_t value) {
    // In two halves, between which nothing may come.
    emit(instruction(BPF_LD | BPF_DW, dst, 0, 0, static_cast<std::int32_t>(value)));
    code_.push_back(instruction(0, 0, 0, 0, static_cast<std::int32_t>(value >> 32)));
}
void Assembler::move_register(std::uint8_t width, std::uint8_t dst, std::uint8_t src) {
    emit(instruction(width | BPF_MOV | BPF_X, dst, src, 0, 0));
}
void Assembler::alu(std::uint8_t width, std::uint8_t operation, std::uint8_t dst, std::int32_t value) {
    emit(instruction(width | operation | BPF_K, dst, 0, 0, value));
}
void Assembler::alu_register(std::uint8_t width, std::uint8_t operation, std::uint8_t dst, std::uint8_t src) {
    emit(instruction(width | operation | BPF_X, dst, src, 0, 0));
}
void Assembler::from_network_order(std::uint8_t dst, int bits) {
    emit(instruction(BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, bits));
}
void Assembler::load(std::uint8_t size, std::uint8_t dst, std::uint8_t src, std::int16_t offset) {
    emit(instruction(BPF_LDX | BPF_MEM | size, dst, src, offset, 0));
}
void Assembler::store(std::uint8_t size, std::uint8_t dst, std::int16_t offset, std::uint8_t src) {
    emit(instruction(BPF_STX | BPF_MEM | size, dst, src, offset, 0));
}
void Assembler::store_value(std::uint8_t size, std::uint8_t dst, std::int16_t offset, std::int32_t value) {
    emit(instruction(BPF_ST | BPF_MEM | size, dst, 0, offset, value));
}
void Assembler::call(std::int32_t helper) { emit(instruction(BPF_JMP | BPF_CALL, 0, 0, 0, helper)); }

void Assembler::jump(Label target) { emit_jump(instruction(BPF_JMP | BPF_JA, 0, 0, 0, 0), target); }
void Assembler::jump_if(std::uint8_t width, std::uint8_t operation, std::uint8_t dst, std::int32_t value,
                        Label target) {
    emit_jump(instruction(width | operation | BPF_K, dst, 0, 0, value), target);
}
void Assembler::jump_if_register(std::uint8_t width, std::uint8_t operation, std::uint8_t dst, std::uint8_t src,
                                 Label target) {
    emit_jump(instruction(width | operation | BPF_X, dst, src, 0, 0), target);
}

}  // namespace xdpsift::expression
