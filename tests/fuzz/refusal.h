// SPDX-License-Identifier: BSD-2-Clause
// What every refusal of an option promises: it is one of usage, and fit for a terminal whatever was typed.
#pragma once

#include <algorithm>

#include "cli/quoted.h"
#include "fuzz/require.h"
#include "xdpsift/result.h"

namespace xdpsift::fuzz {

inline void check_refusal(const Error& error) {
    XS_REQUIRE(error.status == ExitStatus::usage);
    XS_REQUIRE(!error.message.empty());
    XS_REQUIRE(cli::printable(error.message, error.message.size()) == error.message);
}

}  // namespace xdpsift::fuzz
