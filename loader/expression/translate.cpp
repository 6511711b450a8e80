// SPDX-License-Identifier: BSD-2-Clause
#include "expression/translate.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include "expression/alternatives.h"
#include "expression/assembler.h"
#include "expression/byte_access.h"
#include "expression/paths.h"
#include "xdpsift/event.h"

namespace xdpsift::expression {
namespace {

constexpr int kStackBytes = 512;
// The verifier keeps the other way of each conditional jump until it comes to it, 8,192 at most. From this many on,
// the way that leads out of a list of alternatives is the one that it follows first.
constexpr std::size_t kManyJumps = 4'000;
// A list of at least so many comparisons is searched, halving it each time, until so few are left.
constexpr std::size_t kSearched = 8;
constexpr std::size_t kComparedInTurn = 4;

// Offsets from kStack.
struct StackSlots {
    std::int16_t loops;      // 8 bytes
    std::int16_t frame_len;  // 8 bytes
    std::int16_t scratch;    // 4 bytes
    std::int16_t memory;     // M[0]; 8 bytes for each word
};

StackSlots slots_below(int stack_used) {
    const auto at = [base = -((stack_used + 7) / 8 * 8)](int below) { return static_cast<std::int16_t>(base - below); };
    return {.loops = at(8), .frame_len = at(16), .scratch = at(24), .memory = at(24 + 8 * BPF_MEMWORDS)};
}

std::uint8_t wide(const sock_filter& instruction) { return BPF_SRC(instruction.code) == BPF_X ? BPF_X : BPF_K; }

// One pass over the program with one way of reaching bytes.
class Body {
   public:
    struct Exits {
        Assembler::Label accept, reject, missing;
    };
    Body(Assembler& assembler, const Flow& flow, const ByteAccess& access, Guards guards, const StackSlots& slots,
         Exits exits)
        : assembler_(assembler),
          flow_(flow),
          program_(flow.program),
          next_(flow.next),
          access_(access),
          slots_(slots),
          exits_(exits),
          ahead_(look_ahead(flow, guards)),
          ways_(count_ways(flow)),
          checked_(program_.size()),
          entries_(program_.size()) {
        for (std::size_t i = 0; i < program_.size(); i++) labels_.push_back(assembler.new_label());
        for (std::size_t i = 0; i < program_.size(); i++) {
            for (std::size_t s = 0; s < next_[i].count; s++) {
                const auto to = next_[i].at[s];
                if (to <= i && !entries_[to]) entries_[to] = assembler.new_label();
            }
        }
    }

    void emit() {
        if (const auto exit = exit_at(0)) {
            assembler_.jump(*exit);
            return;
        }
        initialise();
        find_ways();
        checked_[0] = Checked{};
        for (std::size_t i = 0; i < program_.size(); i++) {
            if (checked_[i]) emit_instruction(i);
        }
    }

   private:
    // Bytes that are known to be there, on every path that leads here.
    struct Checked {
        std::uint64_t frame_end = 0;
        std::uint64_t x_end = 0;
    };

    std::int16_t word(std::uint32_t index) const {
        return static_cast<std::int16_t>(slots_.memory + 8 * static_cast<int>(index));
    }

    // What is read before it is set is zero.
    void initialise() {
        const auto live = ahead_[0].live;
        if ((live & kLiveA) != 0) assembler_.move(BPF_ALU, kA, 0);
        if ((live & kLiveX) != 0) assembler_.move(BPF_ALU, kX, 0);
        for (std::uint32_t i = 0; i < BPF_MEMWORDS; i++) {
            if ((live & live_word(i)) != 0) assembler_.store_value(BPF_DW, kStack, word(i), 0);
        }
        // A loop may be entered in its middle.
        if (has_loops(flow_)) assembler_.store_value(BPF_DW, kStack, slots_.loops, 0);
    }

    // Whether a path goes on behind an instruction.
    bool goes_on(std::size_t i) const {
        return ahead_[i].frame_end <= access_.reach() && ahead_[i].x_end <= access_.reach();
    }

    // Instructions are written in their order, each with what the paths to it know. Where a path comes back from
    // behind, what it knows is not known yet: nothing is. It may also be the only one that leads there.
    void find_ways() {
        std::vector<bool> reached(program_.size());
        std::vector<std::size_t> open = {0};
        while (!open.empty()) {
            const auto i = open.back();
            open.pop_back();
            if (reached[i]) continue;
            reached[i] = true;
            if (!goes_on(i)) continue;
            for (std::size_t s = 0; s < next_[i].count; s++) {
                const auto to = next_[i].at[s];
                if (exit_at(to)) continue;
                if (to <= i) checked_[to] = Checked{};
                open.push_back(to);
            }
        }
        following_.assign(program_.size(), program_.size());
        for (auto i = program_.size(), following = i; i-- > 0;) {
            following_[i] = following;
            if (reached[i]) following = i;
        }
    }

