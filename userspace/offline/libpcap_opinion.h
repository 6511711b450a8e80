// SPDX-License-Identifier: BSD-2-Clause
// What libpcap's own interpreter says of a frame, if it comes to an end.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "expression/classic.h"
#include "expression/pcap_program.h"

namespace xdpsift::offline {

// bpf_filter(3PCAP) has no end of its own where a program jumps back ("protochain"). So it is given a program in which
// each jump back leads on, into one more copy.
class LibpcapOpinion {
   public:
    explicit LibpcapOpinion(const expression::ClassicProgram& program);

    // `data` is what was captured of `frame_len` bytes. None where it goes around more often than a frame of 64 KiB has
    // extension headers: for ever, as far as one knows.
    std::optional<bool> accepts(std::span<const std::uint8_t> data, std::uint32_t frame_len);

   private:
    expression::ClassicProgram program_;
    bool loops_;
    expression::Interpreter quick_;                   // with as many copies as nearly every frame needs
    std::optional<expression::Interpreter> patient_;  // with all, once one has needed more
};

}  // namespace xdpsift::offline
