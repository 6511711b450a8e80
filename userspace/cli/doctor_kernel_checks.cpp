// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include "cli/capture_options.h"
#include "cli/doctor_checks.h"

namespace xdpsift::cli {
namespace {

using loader::Feature;
using loader::KernelFacts;
using loader::Support;

Check check_release(const KernelFacts& kernel) {
    if (loader::release_at_least(kernel.release, 5, 10)) return ok_check("kernel", "Linux " + kernel.release);
    return failed_check(ExitStatus::unsupported, "kernel", "Linux " + kernel.release,
                        "xdpsift needs Linux 5.10 or later: run a newer kernel");
}

Check check_capabilities(const KernelFacts& kernel) {
    if (kernel.missing_capabilities.empty())
        return ok_check("capabilities", "CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are held");
    return failed_check(ExitStatus::not_permitted, "capabilities", "missing: " + kernel.missing_capabilities,
                        "run as root, or grant them: setcap on the binary, or AmbientCapabilities= in a systemd unit");
}

Check check_program(const KernelFacts& kernel) {
    const auto& feature = kernel.xdp_program;
    if (feature.support == Support::yes) return ok_check("XDP program", "the kernel accepts one");
    if (feature.support == Support::no) {
        return failed_check(ExitStatus::unsupported, "XDP program", "the kernel refuses one: " + feature.reason,
                            "it needs CONFIG_BPF_SYSCALL and CONFIG_NET; what depends on this was not tried");
    }
    return failed_check(
        ExitStatus::not_permitted, "XDP program", "bpf(2) is forbidden: " + feature.reason,
        kernel.missing_capabilities.empty()
            ? "a container's seccomp filter, kernel lockdown or a security module forbids it: loosen that"
            : "see capabilities; what depends on this was not tried");
}

Check check_jit(const KernelFacts& kernel) {
    if (kernel.jit.support == Support::yes) return ok_check("JIT", "programs run as machine code");
    if (kernel.jit.support == Support::no) {
        return warning_check("JIT", "programs are interpreted, which costs several times as much for each packet",
                             "sysctl net.core.bpf_jit_enable=1");
    }
    return warning_check("JIT", "whether it is on cannot be told: " + kernel.jit.reason,
                         "sysctl net.core.bpf_jit_enable should show 1");
}

// A feature without which no capture is possible.
Check check_needed(std::string name, const Feature& feature, const char* present, const char* needs) {
    if (feature.support == Support::yes) return ok_check(std::move(name), present);
    const auto detail = feature.reason.empty() ? std::string("not available") : "not available: " + feature.reason;
    const auto status = feature.support == Support::forbidden ? ExitStatus::not_permitted : ExitStatus::unsupported;
    return failed_check(status, std::move(name), detail, needs);
}

Check check_link(const KernelFacts& kernel) {
    // No namespace to try it in: the release tells, since it came with Linux 5.9 and cannot be configured away.
    if (kernel.xdp_link.support == Support::unknown && loader::release_at_least(kernel.release, 5, 9))
        return ok_check("XDP link", "expected of this release; not tried: " + kernel.xdp_link.reason);
    return check_needed("XDP link", kernel.xdp_link, "the attachment ends with the process", "it needs Linux 5.9");
}

Check check_frags(const KernelFacts& kernel) {
    if (kernel.frags.support == Support::yes) return ok_check("XDP frags", "frames of several buffers are read whole");
    return warning_check("XDP frags",
                         "not available: native mode takes only frames that fit one buffer (about 3500 bytes)",
                         "needs Linux 5.18; with a larger MTU capture with --mode generic");
}

Check check_memlock(const KernelFacts& kernel) {
    if (!kernel.memlock_limit_bytes) return ok_check("locked memory", "unlimited");
    const auto detail = fmt::format("limited to {} bytes", *kernel.memlock_limit_bytes);
    if (loader::release_at_least(kernel.release, 5, 11))
        return ok_check("locked memory", detail + ", which this kernel does not apply to BPF maps");
    return warning_check("locked memory", detail + ", which maps and rings count against before Linux 5.11",
                         "ulimit -l unlimited, LimitMEMLOCK=infinity in a systemd unit, or CAP_SYS_RESOURCE");
}

Check check_ring_memory(const KernelFacts& kernel) {
    const std::uint64_t needed = kernel.cpus * RingOptions{}.bytes;
    const auto rings = fmt::format("{} rings of {} bytes", kernel.cpus, RingOptions{}.bytes);
    if (!kernel.ring_limit_bytes) return ok_check("ring memory", rings + ", not limited");
    if (needed <= *kernel.ring_limit_bytes)
        return ok_check("ring memory", fmt::format("{}, of {} bytes allowed", rings, *kernel.ring_limit_bytes));
    return failed_check(ExitStatus::not_permitted, "ring memory",
                        fmt::format("{} are more than the {} bytes allowed", rings, *kernel.ring_limit_bytes),
                        "a smaller --ring-size, ulimit -l unlimited, LimitMEMLOCK=infinity, or CAP_IPC_LOCK");
}

Check check_unprivileged(const KernelFacts& kernel) {
    const auto setting = kernel.unprivileged_bpf_disabled;
    if (!setting) return ok_check("unprivileged BPF", "this kernel does not tell; xdpsift does not use it");
    return ok_check("unprivileged BPF", fmt::format("{} (kernel.unprivileged_bpf_disabled={}); xdpsift does not use it",
                                                    *setting == 0 ? "allowed" : "disabled", *setting));
}

}  // namespace

std::vector<Check> kernel_checks(const KernelFacts& kernel) {
    std::vector<Check> checks{check_release(kernel), check_capabilities(kernel), check_program(kernel)};
    if (kernel.xdp_program.support == Support::yes) {
        checks.push_back(check_jit(kernel));
        checks.push_back(check_link(kernel));
        checks.push_back(check_needed("perf output", kernel.perf_output, "bpf_perf_event_output from XDP",
                                      "it needs CONFIG_BPF_EVENTS and CONFIG_PERF_EVENTS"));
        checks.push_back(check_needed("perf ring", kernel.perf_ring, "can be opened for reading",
                                      "it needs CAP_PERFMON, or a container that permits perf_event_open(2); "
                                      "--ring bpf does without"));
        checks.push_back(check_needed("spin lock", kernel.spin_lock, "bpf_spin_lock, for exact limits in the kernel",
                                      "it needs Linux 5.1"));
        checks.push_back(check_needed("mapped counters", kernel.mmapable_map, "BPF_F_MMAPABLE, for reading the ledger",
                                      "it needs Linux 5.5"));
        checks.push_back(check_frags(kernel));
        checks.push_back(
            ok_check("BPF ring buffer", kernel.ring_buffer.support == Support::yes
                                            ? "available: --ring bpf costs less than the perf ring for each packet"
                                            : "not available: --ring bpf needs Linux 5.8; the perf ring does without"));
    }
    checks.push_back(ok_check("BTF", kernel.btf ? "present; xdpsift does not need it" : "absent, and not needed"));
    checks.push_back(check_memlock(kernel));
    checks.push_back(check_ring_memory(kernel));
    checks.push_back(check_unprivileged(kernel));
    return checks;
}

}  // namespace xdpsift::cli
