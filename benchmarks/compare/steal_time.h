// SPDX-License-Identifier: BSD-2-Clause
// CPU time that the hypervisor gave to others meanwhile: what was measured then says little.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace xdpsift::compare {

// Of all CPUs since boot, in ticks.
struct CpuTimes {
    std::uint64_t total = 0;
    std::uint64_t stolen = 0;
};

// The first line of proc_stat(5): "cpu  user nice system idle iowait irq softirq steal guest guest_nice".
std::optional<CpuTimes> parse_cpu_times(const std::string& line);
// Of this machine; nothing where it cannot be read.
std::optional<CpuTimes> read_cpu_times();

// The stolen part of what passed between the two, 0 to 1.
double stolen_part(const CpuTimes& before, const CpuTimes& after);

}  // namespace xdpsift::compare
