// SPDX-License-Identifier: BSD-2-Clause
// libpcap's interpreter has the last word: every expression on many frames, in the kernel, by each way of reaching the
// bytes, optimised and not. Seeded; XDPSIFT_TEST_SEED sets another seed, XDPSIFT_TEST_FILTERS fewer expressions.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <vector>

#include "bpf/expression/corpus.h"
#include "bpf/expression/translated_program.h"
#include "bpf/loaded_program.h"
#include "bpf/quiet_attachment.h"
#include "bpf/scaled.h"
#include "expression/compile.h"
#include "expression/pcap_program.h"
#include "xdpsift/event.h"

namespace xdpsift::bpf {
namespace {

using expression::ClassicProgram;
using expression::Source;

// Runs one classic program by all ways that this kernel has, and compares.
class Comparison {
   public:
    Comparison(std::string name, const ClassicProgram& program) : name_(std::move(name)), libpcap_(program) {
        in_place_ = std::make_unique<TranslatedProgram>(program, Source::frame);
        copy_ = std::make_unique<TranslatedProgram>(program, Source::copy);
        for (const auto* one : {in_place_.get(), copy_.get()})
            links_.push_back(attach_where_no_packet_comes(one->fd()));
    }

    // False after a difference.
    bool agrees(const Bytes& frame) {
        const bool expected = libpcap_.accepts(frame, frame.size());
        accepted += expected;
        const bool in_place = is(in_place_->verdict(frame), expected, "in place", frame);
        return is(copy_->verdict(frame), expected, "copied", frame) && in_place;
    }

    // The frame's first bytes alone: undecided, or what libpcap says of the whole frame.
    bool agrees_cut(const Bytes& frame, std::size_t cap_len) {
        const bool expected = libpcap_.accepts(frame, frame.size());
        const auto verdict = copy_->verdict(std::span(frame).first(cap_len), frame.size());
        undecided += verdict == XS_VERDICT_UNDECIDED;
        return verdict == XS_VERDICT_UNDECIDED || is(verdict, expected, "cut short", frame);
    }

    std::uint64_t accepted = 0;
    std::uint64_t verdicts = 0;
    std::uint64_t undecided = 0;

   private:
    bool is(std::uint32_t verdict, bool expected, const char* way, const Bytes& frame) {
        verdicts++;
        if (verdict == (expected ? 1u : 0u)) return true;
        ADD_FAILURE() << way << " says " << verdict << " where libpcap says " << expected << ": " << name_ << "\n"
                      << hex(frame);
        return false;
    }

