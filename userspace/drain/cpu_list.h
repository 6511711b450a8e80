// SPDX-License-Identifier: BSD-2-Clause
// Lists of CPUs as the kernel writes them below /sys/devices/system/cpu: "0-3,8".
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace xdpsift::drain {

// More than any kernel is built for: what names a higher CPU is no such list.
inline constexpr int kMostCpus = 65536;

// In the list's order. Nothing where it is no list of at least one CPU; a newline may end it.
std::optional<std::vector<int>> parse_cpu_list(std::string_view text);

}  // namespace xdpsift::drain
