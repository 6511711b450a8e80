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

__u32 flag_of(HookMode mode) { return mode == HookMode::native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE; }

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

FixedVerdict::FixedVerdict(xdp_action verdict) {
    // r0 = verdict; exit
    const std::array<bpf_insn, 2> code = {bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, verdict},
                                          bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};

    // A link takes only a program that names the same kind of attachment as the one that it has.
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_XDP);
    fd_.reset(::bpf_prog_load(BPF_PROG_TYPE_XDP, "foreign", "GPL", code.data(), code.size(), &options));
    if (!fd_) throw_errno("load a program");
    bpf_prog_info info{};
    __u32 info_len = sizeof(info);
    if (::bpf_obj_get_info_by_fd(fd_.get(), &info, &info_len) != 0) throw_errno("a program's id");
    id_ = info.id;
}

int attach_to_hook(const VethPair& veth, HookMode mode, const FixedVerdict& program, bool replace) {
    int error = 0;
    veth.receiver().inside([&] {
        const __u32 flags = flag_of(mode) | (replace ? 0u : XDP_FLAGS_UPDATE_IF_NOEXIST);
        error = -::bpf_xdp_attach(veth.receiver_index(), program.fd(), flags, nullptr);
    });
    return error;
}

int detach_from_hook(const VethPair& veth, HookMode mode) {
    int error = 0;
    veth.receiver().inside([&] { error = -::bpf_xdp_detach(veth.receiver_index(), flag_of(mode), nullptr); });
    return error;
}

UniqueFd link_on_hook(const VethPair& veth) {
    const auto program = attached_program(veth);
    __u32 id = 0;
    while (program && ::bpf_link_get_next_id(id, &id) == 0) {
        UniqueFd link(::bpf_link_get_fd_by_id(id));
        bpf_link_info info{};
        __u32 info_len = sizeof(info);
        // One that ended meanwhile is none.
        if (!link || ::bpf_obj_get_info_by_fd(link.get(), &info, &info_len) != 0) continue;
        if (info.type == BPF_LINK_TYPE_XDP && info.prog_id == program->id) return link;
    }
    throw HarnessError("no BPF link on " + std::string(kReceiverInterface));
}

ForeignProgram::ForeignProgram(const VethPair& veth, HookMode mode, xdp_action verdict)
    : veth_(veth), mode_(mode), program_(verdict) {
    if (const int error = attach_to_hook(veth_, mode_, program_); error != 0)
        throw HarnessError("attach a program: error " + std::to_string(error));
}

ForeignProgram::~ForeignProgram() {
    try {
        detach_from_hook(veth_, mode_);
    } catch (const HarnessError&) {
        // The namespace takes the program with it.
    }
}

}  // namespace xdpsift::harness
