// SPDX-License-Identifier: BSD-2-Clause
// What a filter must say of a frame, written from the rules alone and without regard to speed: the judge of the
// kernel program.
#pragma once

#include <cstdint>
#include <span>

#include "xdpsift/filter.h"

namespace xdpsift::bpf {

// Extension headers of IPv6 that are looked through.
inline constexpr int kMaxExtensions = 8;

// One field of a filter against one frame.
enum class FieldVerdict {
    holds,
    fails,      // the frame holds the field, or cannot have it, and it is not in the list
    malformed,  // a header on the way to the field is cut short or contradicts itself
};

struct Expectation {
    // A frame that fails one field and is malformed for another: the program may stop at either.
    enum class Malformed { no, yes, either };

    bool matches = false;
    Malformed malformed = Malformed::no;
    bool operator==(const Expectation&) const = default;
};

Expectation reference_match(const Filter& filter, std::span<const std::uint8_t> frame);

}  // namespace xdpsift::bpf