    void reach_from(std::size_t from, std::size_t to, const Checked& state) {
        // The ways back have been looked at before; and what only says a verdict is not entered at all.
        if (to <= from || exit_at(to)) return;
        auto& known = checked_[to];
        if (!known) {
            known = state;
            return;
        }
        known->frame_end = std::min(known->frame_end, state.frame_end);
        known->x_end = std::min(known->x_end, state.x_end);
    }

    void guard(const Ahead& ahead, Checked& state) {
        if (ahead.frame_end > state.frame_end) {
            access_.guard(assembler_, static_cast<std::uint32_t>(ahead.frame_end), exits_.missing);
            state.frame_end = ahead.frame_end;
        }
        if (ahead.x_end > state.x_end) {
            access_.guard_behind_x(assembler_, static_cast<std::uint32_t>(ahead.x_end), exits_.missing);
            state.x_end = ahead.x_end;
        }
    }

    // The rounds of each loop are counted on their own.
    void emit_entry(std::size_t i) {
        if (!entries_[i]) return;
        assembler_.bind(*entries_[i]);
        assembler_.store_value(BPF_DW, kStack, slots_.loops, 0);
    }

    void emit_instruction(std::size_t i) {
        emit_entry(i);
        assembler_.bind(labels_[i]);
        auto state = *checked_[i];
        if (!goes_on(i)) {
            assembler_.jump(exits_.missing);
            return;
        }
        guard(ahead_[i], state);
        const auto& instruction = program_[i];
        if (instruction.code == (BPF_JMP | BPF_JEQ | BPF_K) && emit_search(i, state)) return;
        switch (BPF_CLASS(instruction.code)) {
            case BPF_LD: emit_load_a(i); break;
            case BPF_LDX:
                emit_load_x(i);
                state.x_end = 0;
                break;
            case BPF_ST: assembler_.store(BPF_DW, kStack, word(instruction.k), kA); break;
            case BPF_STX: assembler_.store(BPF_DW, kStack, word(instruction.k), kX); break;
            case BPF_ALU: emit_operation(instruction); break;
            case BPF_MISC:
                if (BPF_MISCOP(instruction.code) == BPF_TAX) {
                    assembler_.move_register(BPF_ALU, kX, kA);
                    state.x_end = 0;
                } else {
                    assembler_.move_register(BPF_ALU, kA, kX);
                }
                break;
            case BPF_JMP: emit_jump(i); break;
            case BPF_RET: emit_return_of_a(); break;
        }
        const auto& next = next_[i];
        if (BPF_CLASS(instruction.code) != BPF_JMP && next.count == 1) go_to(i, next.at[0]);
        for (std::size_t s = 0; s < next.count; s++) reach_from(i, next.at[s], state);
    }

    Load load_of(std::size_t i, Register to) const {
        return {to, static_cast<std::uint8_t>(BPF_SIZE(program_[i].code)), program_[i].k};
    }

    void emit_load_a(std::size_t i) {
        const auto& instruction = program_[i];
        switch (BPF_MODE(instruction.code)) {
            case BPF_ABS: access_.load(assembler_, load_of(i, kA)); break;
            case BPF_IND: access_.load_behind_x(assembler_, load_of(i, kA)); break;
            case BPF_LEN: assembler_.load(BPF_W, kA, kStack, slots_.frame_len); return;
            case BPF_MEM: assembler_.load(BPF_DW, kA, kStack, word(instruction.k)); return;
            default: assembler_.move(BPF_ALU, kA, static_cast<std::int32_t>(instruction.k)); return;
        }
        if (const auto bytes = load_size(instruction); bytes > 1)
            assembler_.from_network_order(kA, static_cast<int>(8 * bytes));
    }

    void emit_load_x(std::size_t i) {
        const auto& instruction = program_[i];
        switch (BPF_MODE(instruction.code)) {
            case BPF_MSH:
                access_.load(assembler_, load_of(i, kX));
                assembler_.alu(BPF_ALU, BPF_AND, kX, 0xf);
                assembler_.alu(BPF_ALU, BPF_LSH, kX, 2);
                break;
            case BPF_LEN: assembler_.load(BPF_W, kX, kStack, slots_.frame_len); break;
            case BPF_MEM: assembler_.load(BPF_DW, kX, kStack, word(instruction.k)); break;
            default: assembler_.move(BPF_ALU, kX, static_cast<std::int32_t>(instruction.k)); break;
        }
    }

