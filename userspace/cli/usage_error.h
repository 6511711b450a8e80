// SPDX-License-Identifier: BSD-2-Clause
// What CLI11 found wrong with a command line, in our words.
#pragma once

#include "xdpsift/result.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace xdpsift::cli {

// `app` is the root that parsed. For a ParseError that is no request for help or the version (those have exit code 0).
// One sentence with ExitStatus::usage that suggests the nearest name and ends with where to find help.
Error usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace xdpsift::cli
