// SPDX-License-Identifier: BSD-2-Clause
#include "cli/suggest.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace xdpsift::cli {
namespace {

constexpr std::size_t kLongestName = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Optimal string alignment distance; both texts are at most kLongestName long.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, kLongestName + 1>;
    Row before{}, above{}, row{};
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
    }
    return above[b.size()];
}

}  // namespace

std::optional<std::string> closest(std::string_view wanted, const std::vector<std::string>& names) {
    if (wanted.empty() || wanted.size() > kLongestName) return std::nullopt;
    const std::string* best = nullptr;
    std::size_t best_distance = 0;
    for (const auto& name : names) {
        if (name.empty() || name.size() > kLongestName) continue;
        // A short name still may have one letter wrong: "eth0" for "eth1".
        const std::size_t allowed = std::max<std::size_t>(1, std::max(wanted.size(), name.size()) / 3);
        const std::size_t distance = edit_distance(wanted, name);
        if (distance > allowed || distance >= std::max(wanted.size(), name.size())) continue;
        if (best != nullptr && distance >= best_distance) continue;
        best = &name;
        best_distance = distance;
    }
    return best == nullptr ? std::nullopt : std::optional(*best);
}

std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names) {
    const auto name = closest(wanted, names);
    return name ? ": did you mean " + *name + "?" : std::string();
}

}  // namespace xdpsift::cli
