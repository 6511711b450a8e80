// SPDX-License-Identifier: BSD-2-Clause
#include "expression/paths.h"

#include <algorithm>

namespace xdpsift::expression {
namespace {

// Of two ways on, what both have in common; one that rejects in any case asks for nothing.
Ahead either(const Ahead& a, const Ahead& b) {
    Ahead out;
    out.rejects = a.rejects && b.rejects;
    out.live = a.live | b.live;
    const Ahead& only = a.rejects ? b : a;
    const bool one = a.rejects || b.rejects;
    out.frame_end = one ? only.frame_end : std::min(a.frame_end, b.frame_end);
    out.x_end = one ? only.x_end : std::min(a.x_end, b.x_end);
    return out;
}

// From what is ahead of the instructions that follow to what is ahead of this one.
Ahead before(const sock_filter& instruction, Ahead out) {
    const std::uint64_t k = instruction.k;
    const auto set_x = [&] {
        out.live &= ~kLiveX;
        out.x_end = 0;
    };
    switch (BPF_CLASS(instruction.code)) {
        case BPF_LD:
            out.live &= ~kLiveA;
            if (BPF_MODE(instruction.code) == BPF_MEM) out.live |= live_word(instruction.k);
            if (BPF_MODE(instruction.code) == BPF_ABS)
                out.frame_end = std::max(out.frame_end, k + load_size(instruction));
            if (BPF_MODE(instruction.code) == BPF_IND) {
                out.live |= kLiveX;
                out.x_end = std::max(out.x_end, k + load_size(instruction));
            }
            break;
        case BPF_LDX:
            set_x();
            if (BPF_MODE(instruction.code) == BPF_MEM) out.live |= live_word(instruction.k);
            if (BPF_MODE(instruction.code) == BPF_MSH) out.frame_end = std::max(out.frame_end, k + 1);
            break;
        case BPF_ST:
            out.live &= ~live_word(instruction.k);
            out.live |= kLiveA;
            break;
        case BPF_STX:
            out.live &= ~live_word(instruction.k);
            out.live |= kLiveX;
            break;
        case BPF_ALU: {
            const auto operation = BPF_OP(instruction.code);
            const bool divides = operation == BPF_DIV || operation == BPF_MOD;
            const bool by_x = BPF_SRC(instruction.code) == BPF_X && operation != BPF_NEG;
            out.live |= kLiveA | (by_x ? kLiveX : 0);
            if (divides && !by_x && instruction.k == 0) out.rejects = true;
            break;
        }
        case BPF_JMP:
            if (BPF_OP(instruction.code) == BPF_JA) break;
            out.live |= kLiveA | (BPF_SRC(instruction.code) == BPF_X ? kLiveX : 0);
            break;
        case BPF_RET:
            out = {};
            if (BPF_RVAL(instruction.code) == BPF_A) out.live = kLiveA;
            out.rejects = BPF_RVAL(instruction.code) == BPF_K && instruction.k == 0;
            break;
        case BPF_MISC:
            if (BPF_MISCOP(instruction.code) == BPF_TAX) {
                set_x();
                out.live |= kLiveA;
            } else {
                out.live &= ~kLiveA;
                out.live |= kLiveX;
            }
            break;
    }
    return out;
}

// Whatever the frame holds.
bool always_goes_on(const sock_filter& instruction) {
    switch (BPF_CLASS(instruction.code)) {
        case BPF_LD:
        case BPF_LDX: {
            const auto mode = BPF_MODE(instruction.code);
            return mode == BPF_IMM || mode == BPF_LEN || mode == BPF_MEM;
        }
        case BPF_ALU:
            return BPF_SRC(instruction.code) == BPF_K ||
                   (BPF_OP(instruction.code) != BPF_DIV && BPF_OP(instruction.code) != BPF_MOD);
        case BPF_JMP: return BPF_OP(instruction.code) == BPF_JA;
        default: return BPF_CLASS(instruction.code) != BPF_RET;
    }
}

}  // namespace

bool has_loops(const Flow& flow) {
    for (std::size_t i = 0; i < flow.next.size(); i++)
        if (flow.next[i].count == 1 && flow.next[i].at[0] <= i) return true;
    return false;
}

OnlyVerdict only_verdict(const Flow& flow) {
    // Beyond this no frame goes.
    constexpr std::uint64_t kLongestFrame = std::uint64_t{1} << 18;
    const auto first = look_ahead(flow, Guards::early).front();
    if (first.rejects || first.frame_end > kLongestFrame) return OnlyVerdict::rejects;
    std::size_t at = 0;
    while (flow.next[at].count == 1 && flow.next[at].at[0] > at && always_goes_on(flow.program[at]))
        at = flow.next[at].at[0];
    const auto& instruction = flow.program[at];
    return instruction.code == (BPF_RET | BPF_K) && instruction.k != 0 ? OnlyVerdict::accepts : OnlyVerdict::depends;
}

std::vector<Ahead> look_ahead(const Flow& flow, Guards guards) {
    std::vector<Ahead> ahead(flow.next.size());
    const bool loops = has_loops(flow);
    // Once is enough without loops. Around one only liveness is carried, which grows until it is known.
    for (bool changed = true; changed;) {
        changed = false;
        for (auto i = ahead.size(); i-- > 0;) {
            const auto& next = flow.next[i];
            Ahead rest;
            if (next.count == 2) {
                rest = either(ahead[next.at[0]], ahead[next.at[1]]);
            } else if (next.count == 1 && next.at[0] > i) {
                rest = ahead[next.at[0]];
            } else if (next.count == 1) {
                rest.live = ahead[next.at[0]].live;
            }
            if (guards == Guards::at_loads) rest.frame_end = rest.x_end = 0;
            const auto now = before(flow.program[i], rest);
            changed = changed || (loops && now.live != ahead[i].live);
            ahead[i] = now;
        }
    }
    return ahead;
}

}  // namespace xdpsift::expression
