// SPDX-License-Identifier: BSD-2-Clause
// Every way of asking for each predicate, loaded and tried on its packets.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "filters/predicates.h"
#include "kernel/cases.h"
#include "xdpsift/result.h"

namespace xdpsift::filters {

enum Way : std::size_t { kExpression, kByHand, kStructured, kLibpcap, kWays };

// Of one packet: where each way stands in Contest::cases; none: it cannot say it.
using Row = std::array<std::optional<std::size_t>, kWays>;

struct Contestants {
    Predicate predicate;
    std::size_t classic_instructions = 0;
    std::vector<Row> rows;  // one for each packet of the predicate
};

struct Contest {
    std::vector<kernel::Case> cases;  // the empty program first
    std::vector<Contestants> predicates;
};

// Fails when one of them does not say of a packet what the predicate says.
Result<Contest> load_contest();

}  // namespace xdpsift::filters
