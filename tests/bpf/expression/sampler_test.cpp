// SPDX-License-Identifier: BSD-2-Clause
// The expression inside the program that a capture loads: beside the structured options, on frames in several
// fragments, and as long as it gets.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <iostream>

#include "bpf/expression/corpus.h"
#include "bpf/loaded_program.h"
#include "bpf/reference_match.h"
#include "bpf/scaled.h"
#include "expression/compile.h"
#include "expression/pcap_program.h"

namespace xdpsift::bpf {
namespace {

expression::ClassicProgram compiled(const std::string& text) {
    auto out = expression::compile(text, {.limit_s = 100});
    if (!out) throw std::runtime_error(out.error().message);
    return out->program;
}

loader::SamplerOptions with_expression(const std::string& text) {
    loader::SamplerOptions options;
    options.expression = compiled(text);
    return options;
}

// Each keeps its meaning: what the options alone say, and libpcap alone.
TEST(SamplerExpression, IsJoinedToTheOptionsByAnd) {
    World world(seed());
    unsigned matched = 0, by_expression = 0, malformed = 0;
    for (unsigned i = 0; i < scaled(100); i++) {
        const auto filter = world.filter();
        std::string text = random_expression(world);
        auto program = expression::compile(text);
        if (!program || text.find("protochain") != text.npos) continue;  // libpcap says no, or does not end
        loader::SamplerOptions options;
        options.filter = filter;
        options.expression = program->program;
        LoadedProgram sampler(options);
        const expression::Interpreter libpcap(program->program);
        for (int j = 0; j < 300; j++) {
            const Bytes frame = random_frame(world);
            const auto alone = reference_match(filter, frame);
            const bool accepted = libpcap.accepts(frame, frame.size());
            const auto outcome = sampler.outcome(frame);
            SCOPED_TRACE(fmt::format("{} and ({})\n{}", filter.text(), text, hex(frame)));
            ASSERT_EQ(outcome == Outcome::matched, alone.matches && accepted);
            if (alone.matches && !accepted) {
                ASSERT_EQ(outcome, Outcome::filtered_out);
            }
            matched += outcome == Outcome::matched;
            malformed += outcome == Outcome::malformed;
            by_expression += alone.matches && !accepted;
        }
    }
    std::cout << matched << " matched, " << by_expression << " filtered out by the expression alone, " << malformed
              << " malformed\n";
    EXPECT_GT(matched, 0u);
    EXPECT_GT(by_expression, 0u);
    EXPECT_GT(malformed, 0u);
}

// A frame of more than a page reaches the program in several fragments, and only the first lies between data and
// data_end.
TEST(SamplerExpression, LooksIntoEveryFragment) {
    if (!loader::Sampler::load({})->frags()) GTEST_SKIP() << "no XDP frames in several fragments before Linux 5.18";
    constexpr unsigned kLargest = 65'000;
    World world(seed());
    unsigned accepted = 0, frames = 0;
    for (unsigned i = 0; i < scaled(200); i++) {
        const unsigned offset = world.chance(50) ? 3'000 + world.below(2'000) : world.below(kLargest);
        const unsigned size = 1u << world.below(3);
        static constexpr const char* kForms[] = {"ether[{0}:{1}] & 1 = 1",
                                                 "ether[{0}:{1}] > 0x7f or len = 5000",
                                                 "len > {0} and ether[len - {1}] < 128",
                                                 "ip[{0}:{1}] & 3 != 0 and ether[ether[12:2] + {0}] & 1 = 0",
                                                 "udp[{0}:{1}] & 1 = 0",
                                                 "not ether[{0}:{1}] & 1 = 1",
                                                 "greater {0} and ip",
                                                 "udp and ether[{0} + ether[14]] > 99"};
        const std::string text = fmt::format(fmt::runtime(kForms[world.below(std::size(kForms))]), offset, size);
        const auto program = compiled(text);
        LoadedProgram sampler(with_expression(text));
        const expression::Interpreter libpcap(program);
        for (int j = 0; j < 40; j++) {
            Packet packet = Ethernet();
            packet.append(Ipv4("10.0.0.1", "10.0.0.2")).append(Udp(1, 2));
            Bytes frame = packet.build();
            const auto headers = frame.size();
            // Most end near what is looked at.
            const unsigned end =
                world.chance(70) ? std::max(60u, offset + world.below(100)) : 60 + world.below(kLargest - 60);
            frame.resize(std::min(end, kLargest));
            for (std::size_t at = headers; at < frame.size(); at += 1 + world.below(3))
                frame[at] = static_cast<std::uint8_t>(world.below(256));
            const bool expected = libpcap.accepts(frame, frame.size());
            const auto outcome = sampler.outcome(frame);
            ASSERT_EQ(outcome, expected ? Outcome::matched : Outcome::filtered_out)
                << text << ", " << frame.size() << " bytes";
            accepted += expected;
            frames++;
        }
    }
    EXPECT_GT(accepted, frames / 10);
    EXPECT_LT(accepted, frames - frames / 10);
}

std::string many(unsigned count, const std::function<std::string(unsigned)>& term) {
    std::string out;
    for (unsigned i = 0; i < count; i++) out += (i == 0 ? "" : " or ") + term(i);
    return out;
}

TEST(SamplerExpression, OfFiveHundredTermsLoads) {
    // libpcap takes half a minute for each on an emulated machine.
    const unsigned count = std::max(100u, scaled(500));
    const std::pair<std::string, std::string> cases[] = {
        {"host", many(500, [](unsigned i) { return fmt::format("host 10.0.{}.{}", i / 250, i % 250); })},
        {"net", many(count, [](unsigned i) { return fmt::format("net 10.{}.{}.0/24", i % 250, i / 250); })},
        {"net of IPv6", many(count, [](unsigned i) { return fmt::format("net 2001:db8:{:x}::/48", i); })},
        {"bytes", many(count, [](unsigned i) { return fmt::format("ether[{}:2] = {}", i % 1400, i + 60'000); })},
        {"mixed", many(count,
                       [](unsigned i) {
                           return i % 2 == 0 ? fmt::format("tcp port {}", 1000 + i)
                                             : fmt::format("(udp and not net 172.16.{}.0/24)", i % 250);
                       })},
    };
    World world(seed());
    for (const auto& [name, text] : cases) {
        SCOPED_TRACE(name);
        const auto program = compiled(text);
        LoadedProgram sampler(with_expression(text));
        const expression::Interpreter libpcap(program);
        for (int j = 0; j < 200; j++) {
            const Bytes frame = random_frame(world);
            ASSERT_EQ(sampler.outcome(frame),
                      libpcap.accepts(frame, frame.size()) ? Outcome::matched : Outcome::filtered_out)
                << hex(frame);
        }
    }
}

// The verifier walks each round of each loop: those behind one another, and not those of one times those of the other.
TEST(SamplerExpression, OfSeveralLoopsLoads) {
    World world(seed());
    for (const std::string text :
         {"net (10.0.0.0/8 or 192.168.0.0/16 or 2001:db8::/32) and (protochain 50 or protochain 51)",
          "ip6 host fe80::1 and protochain 6 and not port 22 or vlan and protochain 17",
          "(host 10.0.0.1 or host 2001:db8::1) and (udp port 53 or tcp port 53) or (host 10.0.0.2 or host 2001:db8::2) "
          "and "
          "protochain 6"}) {
        SCOPED_TRACE(text);
        const auto program = compiled(text);
        LoadedProgram sampler(with_expression(text));
        const expression::Interpreter libpcap(program);
        for (int j = 0; j < 100; j++) {
            const Bytes frame = random_frame(world);
            ASSERT_EQ(sampler.outcome(frame),
                      libpcap.accepts(frame, frame.size()) ? Outcome::matched : Outcome::filtered_out)
                << hex(frame);
        }
    }
}

// No instruction can be spared, and each is another one for the verifier.
TEST(SamplerExpression, BeyondWhatTheKernelHoldsIsRefusedInASentence) {
    loader::SamplerOptions options;
    options.expression.push_back({BPF_LD | BPF_W | BPF_LEN, 0, 0, 0});
    for (std::uint32_t i = 0; i < 550'000; i++) {
        options.expression.push_back({BPF_ALU | BPF_ADD | BPF_K, 0, 0, i});
        options.expression.push_back({BPF_ALU | BPF_XOR | BPF_K, 0, 0, i});
    }
    options.expression.push_back({BPF_RET | BPF_A, 0, 0, 0});
    const auto sampler = loader::Sampler::load(options);
    ASSERT_FALSE(sampler);
    EXPECT_EQ(sampler.error().status, ExitStatus::unsupported) << sampler.error().message;
    EXPECT_THAT(sampler.error().message, ::testing::HasSubstr("expression"));
    EXPECT_LT(sampler.error().message.size(), 300u) << sampler.error().message;
}

}  // namespace
}  // namespace xdpsift::bpf
