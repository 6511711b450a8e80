// SPDX-License-Identifier: BSD-2-Clause
#include "expression/flow.h"

#include <algorithm>
#include <array>
#include <optional>

#include "expression/paths.h"

namespace xdpsift::expression {
namespace {

std::uint32_t widest(std::uint8_t size) { return size == BPF_W ? ~0u : size == BPF_H ? 0xffff : 0xff; }

// Where a value comes from: two that are equal are the same number, whatever the frame holds.
struct Value {
    enum Kind : std::uint8_t { unknown, constant, length, frame, behind_header };
    Kind kind = unknown;
    std::uint8_t size = BPF_W;
    std::uint32_t at = 0;      // offset in the frame, or behind the header; of a constant, the number itself
    std::uint32_t header = 0;  // offset of the byte that says how long the header is
    std::uint32_t mask = ~0u;  // the bits of it

    bool operator==(const Value&) const = default;
    Value masked(std::uint32_t by) const {
        Value out = *this;
        if (kind == constant) out.at &= by;
        if (varies()) out.mask &= by;
        return out;
    }
    bool varies() const { return kind != unknown && kind != constant; }
    Value whole() const {
        Value out = *this;
        if (varies()) out.mask = widest(size);
        return out;
    }
};

// What the comparisons on the way have told of a value. A few numbers that it is not are remembered, no more.
struct Knowledge {
    Value value;
    std::optional<std::uint32_t> equal;
    std::array<std::uint32_t, 8> unequal{};
    std::uint8_t unequal_count = 0;

    bool excludes(std::uint32_t number) const {
        if (equal) return *equal != number;
        return std::find(unequal.begin(), unequal.begin() + unequal_count, number) != unequal.begin() + unequal_count;
    }
    void exclude(std::uint32_t number) {
        if (unequal_count < unequal.size() && !excludes(number)) unequal[unequal_count++] = number;
    }
};

constexpr std::size_t kMostKnowledge = 16;

// What is certain at one place, of every way that leads there.
struct State {
    Value a;
    std::optional<std::uint32_t> x;  // X is the length of the header that is told at this offset
    std::uint64_t frame_end = 0;     // bytes of the frame that are there
    std::vector<Knowledge> known;

