// SPDX-License-Identifier: BSD-2-Clause
// The rounds of a panel: all contenders in turn, forth and back, on the same load.
#pragma once

#include <string>
#include <vector>

#include "compare/figures.h"
#include "xdpsift/result.h"

namespace xdpsift::compare {

// A peer that takes part.
struct Entrant {
    const Peer* peer = nullptr;
    std::string program;  // where it stands
    std::string version;  // the first line of what it says about itself
};

struct LeftOut {
    std::string name;
    std::string reason;
};

// Those of `names` that are there: xdpsift at `xdpsift`, the others on the PATH. Empty `names`: all that are known.
Result<std::vector<Entrant>> find_entrants(const std::vector<std::string>& names, const std::string& xdpsift,
                                           std::vector<LeftOut>& left_out);

// One for each scenario and entrant that it can be asked of.
std::vector<Contender> contenders(const std::vector<Entrant>& entrants, const std::vector<Scenario>& scenarios,
                                  const Conditions& conditions);

struct RoundPlan {
    unsigned rounds = 10;
    double most_stolen = 0.01;   // of all CPU time during a run
    unsigned most_repeats = 20;  // of runs that are thrown away, in a panel
};

Result<Panel> run_panel(const std::vector<Contender>& contenders, const Conditions& conditions, const RoundPlan& plan,
                        const std::string& directory);

}  // namespace xdpsift::compare
