// SPDX-License-Identifier: BSD-2-Clause
#include "generator/offered_load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <string.h>
#include <time.h>

#include <algorithm>
#include <limits>

// Before the skeleton, which knows the type of the templates by its name alone.
#include "generator/live_frames.h"
#include "live_frames.skel.h"

namespace xdpsift::generator {
namespace {

using Clock = std::chrono::steady_clock;

// The kernel's count of repetitions is a signed 32-bit number. A signal ends a run early.
constexpr std::uint64_t kLongestRun = std::numeric_limits<std::int32_t>::max();
static_assert(kFlowsOfAnAddress == LOAD_PORTS && sizeof(load_headers) == kEthernetHeaderBytes + kIpv4HeaderBytes +
                                                                             kUdpHeaderBytes + sizeof(std::uint64_t));

// What the program adds the source address to. The program folds it.
std::uint32_t partial_sum(UdpFrame frame, std::size_t frame_bytes) {
    frame.frame_bytes = frame_bytes;
    const auto bytes = frame.bytes();
    std::uint32_t sum = 0;
    for (std::size_t offset = 0; offset < kIpv4HeaderBytes; offset += 2) {
        const bool left_out = offset == 10 || offset == 12 || offset == 14;
        const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(kEthernetHeaderBytes + offset);
        if (!left_out) sum += std::to_integer<std::uint32_t>(at[0]) << 8 | std::to_integer<std::uint32_t>(at[1]);
    }
    return sum;
}

std::uint64_t monotonic_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

Result<void> check(const LoadOptions& options) {
    if (options.frame.vlan || options.frame.source_v6 || options.frame.destination_v6)
        return fail(ExitStatus::usage, "the load is made of IPv4 without VLAN tags");
    if (options.sizes.slots.empty() || options.sizes.slots.size() > LOAD_TEMPLATES)
        return fail(ExitStatus::usage, fmt::format("a mix has 1 to {} sizes", LOAD_TEMPLATES));
    if (options.flows == 0 || options.flows > kMostFlows)
        return fail(ExitStatus::usage, fmt::format("1 to {} flows can be made", kMostFlows));
    if (options.rate_pps != 0 && options.rate_pps < kLowestRate)
        return fail(ExitStatus::usage, fmt::format("the pace is {} a second or more", kLowestRate));
    if (options.batch == 0) return fail(ExitStatus::usage, "a batch has at least one frame");
    return {};
}

}  // namespace

void OfferedLoad::SkeletonDeleter::operator()(::live_frames* skeleton) const { live_frames__destroy(skeleton); }
OfferedLoad::OfferedLoad(OfferedLoad&&) noexcept = default;
OfferedLoad& OfferedLoad::operator=(OfferedLoad&&) noexcept = default;
OfferedLoad::~OfferedLoad() = default;

Result<OfferedLoad> OfferedLoad::open(const LoadOptions& options) {
    if (auto checked = check(options); !checked) return tl::unexpected(checked.error());
    OfferedLoad load;
    UdpFrame frame = options.frame;
    frame.frame_bytes = options.sizes.largest();
    load.frame_ = frame.bytes();
    load.batch_ =
        options.rate_pps == 0
            ? options.batch
            : static_cast<std::uint32_t>(std::min<std::uint64_t>(options.batch, options.rate_pps / kLowestRate));
    load.skeleton_.reset(live_frames__open());
    if (!load.skeleton_)
        return fail(ExitStatus::failed, fmt::format("cannot open the generator's program: {}", strerror(errno)));
    auto& rodata = *load.skeleton_->rodata;
    rodata.target_ifindex = options.interface_index;
    rodata.template_count = static_cast<std::uint32_t>(options.sizes.slots.size());
    for (std::size_t slot = 0; slot < options.sizes.slots.size(); slot++) {
        const std::size_t bytes = options.sizes.slots[slot];
        rodata.templates[slot].frame_bytes = static_cast<std::uint32_t>(bytes);
        rodata.templates[slot].partial_sum = partial_sum(frame, bytes);
    }
    rodata.flow_count = options.flows;
    rodata.source_address = frame.source_v4;
    rodata.source_port = frame.source_port;
    rodata.rate_pps = options.rate_pps;
    rodata.batch = load.batch_;
    if (const int error = live_frames__load(load.skeleton_.get()); error != 0) {
        return fail(ExitStatus::unsupported, fmt::format("cannot load the generator's program: {}", strerror(-error)));
    }
    return load;
}

Result<Offered> OfferedLoad::run(std::uint64_t count) {
    auto& state = *skeleton_->bss;
    const auto start = Clock::now();
    Offered offered;
    offered.first = state.first_sequence = state.next_sequence;
    state.start_ns = monotonic_ns();
    while (offered.frames < count) {
        LIBBPF_OPTS(bpf_test_run_opts, run);
        run.data_in = frame_.data();
        run.data_size_in = static_cast<__u32>(frame_.size());
        run.repeat = static_cast<int>(std::min(count - offered.frames, kLongestRun));
        run.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
        run.batch_size = batch_;
        const std::uint64_t before = state.next_sequence;
        const int error = bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.number_and_redirect), &run);
        // The program's own count: a signal cuts a run short.
        offered.frames = state.next_sequence - offered.first;
        if (error == -EINTR) break;
        if (error == 0 && state.next_sequence == before)
            return fail(ExitStatus::failed, "the generator's program could not make its frames");
        if (error != 0) {
            return fail(
                error == -EINVAL ? ExitStatus::unsupported : ExitStatus::failed,
                fmt::format("cannot run the generator's program on live frames (Linux 5.18): {}", strerror(-error)));
        }
    }
    offered.elapsed = Clock::now() - start;
    return offered;
}

int OfferedLoad::pass_program_fd() const { return bpf_program__fd(skeleton_->progs.pass); }

}  // namespace xdpsift::generator
