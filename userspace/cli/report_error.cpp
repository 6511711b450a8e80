// SPDX-License-Identifier: BSD-2-Clause
#include "cli/report_error.h"

#include <fmt/format.h>

#include <cstdio>

namespace xdpsift::cli {

ExitStatus report_error(const Error& error, bool with_detail) {
    fmt::print(stderr, "xdpsift: {}\n", error.message);
    if (with_detail && !error.detail.empty()) fmt::print(stderr, "{}\n", error.detail);
    return error.status;
}

}  // namespace xdpsift::cli
