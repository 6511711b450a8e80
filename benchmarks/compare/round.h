// SPDX-License-Identifier: BSD-2-Clause
// One load on the pair, with something or nothing that captures at the receiving end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compare/capture_tool.h"
#include "compare/veth_pair.h"
#include "generator/offered_load.h"

namespace xdpsift::compare {

struct Contender {
    std::string name;
    std::optional<Tool> tool;  // none: nothing captures
    bool matches = false;      // the tool's filter takes the load's packets
    bool empty_xdp = false;    // a program that only returns XDP_PASS is attached
};

// In the order of an even round.
const std::vector<Contender>& contenders();

struct Run {
    std::uint64_t offered = 0;   // packets
    std::uint64_t received = 0;  // of them, at the receiver's interface
    double offered_pps = 0;
    std::optional<CaptureReport> capture;
};

struct LoadPlan {
    std::uint64_t count = 2'000'000;
    unsigned cpu = 0;  // where the generator, and with it the receive path, runs
};

Result<Run> run_once(const Contender& contender, VethPair& pair, generator::OfferedLoad& load, const LoadPlan& plan,
                     const CaptureOptions& options);

}  // namespace xdpsift::compare
