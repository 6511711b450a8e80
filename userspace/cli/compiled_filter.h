// SPDX-License-Identifier: BSD-2-Clause
// The expression of a filter as classic BPF, and what can be said of it before a packet is seen.
#pragma once

#include <string>

#include "cli/filter_options.h"
#include "expression/compile.h"
#include "xdpsift/result.h"

namespace xdpsift::cli {

// An empty program where there is no expression.
Result<expression::Compiled> compile_filter(const FilterOptions& options);

// A sentence where every packet or none satisfies the expression; else empty.
std::string verdict_note(const expression::Compiled& compiled);

}  // namespace xdpsift::cli
