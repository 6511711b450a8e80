// SPDX-License-Identifier: BSD-2-Clause
#include "capture/epoch_clock.h"

#include <fmt/format.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "capture/monotonic.h"

namespace xdpsift::capture {
namespace {

// Two measurements differ by less; a smaller change is not a step.
constexpr std::int64_t kNoiseNs = 100'000;

}  // namespace

// The wall clock is read between two readings of the monotonic clock; the narrowest of a few tries counts.
std::int64_t EpochClock::measured_offset_ns() {
    std::int64_t best = 0;
    std::uint64_t narrowest = std::numeric_limits<std::uint64_t>::max();
    for (int i = 0; i < 10; i++) {
        const std::uint64_t before = monotonic_ns();
        const std::uint64_t wall = clock_ns(CLOCK_REALTIME);
        const std::uint64_t after = monotonic_ns();
        if (after - before >= narrowest) continue;
        narrowest = after - before;
        best = static_cast<std::int64_t>(wall) - static_cast<std::int64_t>(before + narrowest / 2);
    }
    return best;
}

Result<EpochClock> EpochClock::start(Measure measure) {
    EpochClock clock;
    clock.measure_ = std::move(measure);
    clock.timer_.reset(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
    if (!clock.timer_) return fail(ExitStatus::failed, fmt::format("cannot make a timer: {}", std::strerror(errno)));
    clock.arm();
    clock.measured_ns_ = clock.measure_();
    clock.offsets_.push_back({0, clock.measured_ns_});
    return clock;
}

// A timer that never fires, but is cancelled when the wall clock is set.
void EpochClock::arm() {
    itimerspec never{};
    never.it_value.tv_sec = std::numeric_limits<std::int32_t>::max();
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
}

void EpochClock::resync(std::uint64_t now_ns) {
    std::uint64_t expirations = 0;
    if (::read(timer_.get(), &expirations, sizeof(expirations)) < 0 && errno == ECANCELED) arm();

    const std::int64_t measured = measure_();
    const std::int64_t by_ns = measured - measured_ns_;
    if (std::abs(by_ns) < kNoiseNs) return;
    measured_ns_ = measured;
    const bool ahead = measured > offsets_.back().offset_ns;
    if (ahead) offsets_.push_back({now_ns, measured});
    steps_.push_back({now_ns, by_ns, ahead});
}

std::uint64_t EpochClock::epoch_of(std::uint64_t monotonic) const {
    std::int64_t offset = offsets_.front().offset_ns;
    for (const auto& candidate : offsets_) {
        if (monotonic >= candidate.from_ns) offset = candidate.offset_ns;
    }
    return monotonic + static_cast<std::uint64_t>(offset);
}

std::uint64_t EpochClock::to_epoch(std::uint64_t monotonic) {
    // Nearly always there is one offset; an older one goes when the packets have passed its end.
    while (offsets_.size() > 1 && monotonic >= offsets_[1].from_ns) offsets_.erase(offsets_.begin());
    last_epoch_ns_ = std::max(last_epoch_ns_, monotonic + static_cast<std::uint64_t>(offsets_.front().offset_ns));
    return last_epoch_ns_;
}

}  // namespace xdpsift::capture
