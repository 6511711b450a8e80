// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "xdpsift/result.h"

namespace xdpsift::cli {

// Prints the error to standard error, its detail too where that is wanted; returns its status.
ExitStatus report_error(const Error& error, bool with_detail = false);

}  // namespace xdpsift::cli
