// SPDX-License-Identifier: BSD-2-Clause
// libpcap's side of an expression. Apart from all others: its struct bpf_insn is not the kernel's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "expression/classic.h"

namespace xdpsift::expression {

// Compiles for Ethernet, with 0 for the network mask that "ip broadcast" asks for, as tcpdump does. Returns what
// libpcap has against it, else nothing.
std::string pcap_program(const std::string& text, bool optimise, ClassicProgram& out);

// In libpcap's notation, an instruction a line, as tcpdump -d prints it.
std::string listing(const ClassicProgram& program);

// What is read before it is set is set to zero first. libpcap leaves it to chance, and a translation sets it too.
ClassicProgram with_memory_set(const ClassicProgram& program);

// libpcap's own interpreter, bpf_filter(3PCAP). It may never end where a program jumps back ("protochain").
class Interpreter {
   public:
    explicit Interpreter(const ClassicProgram& program) : Interpreter(with_memory_set(program), AsItIs{}) {}
    // Without a look at the program, which takes its time for a long one.
    static Interpreter of_set_memory(ClassicProgram program) { return Interpreter(std::move(program), AsItIs{}); }
    // What the program returns; 0: libpcap does not let the packet through. `data` is what was captured of `frame_len`
    // bytes.
    std::uint32_t run(std::span<const std::uint8_t> data, std::size_t frame_len) const;
    bool accepts(std::span<const std::uint8_t> data, std::size_t frame_len) const { return run(data, frame_len) != 0; }

   private:
    struct AsItIs {};
    Interpreter(ClassicProgram program, AsItIs) : program_(std::move(program)) {}

    ClassicProgram program_;
};

}  // namespace xdpsift::expression
