// SPDX-License-Identifier: BSD-2-Clause
// Lists of values that A is compared with one after the other: "net 10.0.0.0/8 or net 192.0.2.0/24 or ...".
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "expression/flow.h"

namespace xdpsift::expression {

struct Alternatives {
    struct Case {
        std::uint32_t value;
        std::size_t to;
    };
    std::vector<Case> cases;  // by value, each of them once
    std::size_t otherwise = 0;
    std::size_t comparisons = 0;  // of the program that it stands for
};

// How many ways lead from the start to each instruction.
std::vector<std::uint32_t> count_ways(const Flow& flow);

// The list that begins with the comparison (JEQ with k) at `first`. Only one way leads to each of its other
// instructions, so that they need not be there any more.
Alternatives alternatives(const Flow& flow, const std::vector<std::uint32_t>& ways, std::size_t first);

}  // namespace xdpsift::expression
