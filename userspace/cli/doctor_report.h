// SPDX-License-Identifier: BSD-2-Clause
// The doctor's findings for a person and for a program.
#pragma once

#include <string>
#include <vector>

#include "cli/doctor_checks.h"

namespace xdpsift::cli {

// A line for each check ("ok", "warning" or "failure", name, detail), its advice below it, and a verdict.
std::string doctor_text(const std::vector<Check>& checks);

// {"checks":[{"name","status","detail","advice"}],"ok":bool}
std::string doctor_json(const std::vector<Check>& checks);

}  // namespace xdpsift::cli
