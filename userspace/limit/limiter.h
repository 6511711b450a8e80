// SPDX-License-Identifier: BSD-2-Clause
// The limits, as user space holds them: the kernel's budget is exact, and this ends the capture when it is spent.
#pragma once

#include <cstdint>
#include <optional>

#include "xdpsift/record.h"
#include "xdpsift/selection.h"

namespace xdpsift::limit {

class Limiter {
   public:
    // `start_ns`: the moment the hook went live, CLOCK_MONOTONIC.
    Limiter(const Limits& limits, std::uint64_t start_ns);

    // Whether the record is within the limits; it is counted when it is. One that is not ends the capture.
    bool admit(const Record& record);

    // The limit that has been reached, if any. `byte_limit_passed`: the kernel has refused a packet for its bytes.
    std::optional<StopReason> reached(std::uint64_t now_ns, bool byte_limit_passed) const;

    // CLOCK_MONOTONIC; the largest number without a time limit.
    std::uint64_t deadline_ns() const { return deadline_ns_; }
    std::uint64_t packets() const { return packets_; }
    std::uint64_t bytes() const { return bytes_; }

   private:
    Limits limits_;
    std::uint64_t deadline_ns_;
    std::uint64_t packets_ = 0;
    std::uint64_t bytes_ = 0;
    bool byte_limit_passed_ = false;
};

}  // namespace xdpsift::limit
