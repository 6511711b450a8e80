// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "cli/filter_command_options.h"

namespace xdpsift::cli {

// xdpsift filter run: the packets of a file through the program in the kernel. The exit status as in ExitStatus.
int filter_run_command(const FilterRunArguments& arguments);

}  // namespace xdpsift::cli
