// SPDX-License-Identifier: BSD-2-Clause
// Text from outside, made fit for a terminal, a log or a file's comment: no control bytes, valid UTF-8, one line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xdpsift::cli {

inline constexpr std::size_t kQuotedBytes = 64;

// Control bytes and invalid UTF-8 as \xNN; what is longer than `limit` bytes ends in "...".
std::string printable(std::string_view text, std::size_t limit);

// printable() in double quotes, cut to kQuotedBytes: a part of an error message.
std::string in_quotes(std::string_view text);

// As a POSIX shell reads it: bare where that is safe, else '...', or $'...' where control bytes need escapes.
std::string shell_quoted(std::string_view text);

}  // namespace xdpsift::cli
