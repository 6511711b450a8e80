// SPDX-License-Identifier: BSD-2-Clause
// The translator of classic BPF, which must not trust that a program is one of libpcap's. What check() accepts is
// translated for each way of reaching a frame's bytes, and comes to the verdict of libpcap's interpreter; in the kernel
// too, where it may be asked. Input: a program and a frame (classic_input.h).
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "bpf/expression/translated_program.h"
#include "expression/classic.h"
#include "expression/flow.h"
#include "expression/paths.h"
#include "expression/pcap_program.h"
#include "expression/translate.h"
#include "fuzz/classic_input.h"
#include "fuzz/classic_machine.h"
#include "fuzz/require.h"
#include "harness/kernel_machine.h"
#include "xdpsift/event.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace xdpsift;
using bpf::TranslatedProgram;
using expression::ClassicProgram;
using expression::Source;
using fuzz::ClassicInput;

// Of the kernel's for one of libpcap's: guards twice, a division, the load.
constexpr std::size_t kMostForOne = 20;
// What the kernel runs as a test in one piece: a page less headroom and tailroom. And in any case: an Ethernet header.
constexpr std::size_t kLongestLinear = 3'400;
constexpr std::size_t kShortestFrame = 14;

bool kernel_takes_programs() {
    const std::array<bpf_insn, 2> pass = {
        bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = XDP_PASS},
        bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
    const UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", pass.data(), pass.size(), nullptr));
    if (!program) fmt::print(stderr, "programs are translated, but not loaded: {}\n", std::strerror(errno));
    return static_cast<bool>(program);
}

// Every way through it leads to its first instruction, and by that out of it.
void check_jumps(const std::vector<bpf_insn>& code) {
    XS_REQUIRE(code.size() > 1 && code[0].code == (BPF_JMP | BPF_JA));
    XS_REQUIRE(code.back().code == (BPF_JMP | BPF_JA));
    for (std::size_t i = 1; i < code.size(); i++) {
        const auto kind = BPF_CLASS(code[i].code);
        if ((kind != BPF_JMP && kind != BPF_JMP32) || BPF_OP(code[i].code) == BPF_CALL) continue;
        XS_REQUIRE(BPF_OP(code[i].code) != BPF_EXIT);
        const auto target = static_cast<std::int64_t>(i) + 1 + code[i].off;
        XS_REQUIRE(target >= 0 && target < static_cast<std::int64_t>(code.size()));
    }
}

// libpcap's interpreter divides and shifts as C does, and says nothing of memory that was not written.
bool libpcap_may_run(const ClassicProgram& program) {
    return std::ranges::none_of(program, [](const sock_filter& instruction) {
        if (BPF_CLASS(instruction.code) != BPF_ALU || BPF_SRC(instruction.code) == BPF_X) return false;
        const auto operation = BPF_OP(instruction.code);
        if (operation == BPF_DIV || operation == BPF_MOD) return instruction.k == 0;
        return (operation == BPF_LSH || operation == BPF_RSH) && instruction.k > 31;
    });
}

// What the frame deserves.
bool expected_verdict(const ClassicInput& input) {
    const auto outcome = fuzz::run_classic(input.program, input.frame, input.frame.size());
    // Without that limit libpcap might never come to an end.
    if (!outcome.exhausted && libpcap_may_run(input.program))
        XS_REQUIRE(expression::Interpreter(input.program).accepts(input.frame, input.frame.size()) == outcome.accepts);
    const auto flow = expression::flow_of(input.program);
    for (const auto only : {expression::only_verdict(flow), expression::only_verdict(expression::shorten(flow))}) {
        switch (only) {
            case expression::OnlyVerdict::accepts: XS_REQUIRE(outcome.accepts); break;
            case expression::OnlyVerdict::rejects: XS_REQUIRE(!outcome.accepts); break;
            case expression::OnlyVerdict::depends: break;
        }
    }
    return outcome.accepts;
}

// `first` bytes of the frame are in its first fragment, or in its copy.
void check_verdict(const ClassicInput& input, Source source, std::size_t first, std::optional<std::uint32_t> verdict,
                   bool expected) {
    if (source != Source::frame && verdict == XS_VERDICT_UNDECIDED) {
        const auto outcome = fuzz::run_classic(input.program, std::span(input.frame).first(first), input.frame.size());
        if (source == Source::copy) XS_REQUIRE(first < input.frame.size() && outcome.missed);
        XS_REQUIRE(!outcome.accepts);
        return;
    }
    XS_REQUIRE(verdict == static_cast<std::uint32_t>(expected ? XS_VERDICT_ACCEPT : XS_VERDICT_REJECT));
}

void check_translation(const ClassicInput& input, Source source, bool expected) {
    const auto translation =
        expression::translate(input.program, {.source = source, .copy_capacity = fuzz::kLongestFrame, .stack_used = 4});
    XS_REQUIRE(translation);
    XS_REQUIRE(translation->code.size() <= kMostForOne * (input.program.size() + 4));
    check_jumps(translation->code);
    const auto check = [&](std::size_t first) {
        check_verdict(input, source, first, harness::verdict_of(*translation, source, input.frame, first), expected);
    };
    check(input.frame.size());
    if (source != Source::frame) check(input.cap_len);
}

void check_in_kernel(const ClassicInput& input, Source source, bool expected) {
    TranslatedProgram program(input.program, source);
    const auto& frame = input.frame;
    const auto check = [&](std::size_t first, std::uint32_t verdict) {
        check_verdict(input, source, first, verdict, expected);
    };
    if (source == Source::copy) {
        check(frame.size(), program.verdict(frame));
        if (input.cap_len > 0)
            check(input.cap_len, program.verdict(std::span(frame).first(input.cap_len), frame.size()));
    } else if (frame.size() >= kShortestFrame && frame.size() <= kLongestLinear) {
        check(frame.size(), program.verdict(frame));
    }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    if (seed % 3 == 0) return LLVMFuzzerMutate(data, size, max_size);
    return fuzz::mutate_classic(data, size, max_size, seed / 3);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = fuzz::decode_classic({data, size});
    if (!input) return 0;
    const auto checked = expression::check(input->program);
    if (!checked) {
        XS_REQUIRE(checked.error().status == ExitStatus::usage && !checked.error().message.empty());
        return 0;
    }
    const bool expected = expected_verdict(*input);
    constexpr Source kSources[] = {Source::frame, Source::fragment, Source::copy};
    for (const auto source : kSources) check_translation(*input, source, expected);
    static const bool in_kernel = kernel_takes_programs();
    if (!in_kernel) return 0;
    try {
        for (const auto source : kSources) check_in_kernel(*input, source, expected);
    } catch (const bpf::Refusal& refusal) {
        // A program may need more than the kernel can hold, and it takes seconds to find out.
        if (!refusal.beyond_limits()) throw;
    }
    return 0;
}
