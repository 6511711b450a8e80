// SPDX-License-Identifier: BSD-2-Clause
#include "harness/xdp_hook.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <array>
#include <cerrno>

#include "harness/process.h"

namespace xdpsift::harness {
namespace {

// r0 = XDP_PASS; exit
constexpr std::array<bpf_insn, 2> kPass = {bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_PASS},
                                           bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};

}  // namespace

std::optional<AttachedProgram> attached_program(const VethPair& veth) {
    std::optional<AttachedProgram> found;
    veth.receiver().inside([&] {
        LIBBPF_OPTS(bpf_xdp_query_opts, query);
        const int error = ::bpf_xdp_query(veth.receiver_index(), 0, &query);
        if (error == -ENODEV) return;
        if (error != 0) throw HarnessError("bpf_xdp_query: " + std::to_string(error));
        if (query.attach_mode == XDP_ATTACHED_DRV)
            found = AttachedProgram{query.drv_prog_id, HookMode::native};
        else if (query.attach_mode == XDP_ATTACHED_SKB)
            found = AttachedProgram{query.skb_prog_id, HookMode::generic};
        else if (query.attach_mode != XDP_ATTACHED_NONE)
            throw HarnessError("several XDP programs on " + std::string(kReceiverInterface));
    });
    return found;
}

ForeignProgram::ForeignProgram(const VethPair& veth, HookMode mode)
    : veth_(veth), flags_(mode == HookMode::native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE) {
    program_.reset(::bpf_prog_load(BPF_PROG_TYPE_XDP, "foreign", "GPL", kPass.data(), kPass.size(), nullptr));
    if (!program_) throw_errno("load a program");
    bpf_prog_info info{};
    __u32 info_len = sizeof(info);
    if (::bpf_obj_get_info_by_fd(program_.get(), &info, &info_len) != 0) throw_errno("a program's id");
    id_ = info.id;
    veth.receiver().inside([this] {
        if (::bpf_xdp_attach(veth_.receiver_index(), program_.get(), flags_ | XDP_FLAGS_UPDATE_IF_NOEXIST, nullptr) !=
            0)
            throw HarnessError("attach a program");
    });
}

ForeignProgram::~ForeignProgram() {
    try {
        veth_.receiver().inside([this] { ::bpf_xdp_detach(veth_.receiver_index(), flags_, nullptr); });
    } catch (const HarnessError&) {
        // The namespace takes the program with it.
    }
}

}  // namespace xdpsift::harness
