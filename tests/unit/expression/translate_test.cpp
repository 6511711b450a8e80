// SPDX-License-Identifier: BSD-2-Clause
// What a translation looks like. What it means is compared with libpcap in tests/bpf/expression.
#include "expression/translate.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "expression/byte_access.h"
#include "expression/compile.h"
#include "harness/kernel_machine.h"
#include "xdpsift/event.h"

namespace xdpsift::expression {
namespace {

using harness::verdict_of;

constexpr std::uint32_t kCapacity = 1'000;
constexpr Source kSources[] = {Source::frame, Source::fragment, Source::copy};

constexpr sock_filter ldb(std::uint32_t at) { return BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at); }
constexpr sock_filter ja(std::int32_t by) { return BPF_STMT(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(by)); }
constexpr sock_filter ret(std::uint32_t k) { return BPF_STMT(BPF_RET | BPF_K, k); }
constexpr sock_filter jump(int comparison, std::uint32_t k, std::uint8_t jt, std::uint8_t jf) {
    return BPF_JUMP(static_cast<__u16>(BPF_JMP | comparison | BPF_K), k, jt, jf);
}

Translation translated(const ClassicProgram& program, Source source, int stack_used = 0) {
    EXPECT_TRUE(check(program));
    auto translation = translate(program, {.source = source, .copy_capacity = kCapacity, .stack_used = stack_used});
    EXPECT_TRUE(translation);
    return translation.value_or(Translation{});
}

ClassicProgram compiled(const std::string& text) {
    auto out = compile(text);
    EXPECT_TRUE(out) << text;
    return out.value_or(Compiled{}).program;
}

bool is_guard(const bpf_insn& instruction) {
    return instruction.code == (BPF_JMP | BPF_JGT | BPF_X) && instruction.src_reg == kEnd;
}

// Of a program without loops.
struct PathCounts {
    std::size_t guards = 0;
    std::size_t loads = 0;
};
PathCounts most_on_a_path(const std::vector<bpf_insn>& code) {
    std::vector<PathCounts> from(code.size() + 1);
    for (auto i = code.size(); i-- > 1;) {
        const auto kind = BPF_CLASS(code[i].code);
        const auto to = static_cast<std::size_t>(static_cast<std::int64_t>(i) + 1 + code[i].off);
        PathCounts out = code[i].code == (BPF_JMP | BPF_JA) ? PathCounts{} : from[i + 1];
        if ((kind == BPF_JMP || kind == BPF_JMP32) && to > i) {
            out.guards = std::max(out.guards, from[to].guards);
            out.loads = std::max(out.loads, from[to].loads);
        }
        out.guards += is_guard(code[i]);
        out.loads += kind == BPF_LDX && code[i].src_reg != kStack;
        from[i] = out;
    }
    return from[1];
}

std::size_t guards(const std::vector<bpf_insn>& code) {
    return static_cast<std::size_t>(std::ranges::count_if(code, is_guard));
}

struct GuardCase {
    const char* text;
    std::size_t all, on_a_path, loads_there;
};

// A guard asks for all that every accepting path behind it loads. There is one at the start, and one more where a path
// that goes on needs more than another would have, or sets X.
TEST(Translate, PlacesAGuardForEachPathRatherThanForEachLoad) {
    constexpr GuardCase kCases[] = {
        {"ip", 1, 1, 1},
        {"ether[0] = 1 and ether[10] = 2 and ether[20] = 3 and ether[30:4] = 5", 1, 1, 4},
        {"ip and (ip[8] < 5 or ip[9] = 6) and ip[12:4] = 1 and ip[16:4] != 2", 1, 1, 5},
        // The frame, and what is behind its IPv4 header, whose length stands in X.
        {"tcp[tcpflags] & tcp-syn != 0 and not net 10.0.0.0/8", 2, 2, 7},
        // The source port may be the only one that is looked at; then, for each version of IP, the destination's.
        {"tcp port 80", 5, 3, 6},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.text);
        const auto code = translated(compiled(one.text), Source::frame).code;
        const auto most = most_on_a_path(code);
        EXPECT_EQ(guards(code), one.all);
        EXPECT_EQ(most.guards, one.on_a_path);
        EXPECT_EQ(most.loads, one.loads_there);
    }
}

