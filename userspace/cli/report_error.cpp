// SPDX-License-Identifier: BSD-2-Clause
#include "cli/report_error.h"

#include "cli/say.h"

namespace xdpsift::cli {

ExitStatus report_error(const Error& error, bool with_detail) {
    say("xdpsift: " + error.message + "\n");
    if (with_detail && !error.detail.empty()) say(error.detail + "\n");
    return error.status;
}

}  // namespace xdpsift::cli
