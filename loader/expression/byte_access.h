// SPDX-License-Identifier: BSD-2-Clause
// How a translated program reaches the bytes of a frame. One translator, one of these for each way.
#pragma once

#include <cstdint>
#include <memory>

#include "expression/assembler.h"

namespace xdpsift::expression {

// Which register of the kernel's machine is what. All are free for a program that the translation is put into.
enum Register : std::uint8_t {
    kA = BPF_REG_0,  // 32 bits, the upper half zero
    kScratch = BPF_REG_1,
    kFrame = BPF_REG_2,   // the frame's first byte
    kEnd = BPF_REG_3,     // in place: behind its last byte; a copy: the number of bytes
    kX = BPF_REG_4,       // 32 bits, the upper half zero; the frame's length at entry
    kFrameX = BPF_REG_5,  // kFrame + kX, after guard_behind_x()
    kStack = BPF_REG_10,
};

struct Load {
    Register to = kA;
    std::uint8_t size = BPF_W;
    std::uint32_t offset = 0;
};

class ByteAccess {
   public:
    virtual ~ByteAccess() = default;
    // No byte from here on can be reached; a load of one is as one beyond the frame.
    virtual std::uint64_t reach() const = 0;
    // Goes to `missing` unless the frame has `end` bytes, which is below reach(); loads before that offset may follow.
    virtual void guard(Assembler& assembler, std::uint32_t end, Assembler::Label missing) const = 0;
    // The same for `end` bytes behind X.
    virtual void guard_behind_x(Assembler& assembler, std::uint32_t end, Assembler::Label missing) const = 0;
    // As they stand in the frame; at offset, and at X + offset.
    void load(Assembler& assembler, const Load& load) const;
    void load_behind_x(Assembler& assembler, const Load& load) const;
};

// Read in place, as an XDP program sees a frame, or its first fragment, between data and data_end.
std::unique_ptr<ByteAccess> frame_access();
// From a copy of the frame's first bytes in a buffer (map value) of `capacity` bytes: for frames in several fragments,
// and for programs that may not touch a packet.
std::unique_ptr<ByteAccess> copy_access(std::uint32_t capacity);

}  // namespace xdpsift::expression