    std::string name_;
    expression::Interpreter libpcap_;
    std::unique_ptr<TranslatedProgram> in_place_, copy_;
    std::vector<UniqueFd> links_;
};

struct Sum {
    std::uint64_t pairs = 0, verdicts = 0, accepted = 0, undecided = 0;
    void add(const Comparison& comparison) {
        verdicts += comparison.verdicts;
        accepted += comparison.accepted;
        undecided += comparison.undecided;
    }
    void print() const {
        std::cout << fmt::format("{} pairs, {} verdicts of the kernel, {} packets accepted, {} undecided\n", pairs,
                                 verdicts, accepted, undecided);
    }
};

// Optimised and not.
void compare_expression(const std::string& text, World& world, unsigned frames, Sum& sum) {
    std::vector<Comparison> comparisons;
    for (const bool optimise : {true, false}) {
        const auto compiled = expression::compile(text, {.optimise = optimise});
        if (!compiled) {
            // "mpls and geneve" and the like: libpcap itself says no.
            EXPECT_NE(compiled.error().message.find("libpcap refuses"), std::string::npos) << compiled.error().message;
            return;
        }
        comparisons.emplace_back(fmt::format("'{}'{}", text, optimise ? "" : ", not optimised"), compiled->program);
    }
    const bool loops = text.find("protochain") != std::string::npos;
    for (unsigned i = 0; i < frames; i++) {
        Bytes frame = random_frame(world);
        // Behind an authentication header libpcap's loop may come back to where it was, and never ends.
        if (loops) std::replace(frame.begin() + 14, frame.end(), std::uint8_t{51}, std::uint8_t{50});
        const auto cut = world.below(static_cast<unsigned>(frame.size()) + 1);
        for (auto& comparison : comparisons)
            if (!comparison.agrees(frame) || (i % 8 == 0 && !comparison.agrees_cut(frame, cut))) return;
    }
    sum.pairs += frames;
    for (const auto& comparison : comparisons) sum.add(comparison);
}

TEST(Translation, EveryPrimitiveIsAsLibpcapSays) {
    World world(seed());
    Sum sum;
    for (const auto text : primitives()) {
        SCOPED_TRACE(text);
        const auto compiled = expression::compile(std::string(text));
        EXPECT_TRUE(compiled) << compiled.error().message;
        compare_expression(std::string(text), world, scaled(scaled(2'000)), sum);
        if (HasFailure()) return;
    }
    sum.print();
    EXPECT_GT(sum.accepted, sum.verdicts / 100);
    EXPECT_GT(sum.undecided, 0u);
}

TEST(Translation, RandomExpressionsAreAsLibpcapSays) {
    World world(seed());
    Sum sum;
    for (unsigned i = 0; i < scaled(1'000); i++) {
        compare_expression(random_expression(world), world, scaled(650), sum);
        if (HasFailure()) return;
    }
    sum.print();
    EXPECT_GT(sum.accepted, sum.verdicts / 100);
}

// Valid programs, as libpcap would never write them: memory, both registers, every operation, jumps ahead.
ClassicProgram random_program(World& world) {
    const unsigned length = 2 + world.below(40);
    ClassicProgram out;
    const auto k = [&]() -> std::uint32_t {
        switch (world.below(6)) {
            case 0: return world.below(4);
            case 1: return world.below(64);
            case 2: return world.below(256);
            case 3: return 0x0800;
            case 4: return 0xffffffffu - world.below(16);
            default: return world.below(65536) << world.below(17);
        }
    };
    const auto add = [&](int code, std::uint32_t value, unsigned jt = 0, unsigned jf = 0) {
        out.push_back(
            {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(jt), static_cast<std::uint8_t>(jf), value});
    };
    static constexpr int kOperations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,
                                          BPF_AND, BPF_LSH, BPF_RSH, BPF_MOD, BPF_XOR};
    static constexpr int kJumps[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
    static constexpr int kSizes[] = {BPF_W, BPF_H, BPF_B};
    while (out.size() < length) {
        const unsigned left = length - static_cast<unsigned>(out.size());
        switch (world.below(14)) {
            case 0: add(BPF_LD | kSizes[world.below(3)] | BPF_ABS, world.chance(90) ? world.below(70) : k()); break;
            case 1: add(BPF_LD | kSizes[world.below(3)] | BPF_IND, world.chance(90) ? world.below(40) : k()); break;
            case 2: add(BPF_LDX | BPF_B | BPF_MSH, world.below(70)); break;
            case 3: add(world.chance(50) ? BPF_LD | BPF_W | BPF_LEN : BPF_LDX | BPF_W | BPF_LEN, 0); break;
            case 4: add(world.chance(50) ? BPF_LD | BPF_IMM : BPF_LDX | BPF_IMM, k()); break;
            case 5: add(world.chance(50) ? BPF_ST : BPF_STX, world.below(16)); break;
            case 6: add(world.chance(50) ? BPF_LD | BPF_MEM : BPF_LDX | BPF_MEM, world.below(16)); break;
            case 7: add(BPF_MISC | (world.chance(50) ? BPF_TAX : BPF_TXA), 0); break;
            case 8: add(BPF_ALU | BPF_NEG, 0); break;
            case 9:
            case 10: {
                const int operation = kOperations[world.below(10)];
                const bool by_x = world.chance(40);
                const bool divides = operation == BPF_DIV || operation == BPF_MOD;
                const bool shifts = operation == BPF_LSH || operation == BPF_RSH;
                // By a constant zero, or by more bits than there are, libpcap lets nobody divide or shift.
                const std::uint32_t value = divides ? std::max(k(), 1u) : shifts && !by_x ? world.below(32) : k();
                add(BPF_ALU | operation | (by_x ? BPF_X : BPF_K), value);
                break;
            }
            case 11:
                if (world.chance(30)) add(BPF_RET | (world.chance(50) ? BPF_A : BPF_K), world.below(3));
                break;
            default:
                if (left < 3) break;
                add(BPF_JMP | kJumps[world.below(4)] | (world.chance(30) ? BPF_X : BPF_K), k(), world.below(left - 2),
                    world.below(left - 2));
                break;
        }
    }
    add(BPF_RET | BPF_A, 0);
    return out;
}

TEST(Translation, RandomProgramsAreAsLibpcapsInterpreterSays) {
    constexpr unsigned kFrames = 60;
    World world(seed());
    Sum sum;
    for (unsigned i = 0; i < scaled(1500); i++) {
        const auto program = random_program(world);
        ASSERT_TRUE(expression::check(program));
        Comparison comparison("\n" + expression::listing(program), program);
        for (unsigned j = 0; j < kFrames; j++) {
            if (!comparison.agrees(random_frame(world))) return;
        }
        sum.pairs += kFrames;
        sum.add(comparison);
    }
    sum.print();
    EXPECT_GT(sum.accepted, sum.verdicts / 50);
    EXPECT_LT(sum.accepted, sum.verdicts / 3);
}

}  // namespace
}  // namespace xdpsift::bpf
