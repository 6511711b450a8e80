// SPDX-License-Identifier: BSD-2-Clause
// The contest as a table for a person and as JSON for a script.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "filters/contest.h"
#include "kernel/measure.h"

namespace xdpsift::filters {

// An expression should cost at most this many times what the program written by hand costs, and structured options no
// more than the expression.
inline constexpr double kByHandAim = 1.2;

// The measurements are those of contest.cases.
std::string table(const Contest& contest, const std::vector<kernel::Measurement>& measurements);
nlohmann::json to_json(const Contest& contest, const std::vector<kernel::Measurement>& measurements,
                       const kernel::MeasureOptions& options);

}  // namespace xdpsift::filters
