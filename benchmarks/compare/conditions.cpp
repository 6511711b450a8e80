// SPDX-License-Identifier: BSD-2-Clause
#include "compare/conditions.h"

#include <fmt/format.h>

namespace xdpsift::compare {

const char* name_of(Scenario scenario) {
    switch (scenario) {
        case Scenario::idle: return "idle";
        case Scenario::all: return "all";
        case Scenario::none: return "none";
        case Scenario::sample: return "sample";
    }
    return "";
}

const char* name_of(Placement placement) { return placement == Placement::same ? "same" : "apart"; }

Result<Scenario> parse_scenario(const std::string& text) {
    for (const auto scenario : {Scenario::idle, Scenario::all, Scenario::none, Scenario::sample})
        if (text == name_of(scenario)) return scenario;
    return fail(ExitStatus::usage, fmt::format("'{}' is no scenario: idle, all, none or sample", text));
}

Result<Placement> parse_placement(const std::string& text) {
    for (const auto placement : {Placement::same, Placement::apart})
        if (text == name_of(placement)) return placement;
    return fail(ExitStatus::usage, fmt::format("'{}' is no placement: same or apart", text));
}

std::string title_of(const Conditions& conditions) {
    return fmt::format(
        "{}, {}{}, {}, {}", conditions.placement == Placement::same ? "same core" : "cores apart",
        conditions.sizes.name, conditions.sizes.slots.size() == 1 ? " bytes" : "",
        conditions.snaplen == 0 ? "whole packets" : fmt::format("snaplen {}", conditions.snaplen),
        conditions.rate_pps == 0 ? "as fast as it goes" : fmt::format("{} a second", conditions.rate_pps));
}

}  // namespace xdpsift::compare
