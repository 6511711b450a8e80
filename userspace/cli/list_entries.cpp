// SPDX-License-Identifier: BSD-2-Clause
#include "cli/list_entries.h"

#include <fmt/format.h>

namespace xdpsift::cli {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string_view next_entry(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto entry = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return trimmed(entry);
}

std::string list_text(std::string text, std::size_t entries) {
    if (text.size() <= kListTextBytes) return text;
    const auto end = text.rfind(',', kListTextBytes);
    text.resize(end == std::string::npos ? 0 : end + 1);
    return text + fmt::format("... ({} entries)", entries);
}

}  // namespace xdpsift::cli
