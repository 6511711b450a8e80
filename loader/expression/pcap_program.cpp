// SPDX-License-Identifier: BSD-2-Clause
#include "expression/pcap_program.h"

// libpcap's structure has the name of the kernel's, which means something else.
#define bpf_insn pcap_instruction
#include <pcap/pcap.h>
#undef bpf_insn

#include <array>
#include <bit>
#include <cstdio>
#include <memory>

#include "expression/paths.h"

namespace xdpsift::expression {
namespace {

// What libpcap takes when it is asked for whole packets.
constexpr int kSnaplen = 262144;

constexpr bpf_u_int32 kNoNetmask = 0;

using Handle = std::unique_ptr<pcap_t, decltype(&pcap_close)>;

// As for a file: asked for what a live capture could say, libpcap refuses (`inbound`, `ifindex`, ...), and `vlan` looks
// into the frame. A handle without a file (pcap_open_dead) is taken for a live one.
Handle handle_for_files() {
    const pcap_file_header header{0xa1b2c3d4, PCAP_VERSION_MAJOR, PCAP_VERSION_MINOR, 0, 0, kSnaplen, DLT_EN10MB};
    auto bytes = std::bit_cast<std::array<char, sizeof(header)>>(header);
    // The handle owns the stream; libpcap has read the header before this returns, and reads no further.
    std::FILE* const stream = ::fmemopen(bytes.data(), bytes.size(), "r");
    if (stream == nullptr) return {nullptr, pcap_close};
    char why[PCAP_ERRBUF_SIZE];
    Handle handle(pcap_fopen_offline(stream, why), pcap_close);
    if (!handle) std::fclose(stream);
    return handle;
}

// The same eight bytes under two names.
static_assert(sizeof(pcap_instruction) == sizeof(sock_filter));
static_assert(alignof(pcap_instruction) == alignof(sock_filter));
const pcap_instruction* for_pcap(const sock_filter* instructions) {
    return reinterpret_cast<const pcap_instruction*>(instructions);
}

}  // namespace

std::string pcap_program(const std::string& text, bool optimise, ClassicProgram& out) {
    const auto handle = handle_for_files();
    if (!handle) return "out of memory";
    bpf_program compiled{};
    if (pcap_compile(handle.get(), &compiled, text.c_str(), optimise ? 1 : 0, kNoNetmask) != 0) {
        const std::string why = pcap_geterr(handle.get());
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

ClassicProgram with_memory_set(const ClassicProgram& program) {
    ClassicProgram out;
    const auto live = look_ahead(flow_of(program), Guards::at_loads).front().live;
    for (std::uint32_t word = 0; word < BPF_MEMWORDS; word++) {
        if ((live & live_word(word)) != 0) out.push_back({BPF_ST, 0, 0, word});
    }
    out.insert(out.end(), program.begin(), program.end());
    return out;
}

std::uint32_t Interpreter::run(std::span<const std::uint8_t> data, std::size_t frame_len) const {
    return bpf_filter(for_pcap(program_.data()), data.data(), static_cast<unsigned>(frame_len),
                      static_cast<unsigned>(data.size()));
}

}  // namespace xdpsift::expression
