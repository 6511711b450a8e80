// SPDX-License-Identifier: BSD-2-Clause
// Turns the kernel's monotonic time into time since the epoch.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::capture {

// A change of the wall clock while the capture ran.
struct ClockStep {
    std::uint64_t at_ns = 0;  // CLOCK_MONOTONIC when it was noticed
    std::int64_t by_ns = 0;   // forward: positive
    bool applied = false;     // a backward step is not: a file's timestamps do not go back
};

// The two clocks run at the same rate; the distance between them changes only when the wall clock is stepped. The
// kernel tells of a step at once (TFD_TIMER_CANCEL_ON_SET); resync() also finds one that it did not tell of.
class EpochClock {
   public:
    // The wall clock's distance from the monotonic clock, in nanoseconds. Replaceable for tests.
    using Measure = std::function<std::int64_t()>;
    static Result<EpochClock> start(Measure measure = measured_offset_ns);

    // Readable after a step.
    int fd() const { return timer_.get(); }
    // Takes the step in; packets from `now_ns` (CLOCK_MONOTONIC) on get the new time.
    void resync(std::uint64_t now_ns);

    // For times that do not go back from call to call; neither does what it returns.
    std::uint64_t to_epoch(std::uint64_t monotonic_ns);
    // The wall clock as the file tells it at this moment, without taking part in the order.
    std::uint64_t epoch_of(std::uint64_t monotonic_ns) const;

    const std::vector<ClockStep>& steps() const { return steps_; }

    static std::int64_t measured_offset_ns();

   private:
    EpochClock() = default;
    void arm();

    struct Offset {
        std::uint64_t from_ns = 0;
        std::int64_t offset_ns = 0;
    };
    Measure measure_;
    UniqueFd timer_;
    std::vector<Offset> offsets_;   // in force from from_ns on, oldest first; never empty
    std::int64_t measured_ns_ = 0;  // the last measurement, applied or not
    std::uint64_t last_epoch_ns_ = 0;
    std::vector<ClockStep> steps_;
};

}  // namespace xdpsift::capture