    void emit_operation(const sock_filter& instruction) {
        const auto operation = static_cast<std::uint8_t>(BPF_OP(instruction.code));
        const auto k = static_cast<std::int32_t>(instruction.k);
        const bool by_x = wide(instruction) == BPF_X;
        switch (operation) {
            case BPF_NEG: assembler_.alu(BPF_ALU, BPF_NEG, kA, 0); return;
            case BPF_LSH:
            case BPF_RSH: emit_shift(operation, by_x, instruction.k); return;
            case BPF_DIV:
            case BPF_MOD:
                if (by_x) assembler_.jump_if(BPF_JMP32, BPF_JEQ, kX, 0, exits_.reject);
                break;
            default: break;
        }
        if (by_x)
            assembler_.alu_register(BPF_ALU, operation, kA, kX);
        else
            assembler_.alu(BPF_ALU, operation, kA, k);
    }

    // By 32 and more nothing is left; the kernel's machine looks at the lowest five bits alone.
    void emit_shift(std::uint8_t operation, bool by_x, std::uint32_t k) {
        if (!by_x) {
            if (k < 32)
                assembler_.alu(BPF_ALU, operation, kA, static_cast<std::int32_t>(k));
            else
                assembler_.move(BPF_ALU, kA, 0);
            return;
        }
        const auto nothing_left = assembler_.new_label();
        const auto done = assembler_.new_label();
        assembler_.jump_if(BPF_JMP32, BPF_JGT, kX, 31, nothing_left);
        assembler_.alu_register(BPF_ALU, operation, kA, kX);
        assembler_.jump(done);
        assembler_.bind(nothing_left);
        assembler_.move(BPF_ALU, kA, 0);
        assembler_.bind(done);
    }

    void emit_jump(std::size_t i) {
        const auto& instruction = program_[i];
        const auto& next = next_[i];
        if (next.count == 1 && next.at[0] <= i) {
            assembler_.load(BPF_DW, kScratch, kStack, slots_.loops);
            assembler_.alu(BPF_ALU64, BPF_ADD, kScratch, 1);
            assembler_.jump_if(BPF_JMP, BPF_JGT, kScratch, kMaxRounds, exits_.reject);
            assembler_.store(BPF_DW, kStack, slots_.loops, kScratch);
            const auto live = ahead_[next.at[0]].live;
            if ((live & kLiveA) != 0) forget(kA);
            if ((live & kLiveX) != 0) forget(kX);
            assembler_.jump(exit_at(next.at[0]).value_or(labels_[next.at[0]]));
            return;
        }
        if (next.count == 1 || next.at[0] == next.at[1]) {
            go_to(i, next.at[0]);
            return;
        }
        const auto yes = target(next.at[0]);
        const auto no = target(next.at[1]);
        const auto operation = static_cast<std::uint8_t>(BPF_OP(instruction.code));
        const auto negated = negation(operation);
        const bool many = program_.size() > kManyJumps;
        const bool yes_follows = follows(i, next.at[0]);
        if (negated && (yes_follows || (many && follows(i, next.at[1])))) {
            compare(instruction, *negated, no);
            go_to(i, next.at[0]);
        } else {
            compare(instruction, operation, yes);
            go_to(i, next.at[1]);
        }
    }

    // What the verifier knows of a register would make each way through a loop another one: their number doubles with
    // each round. It knows nothing of a word that was written in two pieces.
    void forget(Register value) {
        assembler_.store(BPF_W, kStack, slots_.scratch, value);
        assembler_.load(BPF_H, kScratch, kStack, static_cast<std::int16_t>(slots_.scratch + 2));
        assembler_.store(BPF_H, kStack, static_cast<std::int16_t>(slots_.scratch + 2), kScratch);
        assembler_.load(BPF_W, value, kStack, slots_.scratch);
    }

    void compare(const sock_filter& instruction, std::uint8_t operation, Assembler::Label to) {
        if (wide(instruction) == BPF_X)
            assembler_.jump_if_register(BPF_JMP32, operation, kA, kX, to);
        else
            assembler_.jump_if(BPF_JMP32, operation, kA, static_cast<std::int32_t>(instruction.k), to);
    }

    static std::optional<std::uint8_t> negation(std::uint8_t operation) {
        switch (operation) {
            case BPF_JEQ: return BPF_JNE;
            case BPF_JGT: return BPF_JLE;
            case BPF_JGE: return BPF_JLT;
            default: return std::nullopt;
        }
    }

    // Where nothing is left to do but to say the verdict.
    std::optional<Assembler::Label> exit_at(std::size_t index) const {
        if (ahead_[index].rejects) return exits_.reject;
        if (program_[index].code == (BPF_RET | BPF_K)) return exits_.accept;
        return std::nullopt;
    }
    // Of a way that leads onward.
    Assembler::Label target(std::size_t index) const {
        return exit_at(index).value_or(entries_[index].value_or(labels_[index]));
    }
    bool follows(std::size_t from, std::size_t to) const { return following_[from] == to && !exit_at(to); }
    void go_to(std::size_t from, std::size_t to) {
        if (!follows(from, to)) assembler_.jump(target(to));
    }

