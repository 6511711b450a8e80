// SPDX-License-Identifier: BSD-2-Clause
#include "offline/libpcap_opinion.h"

#include "expression/flow.h"
#include "expression/paths.h"

namespace xdpsift::offline {
namespace {

// An extension header has at least eight bytes.
constexpr std::size_t kMostRounds = 65'536 / 8;
// More than nearly every frame needs: the many copies are not made before one needs them.
constexpr std::size_t kFirstRounds = 256;
// What the last copy returns. libpcap's programs return the number of bytes to keep.
constexpr std::uint32_t kNoEnd = 0xffffffff;

bool jumps_back(const sock_filter& instruction) {
    return instruction.code == (BPF_JMP | BPF_JA) && static_cast<std::int32_t>(instruction.k) < 0;
}

expression::ClassicProgram without_loops(const expression::ClassicProgram& program, std::size_t rounds) {
    expression::ClassicProgram out;
    out.reserve(program.size() * (rounds + 1));
    for (std::size_t round = 0; round <= rounds; round++) {
        for (auto instruction : program) {
            // Around to the same place in the next copy.
            if (jumps_back(instruction) && round < rounds)
                instruction.k += static_cast<std::uint32_t>(program.size());
            else if (jumps_back(instruction))
                instruction = {BPF_RET | BPF_K, 0, 0, kNoEnd};
            out.push_back(instruction);
        }
    }
    return out;
}

}  // namespace

LibpcapOpinion::LibpcapOpinion(const expression::ClassicProgram& program)
    : program_(expression::with_memory_set(program)),
      loops_(expression::has_loops(expression::flow_of(program_))),
      quick_(expression::Interpreter::of_set_memory(loops_ ? without_loops(program_, kFirstRounds) : program_)) {}

std::optional<bool> LibpcapOpinion::accepts(std::span<const std::uint8_t> data, std::uint32_t frame_len) {
    auto returned = quick_.run(data, frame_len);
    if (loops_ && returned == kNoEnd) {
        if (!patient_) patient_ = expression::Interpreter::of_set_memory(without_loops(program_, kMostRounds));
        returned = patient_->run(data, frame_len);
        if (returned == kNoEnd) return std::nullopt;
    }
    return returned != 0;
}

}  // namespace xdpsift::offline