    const Knowledge* find(const Value& value) const {
        const auto found =
            std::find_if(known.begin(), known.end(), [&](const Knowledge& one) { return one.value == value; });
        return found == known.end() ? nullptr : &*found;
    }
    Knowledge* find_or_add(const Value& value) {
        if (const auto* found = find(value); found != nullptr) return const_cast<Knowledge*>(found);
        if (known.size() == kMostKnowledge) return nullptr;
        known.push_back({value, {}, {}, 0});
        return &known.back();
    }
    std::optional<std::uint32_t> number(const Value& value) const {
        if (value.kind == Value::constant) return value.at;
        if (const auto* exact = find(value); exact != nullptr && exact->equal) return exact->equal;
        if (const auto* whole = find(value.whole()); whole != nullptr && whole->equal)
            return *whole->equal & value.mask;
        return std::nullopt;
    }
    bool was_loaded(const Value& value) const {
        return std::any_of(known.begin(), known.end(),
                           [&](const Knowledge& one) { return one.value.whole() == value.whole(); }) ||
               a.whole() == value.whole();
    }
};

State both(const State& one, const State& other) {
    State out;
    if (one.a == other.a) out.a = one.a;
    if (one.x == other.x) out.x = one.x;
    out.frame_end = std::min(one.frame_end, other.frame_end);
    for (const auto& mine : one.known) {
        const auto* theirs = other.find(mine.value);
        if (theirs == nullptr) continue;
        Knowledge common{mine.value, {}, {}, 0};
        if (mine.equal && mine.equal == theirs->equal) {
            common.equal = mine.equal;
        } else {
            for (const auto& [from, to] : {std::pair(&mine, theirs), std::pair(theirs, &mine)})
                for (std::size_t i = 0; i < from->unequal_count; i++)
                    if (to->excludes(from->unequal[i])) common.exclude(from->unequal[i]);
        }
        out.known.push_back(common);
    }
    return out;
}

// What a load puts into A.
Value loaded(const sock_filter& instruction, const std::optional<std::uint32_t>& x) {
    const auto size = static_cast<std::uint8_t>(BPF_SIZE(instruction.code));
    switch (BPF_MODE(instruction.code)) {
        case BPF_IMM: return {.kind = Value::constant, .at = instruction.k};
        case BPF_LEN: return {.kind = Value::length};
        case BPF_ABS: return {.kind = Value::frame, .size = size, .at = instruction.k, .mask = widest(size)};
        case BPF_IND:
            if (!x) return {};
            return {
                .kind = Value::behind_header, .size = size, .at = instruction.k, .header = *x, .mask = widest(size)};
        default: return {};
    }
}

bool is_load_of_header_length(const sock_filter& instruction) {
    return instruction.code == (BPF_LDX | BPF_B | BPF_MSH);
}
bool is_comparison(const sock_filter& instruction) {
    return BPF_CLASS(instruction.code) == BPF_JMP && BPF_OP(instruction.code) != BPF_JA;
}
bool is_masking(const sock_filter& instruction) { return instruction.code == (BPF_ALU | BPF_AND | BPF_K); }

std::optional<bool> outcome(const State& state, const Value& a, const sock_filter& comparison) {
    if (BPF_SRC(comparison.code) == BPF_X) return std::nullopt;
    const auto k = comparison.k;
    const auto operation = BPF_OP(comparison.code);
    // Below zero is nothing, and no value is above all of its bits.
    if (operation == BPF_JGE && (k == 0 || k > a.mask)) return k == 0;
    if (operation == BPF_JGT && k >= a.mask) return false;
    if (a.kind == Value::unknown) return std::nullopt;
    const auto& compared = operation == BPF_JSET ? a.masked(k) : a;
    if (const auto number = state.number(compared)) {
        switch (operation) {
            case BPF_JEQ: return *number == k;
            case BPF_JGT: return *number > k;
            case BPF_JGE: return *number >= k;
            default: return *number != 0;
        }
    }
    const auto* known = state.find(compared);
    if (operation == BPF_JEQ && ((k & ~a.mask) != 0 || (known != nullptr && known->excludes(k)))) return false;
    if (operation == BPF_JSET && known != nullptr && known->excludes(0)) return true;
    return std::nullopt;
}

// Adds what is known behind a comparison that came out so.
void learn(State& state, const sock_filter& comparison, bool came_out) {
    const auto operation = BPF_OP(comparison.code);
    if (BPF_SRC(comparison.code) == BPF_X || !state.a.varies()) return;
    if (operation != BPF_JEQ && operation != BPF_JSET) return;
    const bool set = operation == BPF_JSET;
    const std::uint32_t number = set ? 0 : comparison.k;
    auto* known = state.find_or_add(set ? state.a.masked(comparison.k) : state.a);
    if (known == nullptr) return;
    if (came_out != set)
        known->equal = number;
    else
        known->exclude(number);
}

// What is certain behind an instruction that is no jump.
void pass(State& state, const sock_filter& instruction) {
    const std::uint64_t k = instruction.k;
    switch (BPF_CLASS(instruction.code)) {
        case BPF_LD:
            if (BPF_MODE(instruction.code) == BPF_ABS)
                state.frame_end = std::max(state.frame_end, k + load_size(instruction));
            state.a = loaded(instruction, state.x);
            break;
        case BPF_LDX:
            state.x.reset();
            if (is_load_of_header_length(instruction)) {
                state.frame_end = std::max(state.frame_end, k + 1);
                state.x = instruction.k;
            }
            break;
        case BPF_ALU: state.a = is_masking(instruction) ? state.a.masked(instruction.k) : Value{}; break;
        case BPF_MISC:
            if (BPF_MISCOP(instruction.code) == BPF_TAX)
                state.x.reset();
            else
                state.a = {};
            break;
        default: break;
    }
}

// It would put into its register what stands there; or, where a mask comes next, what that mask leaves of it.
bool is_repeated(const State& state, const Flow& flow, std::size_t index) {
    const auto& instruction = flow.program[index];
    if (BPF_CLASS(instruction.code) == BPF_LD) {
        const auto value = loaded(instruction, state.x);
        if (value.kind == Value::unknown || value != state.a.whole()) return false;
        const auto& after = flow.program[flow.next[index].at[0]];
        return value == state.a || (is_masking(after) && (after.k & value.mask & ~state.a.mask) == 0);
    }
    if (is_masking(instruction)) return state.a.varies() && (state.a.mask & ~instruction.k) == 0;
    return is_load_of_header_length(instruction) && state.x == instruction.k;
}

class Shortener {
   public:
    explicit Shortener(Flow& flow)
        : flow_(flow), ahead_(look_ahead(flow, Guards::at_loads)), arriving_(flow.program.size()) {}

