// SPDX-License-Identifier: BSD-2-Clause
// From classic BPF to the kernel's. The result means exactly what bpf_filter(3PCAP) says of the classic program.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <vector>

#include "expression/classic.h"
#include "xdpsift/result.h"

namespace xdpsift::expression {

// A translation is no function but a stretch of a program. It is entered at `code[1]` with
//   r2 the first byte, r3 behind the last one; of a copy: its first byte in a map's value, and how many there are
//   r4 the length of the whole frame
// and left by way of `code[0]`, a jump to wherever its user wants it, with the verdict (XS_VERDICT_...) in r0. It uses
// r0 to r5.
struct Translation {
    std::vector<bpf_insn> code;
};

enum class Source {
    frame,     // in one piece: what is beyond data_end is not there
    fragment,  // a frame's first fragment: undecided without what is beyond data_end
    copy,      // the first bytes of a frame: undecided without what they lack and the frame has
};

struct TranslationOptions {
    Source source = Source::frame;
    std::uint32_t copy_capacity = 0;  // bytes of the map's value behind r2; below 64 KiB. For Source::copy
    int stack_used = 0;               // bytes of the stack that belong to the program around it; below 512
};

// What a translation needs of the stack, besides what is used already.
inline constexpr int kTranslationStackBytes = 152;

// A loop ("protochain") ends after this many rounds with a rejection, for the verifier goes through each of them: more
// extension headers than a frame of 1,500 bytes can hold. Each is counted from where it is entered.
inline constexpr std::int32_t kMaxRounds = 200;

// The program must have passed check(). ExitStatus::unsupported where the stack does not suffice.
Result<Translation> translate(const ClassicProgram& program, const TranslationOptions& options);

// As a stretch that is fallen into and that returns its verdict from the function around it.
void append_as_function(const Translation& translation, std::vector<bpf_insn>& out);

}  // namespace xdpsift::expression
