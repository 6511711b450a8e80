// SPDX-License-Identifier: BSD-2-Clause
#include "loader/probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

#include "loader/privileges.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::loader {
namespace {

// The kernel's loopback interface has this index in every network namespace.
constexpr int kLoopbackIndex = 1;

// "r0 = XDP_PASS; exit"
constexpr bpf_insn kPassProgram[] = {
    {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, XDP_PASS},
    {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
};

// From a positive errno; 0 is yes.
Feature feature_of_error(int error) {
    if (error == 0) return {Support::yes, {}};
    const bool forbidden = error == EPERM || error == EACCES;
    return {forbidden ? Support::forbidden : Support::no, std::strerror(error)};
}

// From what libbpf's probes answer: 1 there, 0 not, negative could not be tried.
Feature feature_of_probe(int answer) {
    if (answer > 0) return {Support::yes, {}};
    if (answer == 0) return {Support::no, {}};
    return {Support::unknown, std::strerror(-answer)};
}

Feature probe_helper(bpf_func_id helper) {
    return feature_of_probe(libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, helper, nullptr));
}

// The kernel tells how long the machine code is; 0 where it interprets.
Feature probe_jit(int program_fd) {
    bpf_prog_info info{};
    __u32 info_bytes = sizeof(info);
    if (const int error = bpf_obj_get_info_by_fd(program_fd, &info, &info_bytes); error != 0)
        return {Support::unknown, std::strerror(-error)};
    return {info.jited_prog_len > 0 ? Support::yes : Support::no, {}};
}

// Attaching is the only test, so it happens to the loopback interface of a namespace that is made for it by a
// thread of its own and goes with that thread.
Feature probe_xdp_link(int program_fd) {
    Feature found;
    std::thread([&] {
        if (::unshare(CLONE_NEWNET) != 0) {
            found = {Support::unknown, std::string("no network namespace to try it in: ") + std::strerror(errno)};
            return;
        }
        bpf_link_create_opts options{};
        options.sz = sizeof(options);
        options.flags = XDP_FLAGS_SKB_MODE;
        const UniqueFd link(bpf_link_create(program_fd, kLoopbackIndex, BPF_XDP, &options));
        found = feature_of_error(link ? 0 : errno);
    }).join();
    return found;
}

Feature probe_perf_ring() {
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
    attributes.sample_type = PERF_SAMPLE_RAW;
    const auto fd = ::syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
    const UniqueFd owner(static_cast<int>(fd));
    return feature_of_error(owner ? 0 : errno);
}

Feature probe_mmapable_map() {
    bpf_map_create_opts options{};
    options.sz = sizeof(options);
    options.map_flags = BPF_F_MMAPABLE;
    const UniqueFd map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "xdpsift_probe", sizeof(__u32), sizeof(__u64), 1, &options));
    return feature_of_error(map ? 0 : errno);
}

void probe_bpf(KernelFacts& facts) {
    const UniqueFd program(
        bpf_prog_load(BPF_PROG_TYPE_XDP, "xdpsift_probe", "GPL", kPassProgram, std::size(kPassProgram), nullptr));
    facts.xdp_program = feature_of_error(program ? 0 : errno);
    // Without it no answer below would mean anything.
    if (!program) return;
    facts.jit = probe_jit(program.get());
    facts.xdp_link = probe_xdp_link(program.get());
    facts.perf_output = probe_helper(BPF_FUNC_perf_event_output);
    facts.perf_ring = probe_perf_ring();
    facts.spin_lock = probe_helper(BPF_FUNC_spin_lock);
    facts.mmapable_map = probe_mmapable_map();
    facts.ring_buffer = feature_of_probe(libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, nullptr));
    facts.frags = probe_helper(BPF_FUNC_xdp_get_buff_len);
}

std::optional<int> read_number(const char* path) {
    int number = 0;
    if (std::ifstream file(path); file >> number) return number;
    return std::nullopt;
}

// perf_event_open(2): a mapped ring is locked memory, of which each user has a little beyond the limit.
void probe_ring_limit(KernelFacts& facts) {
    facts.cpus = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
    const bool checked = read_number("/proc/sys/kernel/perf_event_paranoid").value_or(2) > -1;
    if (!facts.memlock_limit_bytes || !checked || may_lock_memory()) return;
    const int allowance_kib = read_number("/proc/sys/kernel/perf_event_mlock_kb").value_or(0);
    facts.ring_limit_bytes =
        *facts.memlock_limit_bytes + static_cast<std::uint64_t>(std::max(0, allowance_kib)) * 1024 * facts.cpus;
}

}  // namespace

KernelFacts probe_kernel() {
    KernelFacts facts;
    utsname name{};
    if (::uname(&name) == 0) facts.release = name.release;
    facts.missing_capabilities = missing_capabilities();
    facts.btf = ::access("/sys/kernel/btf/vmlinux", R_OK) == 0;
    facts.unprivileged_bpf_disabled = read_number("/proc/sys/kernel/unprivileged_bpf_disabled");

    // A probe that fails is an answer, not a message.
    const libbpf_print_fn_t printer = libbpf_set_print(nullptr);
    raise_memlock_limit();
    facts.memlock_limit_bytes = memlock_limit_bytes();
    probe_ring_limit(facts);
    probe_bpf(facts);
    libbpf_set_print(printer);
    return facts;
}

bool release_at_least(const std::string& release, unsigned major, unsigned minor) {
    unsigned have_major = 0;
    unsigned have_minor = 0;
    if (std::sscanf(release.c_str(), "%u.%u", &have_major, &have_minor) != 2) return false;
    return have_major > major || (have_major == major && have_minor >= minor);
}

}  // namespace xdpsift::loader