TEST(Translate, ALongExpressionHasNoMoreGuardsOnAPathThanAShortOne) {
    std::string text = "ip and (src net 10.0.0.0/24";
    for (int i = 1; i < 200; i++) text += " or src net 10.0." + std::to_string(i) + ".0/24";
    const auto code = translated(compiled(text + ") and tcp port 80"), Source::frame).code;
    EXPECT_LE(most_on_a_path(code).guards, 3u);
    EXPECT_LE(guards(code), 5u);
}

TEST(Translate, TheFirstInstructionIsTheOnlyWayOut) {
    for (const auto source : kSources) {
        const auto code = translated(compiled("tcp port 80 or ip6 protochain 17"), source).code;
        EXPECT_EQ(code.front().code, BPF_JMP | BPF_JA);
        EXPECT_EQ(code.back().code, BPF_JMP | BPF_JA);
        for (std::size_t i = 1; i < code.size(); i++) {
            EXPECT_NE(code[i].code, BPF_JMP | BPF_EXIT);
            const auto kind = BPF_CLASS(code[i].code);
            if ((kind != BPF_JMP && kind != BPF_JMP32) || BPF_OP(code[i].code) == BPF_CALL) continue;
            const auto to = static_cast<std::int64_t>(i) + 1 + code[i].off;
            EXPECT_TRUE(to >= 0 && to < std::ssize(code)) << i;
        }
    }
}

// M[] from end to end, both registers across loads, the length, a loop.
ClassicProgram with_everything_on_the_stack() {
    ClassicProgram program;
    for (std::uint32_t word = 0; word < BPF_MEMWORDS; word++) {
        program.push_back(BPF_STMT(BPF_LD | BPF_IMM, 100 + word));
        program.push_back(BPF_STMT(BPF_ST, word));
    }
    program.push_back(BPF_STMT(BPF_LDX | BPF_LEN, 0));  // X = 20
    program.push_back(BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 3));
    program.push_back(BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0));
    program.push_back(jump(BPF_JGT, 19 + 5, 1, 0));  // once more until M[0] is 5
    program.push_back(ret(0));
    program.push_back(BPF_STMT(BPF_LD | BPF_MEM, 0));
    program.push_back(BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 1));
    program.push_back(BPF_STMT(BPF_ST, 0));
    program.push_back(jump(BPF_JEQ, 5, 1, 0));
    program.push_back(ja(-9));
    for (std::uint32_t word = 1; word < BPF_MEMWORDS; word++) {
        program.push_back(BPF_STMT(BPF_LD | BPF_MEM, word));
        program.push_back(jump(BPF_JEQ, 100 + word, 1, 0));
        program.push_back(ret(0));
    }
    program.push_back(ret(1));
    return program;
}

