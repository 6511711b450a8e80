// SPDX-License-Identifier: BSD-2-Clause
// On which CPU a thread runs.
#pragma once

namespace xdpsift::harness {

// The calling thread, with the threads and children that it has from here on.
void stay_on_cpu(unsigned cpu);

}  // namespace xdpsift::harness
