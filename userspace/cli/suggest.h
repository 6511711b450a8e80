// SPDX-License-Identifier: BSD-2-Clause
// "Did you mean": the known name that a mistyped one is nearest to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xdpsift::cli {

// The name with the fewest edits (insert, delete, replace, swap of neighbours; case is ignored) from `wanted`,
// the first of equals; none when that takes more edits than a third of its length, or when `wanted` is absurdly long.
std::optional<std::string> closest(std::string_view wanted, const std::vector<std::string>& names);

// ": did you mean NAME?", or nothing.
std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace xdpsift::cli
