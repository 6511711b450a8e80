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

#include "live_frames.skel.h"

namespace xdpsift::generator {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

// A paced load is handed over in slices of this length. Setting up each run takes the kernel about as long
// (it patches its XDP dispatcher), so that shorter slices would not come any more evenly.
constexpr nanoseconds kSlice = std::chrono::milliseconds(20);
// The kernel's count of repetitions is a signed 32-bit number. A signal ends a run early.
constexpr std::uint64_t kUnpacedSlice = std::numeric_limits<std::int32_t>::max();

// False when a signal came first.
bool wait_until(Clock::time_point moment) {
    const auto since_boot = std::chrono::duration_cast<nanoseconds>(moment.time_since_epoch()).count();
    const timespec until{static_cast<time_t>(since_boot / 1'000'000'000),
                         static_cast<long>(since_boot % 1'000'000'000)};
    return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == 0;
}

}  // namespace

void OfferedLoad::SkeletonDeleter::operator()(::live_frames* skeleton) const { live_frames__destroy(skeleton); }
OfferedLoad::OfferedLoad(OfferedLoad&&) noexcept = default;
OfferedLoad& OfferedLoad::operator=(OfferedLoad&&) noexcept = default;
OfferedLoad::~OfferedLoad() = default;

Result<OfferedLoad> OfferedLoad::open(const LoadOptions& options) {
    OfferedLoad load;
    load.frame_ = options.frame.bytes();
    load.rate_pps_ = options.rate_pps;
    load.batch_ = options.batch;
    load.skeleton_.reset(live_frames__open());
    if (!load.skeleton_)
        return fail(ExitStatus::failed, fmt::format("cannot open the generator's program: {}", strerror(errno)));
    const std::size_t payload = options.frame.payload_offset();
    load.skeleton_->rodata->target_ifindex = options.interface_index;
    load.skeleton_->rodata->sequence_offset =
        load.frame_.size() >= payload + sizeof(std::uint64_t) ? static_cast<std::uint32_t>(payload) : 0;
    if (const int error = live_frames__load(load.skeleton_.get()); error != 0) {
        return fail(ExitStatus::unsupported, fmt::format("cannot load the generator's program: {}", strerror(-error)));
    }
    return load;
}

Result<Offered> OfferedLoad::run(std::uint64_t count) {
    const auto start = Clock::now();
    Offered offered;
    while (offered.frames < count) {
        std::uint64_t slice = std::min(count - offered.frames, kUnpacedSlice);
        if (rate_pps_ != 0) {
            // What should be out by the end of this slice, so that a late wake-up is made up for.
            const auto goal =
                std::chrono::duration<double>(Clock::now() - start + kSlice).count() * static_cast<double>(rate_pps_);
            const auto due = static_cast<std::uint64_t>(goal);
            slice = due > offered.frames ? std::min(count - offered.frames, due - offered.frames) : 0;
        }
        if (slice != 0) {
            const std::uint64_t before = skeleton_->bss->next_sequence;
            LIBBPF_OPTS(bpf_test_run_opts, run);
            run.data_in = frame_.data();
            run.data_size_in = static_cast<__u32>(frame_.size());
            run.repeat = static_cast<int>(slice);
            run.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
            run.batch_size = batch_;
            const int error = bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.number_and_redirect), &run);
            // The program's own count: a signal cuts a slice short.
            offered.frames += skeleton_->bss->next_sequence - before;
            if (error == -EINTR) break;
            if (error != 0) {
                return fail(error == -EINVAL ? ExitStatus::unsupported : ExitStatus::failed,
                            fmt::format("cannot run the generator's program on live frames (Linux 5.18): {}",
                                        strerror(-error)));
            }
        }
        if (rate_pps_ != 0 && offered.frames < count) {
            const auto next =
                std::chrono::duration<double>(static_cast<double>(offered.frames) / static_cast<double>(rate_pps_));
            if (!wait_until(start + std::chrono::duration_cast<nanoseconds>(next))) break;
        }
    }
    offered.elapsed = Clock::now() - start;
    return offered;
}

int OfferedLoad::pass_program_fd() const { return bpf_program__fd(skeleton_->progs.pass); }

}  // namespace xdpsift::generator
