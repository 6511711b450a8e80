// SPDX-License-Identifier: BSD-2-Clause
#include "write/file_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace xdpsift::write {
namespace {

// strftime(3) without %n and %t, which are no part of a sensible name, and without the modifiers E and O.
constexpr std::string_view kConversions = "aAbBcCdDeFgGhHIjklmMpPrRsSTuUVwWxXyYzZ";

std::string numbered(const std::string& name, std::uint64_t number) {
    const std::size_t slash = name.rfind('/');
    const std::size_t first = slash == std::string::npos ? 0 : slash + 1;
    std::size_t dot = name.rfind('.');
    // The dot of a hidden file starts no extension.
    if (dot == std::string::npos || dot <= first) dot = name.size();
    return fmt::format("{}_{:05}{}", name.substr(0, dot), number, name.substr(dot));
}

std::string folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    return folder.empty() ? "." : folder.string();
}

}  // namespace

Result<FileNames> FileNames::from(std::string pattern, bool rotating) {
    FileNames names;
    for (std::size_t at = pattern.find('%'); at != std::string::npos; at = pattern.find('%', at + 2)) {
        const std::string conversion = pattern.substr(at, 2);
        if (conversion == "%%") continue;
        if (conversion.size() < 2 || kConversions.find(conversion[1]) == std::string_view::npos)
            return fail(ExitStatus::usage,
                        fmt::format("the file name '{}' holds '{}', which is no strftime(3) conversion; "
                                    "write %% for a per cent sign",
                                    pattern, conversion));
        names.varies_ = true;
    }
    if (pattern.empty()) return fail(ExitStatus::usage, "the name of the file to write is empty");
    names.pattern_ = std::move(pattern);
    names.rotating_ = rotating;
    return names;
}

std::string FileNames::expand(const std::tm& time) const {
    // No conversion needs more room than this; the dot tells an empty expansion from one that does not fit.
    std::string text(pattern_.size() * 64 + 1, '\0');
    text.resize(std::strftime(text.data(), text.size(), (pattern_ + '.').c_str(), &time));
    if (!text.empty()) text.pop_back();
    return text;
}

std::string FileNames::folder(const std::tm& time) const { return folder_of(expand(time)); }

std::string FileNames::common_folder() const { return folder_of(pattern_.substr(0, pattern_.find('%'))); }

std::string FileNames::next(const std::tm& time, std::span<const std::string> in_use) {
    std::string expanded = expand(time);
    if (!rotating_) return expanded;
    ++number_;
    const auto used = [in_use](const std::string& name) {
        return std::find(in_use.begin(), in_use.end(), name) != in_use.end();
    };
    if (varies_ && expanded != last_expanded_ && !used(expanded)) return last_expanded_ = expanded;
    while (used(numbered(expanded, number_))) ++number_;
    return numbered(expanded, number_);
}

}  // namespace xdpsift::write
