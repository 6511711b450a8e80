// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "cli/filter_command_options.h"

namespace xdpsift::cli {

// xdpsift filter explain, to standard output. Loads the program and lets it go; where that is not possible, the reason
// stands in its place. The exit status as in ExitStatus.
int filter_explain_command(const FilterExplainArguments& arguments);

}  // namespace xdpsift::cli