TEST(Translate, KeepsToItsRegistersAndToItsPartOfTheStack) {
    const std::vector<std::uint8_t> frame = {0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const auto program = with_everything_on_the_stack();
    for (const auto source : kSources) {
        for (const int used : {0, 1, 8, 100, 359, 360}) {
            SCOPED_TRACE(testing::Message() << static_cast<int>(source) << ", " << used);
            const auto translation = translated(program, source, used);
            for (const auto& one : translation.code) {
                const auto kind = BPF_CLASS(one.code);
                for (const unsigned reg : {static_cast<unsigned>(one.dst_reg), static_cast<unsigned>(one.src_reg)})
                    EXPECT_TRUE(reg <= BPF_REG_5 || reg == BPF_REG_10) << reg;
                const bool by_stack = ((kind == BPF_ST || kind == BPF_STX) && one.dst_reg == BPF_REG_10) ||
                                      (kind == BPF_LDX && one.src_reg == BPF_REG_10);
                if (!by_stack) continue;
                const int bytes = BPF_SIZE(one.code) == BPF_DW ? 8 : BPF_SIZE(one.code) == BPF_W ? 4 : 2;
                EXPECT_GE(one.off, -used - 7 - kTranslationStackBytes);
                EXPECT_LE(one.off + bytes, -used);
                // Of a word that ends at an odd place the verifier would not keep track.
                EXPECT_EQ(one.off % bytes, 0);
            }
            EXPECT_EQ(verdict_of(translation, source, frame, frame.size()), XS_VERDICT_ACCEPT);
        }
    }
}

TEST(Translate, SaysSoWhereTheStackDoesNotSuffice) {
    for (const auto source : kSources) {
        const auto with = [source](int used) {
            return translate({ret(1)}, {.source = source, .copy_capacity = kCapacity, .stack_used = used});
        };
        EXPECT_TRUE(with(512 - kTranslationStackBytes));
        const auto refused = with(512 - kTranslationStackBytes + 1);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().status, ExitStatus::unsupported);
        EXPECT_THAT(refused.error().message, testing::HasSubstr("stack"));
    }
}

TEST(Translate, ALoopEndsAfterItsRoundsWithARejection) {
    // X counts; the verdict comes after `rounds` ways back.
    const auto counting = [](std::int32_t rounds) {
        return ClassicProgram{BPF_STMT(BPF_MISC | BPF_TXA, 0),
                              jump(BPF_JEQ, static_cast<std::uint32_t>(rounds), 3, 0),
                              BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
                              BPF_STMT(BPF_MISC | BPF_TAX, 0),
                              ja(-5),
                              ret(1)};
    };
    for (const auto source : kSources) {
        EXPECT_EQ(verdict_of(translated(counting(kMaxRounds), source), source, {}, 0), XS_VERDICT_ACCEPT);
        EXPECT_EQ(verdict_of(translated(counting(kMaxRounds + 1), source), source, {}, 0), XS_VERDICT_REJECT);
    }
}

// The first bytes were asked for before the loop alone, and on one of the two ways into it.
TEST(Translate, EachLoopHasItsRounds) {
    // X counts to `first` in one loop, then on by `second` in the next.
    const auto counting = [](std::uint32_t first, std::uint32_t second) {
        ClassicProgram program;
        for (const std::uint32_t to : {first, first + second}) {
            program.push_back(BPF_STMT(BPF_MISC | BPF_TXA, 0));
            program.push_back(jump(BPF_JEQ, to, 3, 0));
            program.push_back(BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1));
            program.push_back(BPF_STMT(BPF_MISC | BPF_TAX, 0));
            program.push_back(ja(-5));
        }
        program.push_back(ret(1));
        return program;
    };
    constexpr auto kMost = static_cast<std::uint32_t>(kMaxRounds);
    for (const auto source : kSources) {
        EXPECT_EQ(verdict_of(translated(counting(kMost, kMost), source), source, {}, 0), XS_VERDICT_ACCEPT);
        EXPECT_EQ(verdict_of(translated(counting(kMost, kMost + 1), source), source, {}, 0), XS_VERDICT_REJECT);
        EXPECT_EQ(verdict_of(translated(counting(kMost + 1, 0), source), source, {}, 0), XS_VERDICT_REJECT);
    }
}

TEST(Translate, ALoopThatIsEnteredInItsMiddleIsGuarded) {
    const ClassicProgram program = {BPF_STMT(BPF_LD | BPF_LEN, 0),
                                    jump(BPF_JGT, 50, 0, 3),
                                    ldb(60),
                                    ldb(60),  // the loop's head
                                    ja(0),
                                    ldb(10),  // the other entrance
                                    jump(BPF_JEQ, 1, 1, 0),
                                    ja(-5),
                                    ret(1)};
    const std::vector<std::uint8_t> no_frame_of_60(30);
    for (const auto source : kSources)
        EXPECT_EQ(verdict_of(translated(program, source), source, no_frame_of_60, 30),
                  source == Source::fragment ? XS_VERDICT_UNDECIDED : XS_VERDICT_REJECT);
}

