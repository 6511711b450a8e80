// SPDX-License-Identifier: BSD-2-Clause
// What the list options share: cutting a list into entries, and the text that stands for it afterwards.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xdpsift::cli {

// Longer lists are shortened in what is printed and written to files: a pcapng option holds 65535 bytes in all.
inline constexpr std::size_t kListTextBytes = 4096;

// Without blanks at both ends.
std::string_view trimmed(std::string_view text);

// Takes the next entry off `rest`, at `separator` or at its end, trimmed.
std::string_view next_entry(std::string_view& rest, char separator = ',');

// The list as it stands, or its first entries and "... (N entries)".
std::string list_text(std::string text, std::size_t entries);

}  // namespace xdpsift::cli
