// SPDX-License-Identifier: BSD-2-Clause
// The rings of all CPUs.
#pragma once

#include <cstddef>
#include <vector>

#include "drain/perf_ring.h"

namespace xdpsift::drain {

// Opens a ring for each CPU that is online and enters it into the program's map of rings, so that it has to happen
// before the program is attached. A CPU that comes online later has no ring: its packets count as lost
// (`ringless`).
Result<std::vector<PerfRing>> open_perf_rings(int events_map_fd, std::size_t ring_bytes);

}  // namespace xdpsift::drain
