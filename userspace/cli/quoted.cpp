// SPDX-License-Identifier: BSD-2-Clause
#include "cli/quoted.h"

#include <fmt/format.h>

#include <algorithm>

namespace xdpsift::cli {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// Bytes of the valid UTF-8 character that starts at `at`, 0 when there is none (RFC 3629). C1 controls count as
// invalid, since a terminal obeys them.
std::size_t character_length(std::string_view text, std::size_t at) {
    const unsigned lead = byte_at(text, at);
    if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || at + length > text.size()) return 0;
    std::uint32_t code = lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const unsigned next = byte_at(text, at + i);
        if ((next & 0xc0) != 0x80) return 0;
        code = code << 6 | (next & 0x3f);
    }
    constexpr std::uint32_t kSmallest[] = {0, 0, 0xa0, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < kSmallest[length] || code > 0x10ffff || surrogate ? 0 : length;
}

bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./:,@%+=").find(c) != std::string_view::npos;
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = character_length(text, at);
        if (at + std::max<std::size_t>(length, 1) > limit) return out + "...";
        if (length == 0) {
            out += fmt::format("\\x{:02x}", byte_at(text, at));
            ++at;
        } else {
            out += text.substr(at, length);
            at += length;
        }
    }
    return out;
}

std::string in_quotes(std::string_view text) { return '"' + printable(text, kQuotedBytes) + '"'; }

std::string shell_quoted(std::string_view text) {
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_bare)) return std::string(text);
    std::string plain, escaped;
    bool needs_escapes = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = character_length(text, at);
        if (length == 0) {
            needs_escapes = true;
            escaped += fmt::format("\\x{:02x}", byte_at(text, at));
            ++at;
            continue;
        }
        const auto character = text.substr(at, length);
        plain += character == "'" ? std::string_view("'\\''") : character;
        if (character == "'" || character == "\\") escaped += '\\';
        escaped += character;
        at += length;
    }
    return needs_escapes ? "$'" + escaped + "'" : "'" + plain + "'";
}

}  // namespace xdpsift::cli
