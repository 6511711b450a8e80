// SPDX-License-Identifier: BSD-2-Clause
// Medians over the rounds, the ratios, and every run for a script.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compare/round.h"

namespace xdpsift::compare {

struct Series {
    Contender contender;
    std::vector<Run> runs;  // one a round
};

std::string table(const std::vector<Series>& all);
nlohmann::json to_json(const std::vector<Series>& all, const LoadPlan& plan, const CaptureOptions& options);

}  // namespace xdpsift::compare
