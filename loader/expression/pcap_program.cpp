// SPDX-License-Identifier: BSD-2-Clause
#include "expression/pcap_program.h"

// libpcap's structure has the name of the kernel's, which means something else.
#define bpf_insn pcap_instruction
#include <pcap/pcap.h>
#undef bpf_insn

#include <memory>

#include "expression/paths.h"

namespace xdpsift::expression {
namespace {

// What libpcap takes when it is asked for whole packets.
constexpr int kSnaplen = 262144;

constexpr bpf_u_int32 kNoNetmask = 0;

// The same eight bytes under two names.
static_assert(sizeof(pcap_instruction) == sizeof(sock_filter));
static_assert(alignof(pcap_instruction) == alignof(sock_filter));
const pcap_instruction* for_pcap(const sock_filter* instructions) {
    return reinterpret_cast<const pcap_instruction*>(instructions);
}

}  // namespace

std::string pcap_program(const std::string& text, bool optimise, ClassicProgram& out) {
    const std::unique_ptr<pcap_t, decltype(&pcap_close)> dead(pcap_open_dead(DLT_EN10MB, kSnaplen), pcap_close);
    if (!dead) return "out of memory";
    bpf_program compiled{};
    if (pcap_compile(dead.get(), &compiled, text.c_str(), optimise ? 1 : 0, kNoNetmask) != 0) {
        const std::string why = pcap_geterr(dead.get());
        return why.empty() ? "no reason given" : why;
    }
    out.clear();
    for (unsigned i = 0; i < compiled.bf_len; i++) {
        const auto& instruction = compiled.bf_insns[i];
        out.push_back({instruction.code, instruction.jt, instruction.jf, instruction.k});
    }
    pcap_freecode(&compiled);
    return {};
}

std::string listing(const ClassicProgram& program) {
    std::string out;
    int index = 0;
    for (const auto& instruction : program) out += std::string(bpf_image(for_pcap(&instruction), index++)) + '\n';
    return out;
}

Interpreter::Interpreter(const ClassicProgram& program) {
    const auto live = look_ahead(flow_of(program), Guards::at_loads).front().live;
    for (std::uint32_t word = 0; word < BPF_MEMWORDS; word++) {
        if ((live & live_word(word)) != 0) program_.push_back({BPF_ST, 0, 0, word});
    }
    program_.insert(program_.end(), program.begin(), program.end());
}

std::uint32_t Interpreter::run(std::span<const std::uint8_t> data, std::size_t frame_len) const {
    return bpf_filter(for_pcap(program_.data()), data.data(), static_cast<unsigned>(frame_len),
                      static_cast<unsigned>(data.size()));
}

}  // namespace xdpsift::expression
