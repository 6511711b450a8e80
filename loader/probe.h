// SPDX-License-Identifier: BSD-2-Clause
// What the running kernel offers to a capture, found by trying: nothing is attached to an interface of the machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace xdpsift::loader {

enum class Support {
    yes,
    no,
    forbidden,  // there, perhaps, but not for this process
    unknown,    // could not be tried
};

struct Feature {
    Support support = Support::unknown;
    std::string reason;  // why it is not yes; may be empty
};

struct KernelFacts {
    std::string release;               // "6.1.0-18-amd64"
    std::string missing_capabilities;  // "CAP_BPF, CAP_NET_ADMIN"; empty when none
    Feature xdp_program;               // a program of two instructions is accepted
    Feature jit;                       // and translated to machine code
    Feature xdp_link;                  // an attachment that ends with the process (Linux 5.9)
    Feature perf_output;               // bpf_perf_event_output from XDP
    Feature perf_ring;                 // the reading side: perf_event_open of a BPF output event
    Feature spin_lock;                 // bpf_spin_lock (Linux 5.1)
    Feature mmapable_map;              // BPF_F_MMAPABLE (Linux 5.5)
    Feature ring_buffer;               // BPF_MAP_TYPE_RINGBUF (Linux 5.8)
    Feature frags;                     // XDP on frames of several fragments (Linux 5.18)
    bool btf = false;                  // /sys/kernel/btf/vmlinux
    std::optional<int> unprivileged_bpf_disabled;
    std::optional<std::uint64_t> memlock_limit_bytes;  // none: unlimited
    std::optional<std::uint64_t> ring_limit_bytes;     // of the rings of all CPUs together; none: unlimited
    std::uint64_t cpus = 0;                            // online: a ring for each
};

KernelFacts probe_kernel();

// True when "6.1.0-18-amd64" is Linux major.minor or later; false also for what is no release.
bool release_at_least(const std::string& release, unsigned major, unsigned minor);

}  // namespace xdpsift::loader
