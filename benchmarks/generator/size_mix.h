// SPDX-License-Identifier: BSD-2-Clause
// The sizes of a load's frames: one for all, or a mix that comes around again and again.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "xdpsift/result.h"

namespace xdpsift::generator {

// Ethernet frames without FCS.
inline constexpr std::size_t kSmallestFrameBytes = 64;
inline constexpr std::size_t kLargestFrameBytes = 1514;

struct SizeMix {
    std::string name = "64";
    // Bytes of the frame with number n: slots[n % slots.size()].
    std::vector<std::size_t> slots{kSmallestFrameBytes};

    std::size_t largest() const;
    double average() const;
};

// "64" and any other number of bytes, or "imix": 7 frames of 64 bytes, 4 of 576 and 1 of 1500, spread evenly.
Result<SizeMix> parse_size_mix(const std::string& text);

}  // namespace xdpsift::generator
