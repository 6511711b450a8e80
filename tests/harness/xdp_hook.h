// SPDX-License-Identifier: BSD-2-Clause
// What hangs on the XDP hook of the receiver's interface, and what others may do to it.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>

#include "harness/namespaces.h"

namespace xdpsift::harness {

enum class HookMode { native, generic };

struct AttachedProgram {
    std::uint32_t id = 0;
    HookMode mode = HookMode::native;
};
// The program on xs1, if there is one; none on an interface that is gone.
std::optional<AttachedProgram> attached_program(const VethPair& veth);

// A program of somebody else's that has the same verdict on every packet, loaded and not attached.
class FixedVerdict {
   public:
    explicit FixedVerdict(xdp_action verdict = XDP_PASS);
    int fd() const { return fd_.get(); }
    std::uint32_t id() const { return id_; }

   private:
    UniqueFd fd_;
    std::uint32_t id_ = 0;
};

// What `ip link set dev xs1 xdp ...` does: 0, or the errno with which the kernel refuses. `replace`: as with -force.
int attach_to_hook(const VethPair& veth, HookMode mode, const FixedVerdict& program, bool replace = false);
int detach_from_hook(const VethPair& veth, HookMode mode);

// The BPF link that holds the hook of xs1, as anybody with CAP_SYS_ADMIN gets hold of it: `bpftool link` does.
UniqueFd link_on_hook(const VethPair& veth);

// A program of somebody else's on xs1 until destroyed.
class ForeignProgram {
   public:
    ForeignProgram(const VethPair& veth, HookMode mode, xdp_action verdict = XDP_PASS);
    ForeignProgram(const ForeignProgram&) = delete;
    ForeignProgram& operator=(const ForeignProgram&) = delete;
    ~ForeignProgram();

    std::uint32_t id() const { return program_.id(); }

   private:
    const VethPair& veth_;
    HookMode mode_;
    FixedVerdict program_;
};

}  // namespace xdpsift::harness
