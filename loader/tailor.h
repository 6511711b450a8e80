// SPDX-License-Identifier: BSD-2-Clause
// The compiled program made to measure: one configuration, its lists of addresses and its expression.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <span>
#include <vector>

#include "expression/classic.h"
#include "loader/specialise.h"
#include "xdpsift/filter.h"
#include "xdpsift/result.h"

namespace xdpsift::loader {

struct Measure {
    const Filter& filter;
    std::size_t most_searched;  // ranges of a family in a list that is searched by code
    const expression::ClassicProgram& expression;
    bool fragments;  // frames may have several
};

// `program` is what libbpf is about to load, `data` its configuration. ExitStatus::unsupported where it would become
// too large.
Result<std::vector<bpf_insn>> tailor(std::span<const bpf_insn> program, const ReadOnlyData& data,
                                     const Measure& measure);

}  // namespace xdpsift::loader
