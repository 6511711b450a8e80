// SPDX-License-Identifier: BSD-2-Clause
// Whole, short, cut and large frames: what is decided must be what the whole frame's verdict is, as the references for
// options (reference_match) and for expressions (libpcap) tell it; what cannot be known must not be claimed.
#include "offline/frame_judge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <iostream>

#include "bpf/expression/corpus.h"
#include "bpf/loaded_program.h"
#include "bpf/reference_match.h"
#include "expression/compile.h"
#include "expression/pcap_program.h"

namespace xdpsift::bpf {
namespace {

using offline::Decision;
using offline::FrameJudge;
using offline::Judgement;
using testing::HasSubstr;

constexpr std::uint64_t kDefaultSeed = 20'251'122;

expression::ClassicProgram compiled(const std::string& text) {
    auto out = expression::compile(text);
    if (!out) throw std::runtime_error(out.error().message);
    return out->program;
}

FrameJudge judge_of(const Filter& filter, const std::string& expression) {
    auto judge = FrameJudge::load(filter, expression.empty() ? expression::ClassicProgram{} : compiled(expression));
    if (!judge) throw std::runtime_error(judge.error().message);
    return std::move(*judge);
}

Judgement judge(FrameJudge& judge, std::span<const std::uint8_t> data, std::size_t frame_len) {
    auto judgement = judge.judge(data, static_cast<std::uint32_t>(frame_len));
    if (!judgement) throw std::runtime_error(judgement.error().message);
    return *judgement;
}

Judgement judge_whole(FrameJudge& one, const Bytes& frame) { return judge(one, frame, frame.size()); }

Filter dport(unsigned port) {
    Filter filter;
    filter.dport = ports({NumberRange(port)});
    return filter;
}

Bytes udp(std::size_t payload_bytes, unsigned port = 53) {
    return (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Udp(4000, port) / payload(payload_bytes)).build();
}

TEST(FrameJudge, WhatIsDecidedOfACutFrameIsTrueOfTheWhole) {
    const char* const chosen = std::getenv("XDPSIFT_TEST_SEED");
    const std::uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 0) : kDefaultSeed;
    std::cout << "seed " << seed << "\n";
    const char* const fewer = std::getenv("XDPSIFT_TEST_FILTERS");
    const unsigned filters = fewer != nullptr ? static_cast<unsigned>(std::stoul(fewer)) : 60;
    World world(seed);
    std::array<unsigned, 3> decisions{};
    for (unsigned i = 0; i < filters && !HasFailure(); ++i) {
        const Filter filter = i % 3 == 0 ? Filter{} : world.filter();
        const std::string text = i % 3 == 1 ? std::string() : random_expression(world);
        const auto program =
            text.empty() ? Result<expression::Compiled>(expression::Compiled{}) : expression::compile(text);
        if (!program) continue;  // libpcap refuses some that make no sense together
        // A chain that jumps back may not end for libpcap.
        if (text.find("protochain") != text.npos) continue;
        auto loaded = FrameJudge::load(filter, program->program);
        ASSERT_TRUE(loaded) << loaded.error().message << " for " << text;
        std::optional<expression::Interpreter> libpcap;
        if (!text.empty()) libpcap.emplace(program->program);
        for (int j = 0; j < 400 && !HasFailure(); ++j) {
            const Bytes frame = world.chance(50) ? world.frame() : random_frame(world);
            const auto kept = world.chance(30) ? frame.size() : world.below(static_cast<unsigned>(frame.size()) + 1);
            const bool expected =
                reference_match(filter, frame).matches && (!libpcap || libpcap->accepts(frame, frame.size()));
            const auto judgement = judge(*loaded, std::span(frame).first(kept), frame.size());
            const auto what = fmt::format("seed {}, \"{}\" and ({}), {} bytes of {}: {}", seed, filter.text(), text,
                                          kept, hex(frame), judgement.why);
            ++decisions[static_cast<std::size_t>(judgement.decision)];
            if (judgement.decision == Decision::undecided)
                EXPECT_LT(kept, frame.size()) << what;
            else
                EXPECT_EQ(judgement.decision == Decision::match, expected) << what;
        }
    }
    std::cout << "match " << decisions[0] << ", no match " << decisions[1] << ", undecided " << decisions[2] << "\n";
    for (const unsigned count : decisions) EXPECT_GT(count, filters * 400 / 100);
}

TEST(FrameJudge, AFrameShorterThanAnEthernetHeaderHasNoFields) {
    auto fields = judge_of(dport(53), "");
    auto expression = judge_of({}, "greater 5");
    auto both = judge_of(dport(53), "greater 5");
    auto everything = judge_of({}, "");
    for (std::size_t size = 0; size < 14; ++size) {
        const Bytes frame(size);
        EXPECT_EQ(judge_whole(fields, frame).decision, Decision::no_match) << size;
        EXPECT_EQ(judge_whole(both, frame).decision, Decision::no_match) << size;
        EXPECT_EQ(judge_whole(everything, frame).decision, Decision::match) << size;
        EXPECT_EQ(judge_whole(expression, frame).decision, size >= 5 ? Decision::match : Decision::no_match) << size;
    }
}

TEST(FrameJudge, ACutFrameIsDecidedByTheBytesThatAreThere) {
    const Bytes frame = udp(100);
    auto fields = judge_of(dport(53), "");
    auto expression = judge_of({}, "udp dst port 53");
    auto other = judge_of(dport(53), "udp dst port 54");
    for (std::size_t kept = 0; kept < frame.size(); ++kept) {
        const auto data = std::span(frame).first(kept);
        const bool ports_there = kept >= 14 + 20 + 4;
        for (auto* one : {&fields, &expression}) {
            const auto judgement = judge(*one, data, frame.size());
            EXPECT_EQ(judgement.decision, ports_there ? Decision::match : Decision::undecided) << kept;
            EXPECT_THAT(judgement.why, ports_there ? HasSubstr("") : HasSubstr(fmt::format("{} of its 142 b", kept)));
        }
        EXPECT_EQ(judge(other, data, frame.size()).decision, ports_there ? Decision::no_match : Decision::undecided);
    }
}

TEST(FrameJudge, OnePartThatSaysNoIsEnough) {
    const Bytes frame = udp(100);
    // The options need the ports, which were not captured; the expression sees that it is no IPv6.
    auto both = judge_of(dport(53), "ip6");
    EXPECT_EQ(judge(both, std::span(frame).first(20), frame.size()).decision, Decision::no_match);
    // And the other way round.
    Filter filter;
    filter.proto = protocols({NumberRange(6)});
    auto turned = judge_of(filter, "udp[20] = 1");
    EXPECT_EQ(judge(turned, std::span(frame).first(34), frame.size()).decision, Decision::no_match);
}

TEST(FrameJudge, TheLengthOfACutFrameIsThatOfTheWhole) {
    const Bytes frame = udp(1000);
    auto longer = judge_of({}, "greater 1042");
    auto shorter = judge_of({}, "less 1041");
    EXPECT_EQ(judge(longer, std::span(frame).first(60), frame.size()).decision, Decision::match);
    EXPECT_EQ(judge(shorter, std::span(frame).first(60), frame.size()).decision, Decision::no_match);
}

class LargeFrameTest : public testing::TestWithParam<std::size_t> {};

// In one page, in fragments, and beyond what the kernel takes.
TEST_P(LargeFrameTest, IsDecidedAsFarAsTheKernelReaches) {
    Bytes frame = udp(8);
    frame.resize(GetParam());
    for (std::size_t i = 50; i < frame.size(); ++i) frame[i] = static_cast<std::uint8_t>(i % 251);
    auto headers = judge_of(dport(53), "udp dst port 53");
    EXPECT_EQ(judge_whole(headers, frame).decision, Decision::match);
    auto length = judge_of({}, fmt::format("len = {}", frame.size()));
    EXPECT_EQ(judge_whole(length, frame).decision, Decision::match);
    for (const std::size_t at : {frame.size() / 2, frame.size() - 1}) {
        auto deep = judge_of({}, fmt::format("ether[{}] = {}", at, at % 251));
        auto not_there = judge_of({}, fmt::format("ether[{}] = {}", at, 255));
        const bool within = at < std::size_t{XS_COPY_BYTES};
        EXPECT_EQ(judge_whole(deep, frame).decision, within ? Decision::match : Decision::undecided) << at;
        EXPECT_EQ(judge_whole(not_there, frame).decision, within ? Decision::no_match : Decision::undecided) << at;
    }
    auto beyond = judge_of({}, fmt::format("ether[{}] = 0", frame.size()));
    EXPECT_EQ(judge_whole(beyond, frame).decision,
              frame.size() <= std::size_t{XS_COPY_BYTES} ? Decision::no_match : Decision::undecided);
}

INSTANTIATE_TEST_SUITE_P(Sizes, LargeFrameTest,
                         testing::Values(100, 3072, 3073, 3520, 3521, 4096, 9014, 65'000, 65'535, 65'600, 70'000,
                                         73'153, 100'000, 262'144),
                         [](const auto& instance) { return fmt::format("{}", instance.param); });

// libpcap's length and ours, where a file claims more bytes captured than there were.
TEST(FrameJudge, AFrameWithMoreCapturedThanItHadIsReadAsLibpcapReadsIt) {
    const Bytes frame = udp(100);
    const auto program = compiled("less 60 and udp dst port 53");
    auto one = judge_of({}, "less 60 and udp dst port 53");
    EXPECT_TRUE(expression::Interpreter(program).accepts(frame, 60));
    EXPECT_EQ(judge(one, frame, 60).decision, Decision::match);
    EXPECT_EQ(judge(one, frame, 61).decision, Decision::no_match);
}

}  // namespace
}  // namespace xdpsift::bpf