    void run() {
        arriving_[0] = State{};
        for (std::size_t i = 0; i < flow_.program.size(); i++) {
            if (!arriving_[i]) continue;
            State state = std::move(*arriving_[i]);
            arriving_[i].reset();
            visit(i, std::move(state));
        }
    }

   private:
    void visit(std::size_t i, State state) {
        auto& instruction = flow_.program[i];
        auto& next = flow_.next[i];
        if (is_comparison(instruction)) {
            const auto known = outcome(state, state.a, instruction);
            if (!known) {
                for (const bool came_out : {true, false}) {
                    State behind = state;
                    learn(behind, instruction, came_out);
                    lead(next.at[came_out ? 0 : 1], std::move(behind));
                }
                return;
            }
            next = {1, {next.at[*known ? 0 : 1], 0}};
            instruction = kGoOn;
        } else if (is_repeated(state, flow_, i)) {
            instruction = kGoOn;
        }
        pass(state, instruction);
        if (next.count == 1) lead(next.at[0], std::move(state));
    }

    void lead(std::size_t& to, State state) {
        to = follow(state, to);
        auto& arriving = arriving_[to];
        arriving = arriving ? both(*arriving, state) : std::move(state);
    }

    // How far the way on from `at` is certain. What is jumped past must have no effect: loads that would reject end it,
    // and so does a register that is still read and would not hold what was jumped past.
    std::size_t follow(const State& state, std::size_t at) const {
        auto a = state.a;
        auto x = state.x;
        bool same_a = true, same_x = true;
        for (auto landing = at;;) {
            const auto live = ahead_[at].live;
            if ((same_a || (live & kLiveA) == 0) && (same_x || (live & kLiveX) == 0)) landing = at;
            const auto& instruction = flow_.program[at];
            const auto& next = flow_.next[at];
            if (is_comparison(instruction)) {
                const auto known = outcome(state, a, instruction);
                if (!known) return landing;
                at = next.at[*known ? 0 : 1];
                continue;
            }
            if (BPF_CLASS(instruction.code) == BPF_LD) {
                const auto value = loaded(instruction, x);
                if (!cannot_fail(state, instruction, value)) return landing;
                same_a = value.kind != Value::unknown && value == state.a;
                a = value;
            } else if (is_load_of_header_length(instruction)) {
                if (std::uint64_t{instruction.k} + 1 > state.frame_end) return landing;
                same_x = state.x == instruction.k;
                x = instruction.k;
            } else if (is_masking(instruction)) {
                a = a.masked(instruction.k);
                same_a = a.kind != Value::unknown && a == state.a;
            } else if (instruction.code != (BPF_JMP | BPF_JA)) {
                return landing;
            }
            at = next.at[0];
        }
    }

    static bool cannot_fail(const State& state, const sock_filter& load, const Value& value) {
        switch (BPF_MODE(load.code)) {
            case BPF_ABS: return std::uint64_t{load.k} + load_size(load) <= state.frame_end;
            case BPF_IND: return value.kind != Value::unknown && state.was_loaded(value);
            default: return true;
        }
    }

    static constexpr sock_filter kGoOn{BPF_JMP | BPF_JA, 0, 0, 0};

    Flow& flow_;
    std::vector<Ahead> ahead_;
    std::vector<std::optional<State>> arriving_;  // none: nothing leads there
};

}  // namespace

Flow flow_of(const ClassicProgram& program) {
    Flow out{program, {}};
    for (std::size_t i = 0; i < program.size(); i++) out.next.push_back(successors(program, i));
    return out;
}

Flow shorten(Flow flow) {
    if (!has_loops(flow)) Shortener(flow).run();
    return flow;
}

}  // namespace xdpsift::expression
