// SPDX-License-Identifier: BSD-2-Clause
// Files that options name, whole: behind an @FILE entry, and with an expression.
#pragma once

#include <cstddef>
#include <string>

#include "xdpsift/result.h"

namespace xdpsift::cli {

inline constexpr std::size_t kListFileBytes = std::size_t{64} << 20;

// Reads to the end, pipes included; more than kListFileBytes is an error. Errors are ExitStatus::usage.
Result<std::string> read_list_file(const std::string& path);

inline constexpr std::size_t kExpressionFileBytes = std::size_t{1} << 20;

// The same for -F, with kExpressionFileBytes.
Result<std::string> read_expression_file(const std::string& path);

}  // namespace xdpsift::cli
