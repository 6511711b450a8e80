// SPDX-License-Identifier: BSD-2-Clause
#include "harness/affinity.h"

#include <sched.h>

#include "harness/process.h"

namespace xdpsift::harness {

void stay_on_cpu(unsigned cpu) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    if (::sched_setaffinity(0, sizeof(cpus), &cpus) != 0) throw_errno("sched_setaffinity");
}

}  // namespace xdpsift::harness
