// SPDX-License-Identifier: BSD-2-Clause
// Where a filter means something else than one would think, in plain words.
#pragma once

#include <string>
#include <vector>

#include "cli/filter_options.h"
#include "expression/compile.h"

namespace xdpsift::cli {

struct Caveat {
    std::string about;  // a fixed word for programs: "fragments"
    std::string text;
};

// Those that apply to this very filter, told by the classic program and by the words of the expression. `compiled` is
// what the options' expression became.
std::vector<Caveat> caveats(const FilterOptions& options, const expression::Compiled& compiled);

}  // namespace xdpsift::cli
