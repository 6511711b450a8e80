// SPDX-License-Identifier: BSD-2-Clause
// The rings of all CPUs.
#pragma once

#include <memory>
#include <vector>

#include "drain/ring.h"
#include "xdpsift/result.h"
#include "xdpsift/ring_options.h"

namespace xdpsift::drain {

using Rings = std::vector<std::unique_ptr<Ring>>;

// Opens a ring for each CPU that is online and enters it into the program's map of rings, which must be of the same
// kind; to be done before the program is attached. A CPU that comes online later has no ring: its packets count as lost
// (`ringless`).
Result<Rings> open_rings(int rings_map_fd, const RingOptions& options);

}  // namespace xdpsift::drain
