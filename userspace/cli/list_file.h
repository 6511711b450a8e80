// SPDX-License-Identifier: BSD-2-Clause
// The file behind an @FILE entry, whole.
#pragma once

#include <cstddef>
#include <string>

#include "xdpsift/result.h"

namespace xdpsift::cli {

inline constexpr std::size_t kListFileBytes = std::size_t{64} << 20;

// Reads to the end, pipes included; more than kListFileBytes is an error. Errors are ExitStatus::usage.
Result<std::string> read_list_file(const std::string& path);

}  // namespace xdpsift::cli
