// SPDX-License-Identifier: BSD-2-Clause
// The panels as tables and ratios to read, and as JSON with every run in it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compare/figures.h"
#include "compare/panel.h"

namespace xdpsift::compare {

struct Comparison {
    std::vector<Entrant> entrants;
    std::vector<LeftOut> left_out;
    std::vector<Panel> panels;
};

std::string table(const Panel& panel);
std::string ratios(const Panel& panel);
nlohmann::json to_json(const Comparison& comparison);

}  // namespace xdpsift::compare
