// SPDX-License-Identifier: BSD-2-Clause
#include "expression/byte_access.h"

#include <limits>

namespace xdpsift::expression {
namespace {

// MAX_PACKET_OFF of the verifier.
constexpr std::uint32_t kPacketReach = 0xffff;
constexpr std::uint32_t kMaxDisplacement = std::numeric_limits<std::int16_t>::max();

void load_at(Assembler& assembler, const Load& load, std::uint8_t base) {
    if (load.offset <= kMaxDisplacement) {
        assembler.load(load.size, load.to, base, static_cast<std::int16_t>(load.offset));
        return;
    }
    assembler.move_register(BPF_ALU64, kScratch, base);
    assembler.alu(BPF_ALU64, BPF_ADD, kScratch, static_cast<std::int32_t>(load.offset));
    assembler.load(load.size, load.to, kScratch, 0);
}

// The verifier wants to know how far X leads at most before it lets it be added to a pointer.
void bound_x(Assembler& assembler, std::uint64_t reach, std::uint32_t end, Assembler::Label missing) {
    assembler.jump_if(BPF_JMP, BPF_JGT, kX, static_cast<std::int32_t>(reach - end), missing);
    assembler.move_register(BPF_ALU64, kFrameX, kFrame);
    assembler.alu_register(BPF_ALU64, BPF_ADD, kFrameX, kX);
}

class FrameAccess final : public ByteAccess {
   public:
    std::uint64_t reach() const override { return kPacketReach; }
    void guard(Assembler& assembler, std::uint32_t end, Assembler::Label missing) const override {
        guard_from(assembler, kFrame, end, missing);
    }
    void guard_behind_x(Assembler& assembler, std::uint32_t end, Assembler::Label missing) const override {
        bound_x(assembler, reach(), end, missing);
        guard_from(assembler, kFrameX, end, missing);
    }

   private:
    static void guard_from(Assembler& assembler, Register base, std::uint32_t end, Assembler::Label missing) {
        assembler.move_register(BPF_ALU64, kScratch, base);
        assembler.alu(BPF_ALU64, BPF_ADD, kScratch, static_cast<std::int32_t>(end));
        assembler.jump_if_register(BPF_JMP, BPF_JGT, kScratch, kEnd, missing);
    }
};

class CopyAccess final : public ByteAccess {
   public:
    explicit CopyAccess(std::uint32_t capacity) : capacity_(capacity) {}
    std::uint64_t reach() const override { return capacity_; }
    void guard(Assembler& assembler, std::uint32_t end, Assembler::Label missing) const override {
        assembler.jump_if(BPF_JMP, BPF_JLT, kEnd, static_cast<std::int32_t>(end), missing);
    }
    void guard_behind_x(Assembler& assembler, std::uint32_t end, Assembler::Label missing) const override {
        bound_x(assembler, reach(), end, missing);
        assembler.move_register(BPF_ALU64, kScratch, kX);
        assembler.alu(BPF_ALU64, BPF_ADD, kScratch, static_cast<std::int32_t>(end));
        assembler.jump_if_register(BPF_JMP, BPF_JGT, kScratch, kEnd, missing);
    }

   private:
    std::uint32_t capacity_;
};

}  // namespace

void ByteAccess::load(Assembler& assembler, const Load& load) const { load_at(assembler, load, kFrame); }
void ByteAccess::load_behind_x(Assembler& assembler, const Load& load) const { load_at(assembler, load, kFrameX); }

std::unique_ptr<ByteAccess> frame_access() { return std::make_unique<FrameAccess>(); }
std::unique_ptr<ByteAccess> copy_access(std::uint32_t capacity) { return std::make_unique<CopyAccess>(capacity); }

}  // namespace xdpsift::expression