    // False where no list of alternatives begins that is long enough.
    bool emit_search(std::size_t i, const Checked& state) {
        const auto list = alternatives(flow_, ways_, i);
        if (list.comparisons < kSearched) return false;
        for (const auto& alternative : list.cases) reach_from(i, alternative.to, state);
        reach_from(i, list.otherwise, state);
        search(list.cases, target(list.otherwise));
        return true;
    }

    void search(std::span<const Alternatives::Case> cases, Assembler::Label otherwise) {
        if (cases.size() > kComparedInTurn) {
            const auto half = cases.size() / 2;
            const auto upper = assembler_.new_label();
            assembler_.jump_if(BPF_JMP32, BPF_JGE, kA, static_cast<std::int32_t>(cases[half].value), upper);
            search(cases.first(half), otherwise);
            assembler_.bind(upper);
            search(cases.subspan(half), otherwise);
            return;
        }
        for (const auto& alternative : cases)
            assembler_.jump_if(BPF_JMP32, BPF_JEQ, kA, static_cast<std::int32_t>(alternative.value),
                               target(alternative.to));
        assembler_.jump(otherwise);
    }

    void emit_return_of_a() {
        assembler_.jump_if(BPF_JMP32, BPF_JEQ, kA, 0, exits_.reject);
        assembler_.jump(exits_.accept);
    }

    Assembler& assembler_;
    const Flow& flow_;
    const ClassicProgram& program_;
    const std::vector<Successors>& next_;
    const ByteAccess& access_;
    const StackSlots& slots_;
    Exits exits_;
    std::vector<Ahead> ahead_;
    std::vector<std::uint32_t> ways_;
    std::vector<std::size_t> following_;           // the next one that anything leads to; those between are not written
    std::vector<std::optional<Checked>> checked_;  // none: nothing leads there
    std::vector<Assembler::Label> labels_;
    std::vector<std::optional<Assembler::Label>> entries_;  // of loops, for whoever does not come around
};

}  // namespace

Result<Translation> translate(const ClassicProgram& program, const TranslationOptions& options) {
    if (options.stack_used + kTranslationStackBytes > kStackBytes)
        return fail(ExitStatus::unsupported, "the expression does not fit onto the kernel program's stack");
    const auto slots = slots_below(options.stack_used);
    const bool copy = options.source == Source::copy;

    Assembler assembler;
    const auto done = assembler.new_label();
    assembler.bind(done);
    assembler.jump(done);  // aimed by the user
    assembler.keep_within_reach(done);
    const auto accept = assembler.new_label();
    const auto reject = assembler.new_label();
    const auto missing = options.source == Source::frame ? reject : assembler.new_label();

    if (copy || reads_length(program)) assembler.store(BPF_DW, kStack, slots.frame_len, kX);
    const auto flow = shorten(flow_of(program));
    const auto access = copy ? copy_access(options.copy_capacity) : frame_access();
    Body(assembler, flow, *access, copy ? Guards::at_loads : Guards::early, slots, {accept, reject, missing}).emit();
    if (missing != reject && assembler.used(missing)) {
        assembler.bind(missing);
        if (copy) {
            // Is it in the frame at all?
            assembler.load(BPF_DW, kScratch, kStack, slots.frame_len);
            assembler.jump_if_register(BPF_JMP, BPF_JLE, kScratch, kEnd, reject);
        }
        assembler.move(BPF_ALU, kA, XS_VERDICT_UNDECIDED);
        assembler.jump(done);
    }
    if (assembler.used(accept)) {
        assembler.bind(accept);
        assembler.move(BPF_ALU, kA, XS_VERDICT_ACCEPT);
        assembler.jump(done);
    }
    if (assembler.used(reject)) {
        assembler.bind(reject);
        assembler.move(BPF_ALU, kA, XS_VERDICT_REJECT);
        assembler.jump(done);
    }
    if (!assembler.within_reach())
        return fail(ExitStatus::unsupported,
                    "the expression has more ways to its end than the kernel can follow; make it simpler");
    return Translation{assembler.code()};
}

void append_as_function(const Translation& translation, std::vector<bpf_insn>& out) {
    bpf_insn over{};
    over.code = BPF_JMP | BPF_JA;
    over.off = 2;
    bpf_insn exit{};
    exit.code = BPF_JMP | BPF_EXIT;
    out.push_back(over);
    out.push_back(exit);
    out.insert(out.end(), translation.code.begin(), translation.code.end());
    out[out.size() - translation.code.size()].off = -2;
}

}  // namespace xdpsift::expression
