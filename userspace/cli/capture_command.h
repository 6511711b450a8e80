// SPDX-License-Identifier: BSD-2-Clause
// xdpsift capture: joins the loader and the pipeline.
#pragma once

#include "cli/capture_arguments.h"

namespace xdpsift::cli {

// Returns the exit status; errors and reports go to standard error.
int capture_command(const CaptureArguments& arguments);

}  // namespace xdpsift::cli
