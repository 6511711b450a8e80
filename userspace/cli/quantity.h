// SPDX-License-Identifier: BSD-2-Clause
// Numbers with units as options take them. `option` is named in the error; every error is ExitStatus::usage.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "xdpsift/result.h"

namespace xdpsift::cli {

// A whole number in decimal digits, without sign, unit or separators.
Result<std::uint64_t> parse_count(std::string_view option, std::string_view text, std::uint64_t smallest,
                                  std::uint64_t largest);

// Bytes: "10000", "64k", "4M", "1GiB", "1.5G". k, M, G, T, with or without iB, are powers of 1024; "MB" is refused,
// since some read it as 1000.
Result<std::uint64_t> parse_size(std::string_view option, std::string_view text, std::uint64_t smallest = 1,
                                 std::uint64_t largest = UINT64_MAX);

// "90" and "90s" (seconds), "1.5s", "200ms", "50us", "5m", "1h", "2d". Zero is refused.
Result<std::chrono::nanoseconds> parse_duration(std::string_view option, std::string_view text);

// In the largest unit of s, ms, us, ns that leaves a whole number: "300s".
std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace xdpsift::cli
