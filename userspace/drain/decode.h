// SPDX-License-Identifier: BSD-2-Clause
// One raw sample of the ring, as the kernel program wrote it (xdpsift/event.h).
#pragma once

#include <cstddef>
#include <span>

#include "xdpsift/record.h"

namespace xdpsift::drain {

// False when the sample is too short for what it announces or of another version of the contract.
// The record's data points into `sample`; its dropped_before is 0.
[[nodiscard]] bool decode_sample(std::span<const std::byte> sample, Record& record);

}  // namespace xdpsift::drain
