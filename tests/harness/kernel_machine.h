// SPDX-License-Identifier: BSD-2-Clause
// Executes translated expressions where no kernel may be asked: the instructions that the loader emits, and no
// others. Little-endian. Every access to memory is checked.
#pragma once

#include <linux/bpf.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "expression/translate.h"

namespace xdpsift::harness {

class KernelMachine {
   public:
    // `first` bytes of the frame can be read.
    KernelMachine(std::span<const std::uint8_t> frame, std::size_t first);

    // From code[entry] until code[leave] is come to. False after what no kernel would let pass: another's memory, an
    // instruction that is not known or not there, more than `most` instructions.
    [[nodiscard]] bool run(std::span<const bpf_insn> code, std::size_t entry, std::size_t leave, std::size_t most);

    std::array<std::uint64_t, 11> registers{};
    std::size_t executed() const { return executed_; }

    // Where the frame is, and the stack's end.
    static constexpr std::uint64_t kFrameAt = 0x2000'0000;
    static constexpr std::uint64_t kStackEnd = 0x1000'0000;

   private:
    static constexpr std::size_t kStackBytes = 512;
    bool step(const bpf_insn& instruction);
    bool operate(const bpf_insn& instruction);
    bool jump(const bpf_insn& instruction);
    std::optional<std::uint8_t> byte_at(std::uint64_t address) const;
    bool load(std::uint64_t& to, std::uint64_t address, std::size_t bytes) const;
    bool store(std::uint64_t address, std::uint64_t value, std::size_t bytes);

    std::span<const std::uint8_t> frame_;
    std::size_t first_;
    std::array<std::uint8_t, kStackBytes> stack_;
    std::int64_t at_ = 0;
    std::size_t executed_ = 0;
};

// The verdict of a translation. `first`: how many bytes of the frame the first fragment has, or the copy. None: it went
// wrong.
std::optional<std::uint32_t> verdict_of(const expression::Translation& translation, expression::Source source,
                                        std::span<const std::uint8_t> frame, std::size_t first);

}  // namespace xdpsift::harness
