// SPDX-License-Identifier: BSD-2-Clause
// Files that options name, whole: behind an @FILE entry, and with an expression.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "xdpsift/result.h"

namespace xdpsift::cli {

inline constexpr std::size_t kListFileBytes = std::size_t{64} << 20;

// A pipe whose writer says nothing for so long, or that has none, is given up.
inline constexpr std::chrono::milliseconds kFilePatience = std::chrono::seconds(10);

// Reads to the end, pipes included; more than kListFileBytes is an error. Errors are ExitStatus::usage.
Result<std::string> read_list_file(const std::string& path, std::chrono::milliseconds patience = kFilePatience);

inline constexpr std::size_t kExpressionFileBytes = std::size_t{1} << 20;

// The same for -F, with kExpressionFileBytes. A `#` and what follows it on its line are a comment.
Result<std::string> read_expression_file(const std::string& path, std::chrono::milliseconds patience = kFilePatience);

}  // namespace xdpsift::cli
