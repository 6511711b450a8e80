// SPDX-License-Identifier: BSD-2-Clause
// The pictures of what benchmark_compare measured.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "charts/bar_chart.h"
#include "xdpsift/result.h"

namespace xdpsift::charts {

struct NamedChart {
    std::string name;  // of the file, without its ending: same-64-128-all-cpu
    BarChart chart;
};

// For each panel and each scenario that was run: CPU time of a packet (tool and receive path), what of it is added
// to that without a capture, that of the tool alone,
// the packets a second where the load had no pace, and the loss where there was any.
Result<std::vector<NamedChart>> comparison_charts(const nlohmann::json& comparison);

}  // namespace xdpsift::charts