TEST(Translate, WhatOnlyAJumpBackLeadsToIsThere) {
    const ClassicProgram program = {ja(1), ret(1), ja(-2)};
    for (const auto source : kSources)
        EXPECT_EQ(verdict_of(translated(program, source), source, {}, 0), XS_VERDICT_ACCEPT);
}

TEST(Translate, TheFirstFragmentIsUndecidedWithoutWhatIsBehindIt) {
    const auto translation = translated({ldb(20), jump(BPF_JEQ, 7, 0, 1), ret(1), ret(0)}, Source::fragment);
    std::vector<std::uint8_t> frame(30);
    for (const unsigned value : {7u, 8u}) {
        frame[20] = static_cast<std::uint8_t>(value);
        for (const std::size_t first : {30, 21})
            EXPECT_EQ(verdict_of(translation, Source::fragment, frame, first), value == 7 ? 1u : 0u) << first;
        for (const std::size_t first : {20, 0})
            EXPECT_EQ(verdict_of(translation, Source::fragment, frame, first), XS_VERDICT_UNDECIDED) << first;
    }
}

TEST(Translate, ACopyIsUndecidedWhereBytesThatItHasNotDecide) {
    const auto translation = translated({ldb(20), jump(BPF_JEQ, 7, 0, 1), ret(1), ret(0)}, Source::copy);
    std::vector<std::uint8_t> frame(30);
    frame[20] = 7;
    EXPECT_EQ(verdict_of(translation, Source::copy, frame, 21), XS_VERDICT_ACCEPT);
    EXPECT_EQ(verdict_of(translation, Source::copy, frame, 20), XS_VERDICT_UNDECIDED);
    EXPECT_EQ(verdict_of(translation, Source::copy, std::span(frame).first(20), 20), XS_VERDICT_REJECT);
}

// Each of the ways to its own end is open until all have been written.
ClassicProgram with_open_jumps(std::uint32_t count) {
    ClassicProgram program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};
    for (std::uint32_t i = 0; i < count; i++) {
        program.push_back(jump(BPF_JEQ, i, 0, 1));
        program.push_back(ja(static_cast<std::int32_t>(2 * (count - i) - 1 + 3 * i)));
    }
    program.push_back(ret(0));
    for (std::uint32_t i = 0; i < count; i++) {
        program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4));
        program.push_back(jump(BPF_JEQ, i, 0, 1));
        program.push_back(ret(1));
    }
    program.push_back(ret(0));
    return program;
}

TEST(Translate, ManyOpenWaysEndWhereTheyShould) {
    constexpr std::uint32_t kCount = 7'000;
    const auto translation = translated(with_open_jumps(kCount), Source::frame);
    for (std::uint32_t i = 0; i <= kCount; i += 100) {
        const auto upper = static_cast<std::uint8_t>(i >> 8), lower = static_cast<std::uint8_t>(i);
        const std::vector<std::uint8_t> frame = {0, 0, upper, lower, 0, 0, upper, lower};
        EXPECT_EQ(verdict_of(translation, Source::frame, frame, frame.size()), i < kCount ? 1u : 0u) << i;
    }
}

// Relays for relays would have no end.
TEST(Translate, SaysSoWhereMoreWaysAreOpenThanJumpsReach) {
    for (const std::uint32_t count : {20'000u, 50'000u}) {
        const auto refused = translate(with_open_jumps(count), {.source = Source::frame});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().status, ExitStatus::unsupported);
        EXPECT_THAT(refused.error().message, testing::HasSubstr("more ways"));
    }
}

}  // namespace
}  // namespace xdpsift::expression
