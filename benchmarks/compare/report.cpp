// SPDX-License-Identifier: BSD-2-Clause
#include "compare/report.h"

#include <fmt/format.h>

namespace xdpsift::compare {
namespace {

// The median, and behind it the interval in brackets.
std::string cell(const Series& series, const char* name, double unit = 1, int digits = 0) {
    const auto& asked = figure(name);
    const auto found = estimate(series, asked);
    if (found.runs == 0) return "-";
    return fmt::format("{:.{}f} [{:.{}f} {:.{}f}]", found.value / unit, digits, found.low / unit, digits,
                       found.high / unit, digits);
}

std::string bare(const Series& series, const char* name, double unit = 1, int digits = 0) {
    const auto found = estimate(series, figure(name));
    return found.runs == 0 ? "-" : fmt::format("{:.{}f}", found.value / unit, digits);
}

std::string row(const Series& series) {
    return fmt::format("{:<8}{:<13}{:>4} {:>15} {:>19} {:>17} {:>19} {:>9} {:>9} {:>8} {:>5} {:>7} {:>8} {:>8}\n",
                       name_of(series.contender.scenario), series.contender.name, series.runs.size(),
                       cell(series, "pps", 1e3), cell(series, "cpu_ns"), cell(series, "path_ns"),
                       cell(series, "total_ns"), bare(series, "not_received"), bare(series, "captured"),
                       bare(series, "lost"), bare(series, "duplicates"), bare(series, "reordered"),
                       bare(series, "startup_s", 1, 3), bare(series, "file_bytes", 1e6, 1));
}

std::string ratio_cell(const Series& ours, const Series& theirs, const char* name) {
    const auto found = ratio(ours, theirs, figure(name));
    if (found.runs == 0) return "-";
    return fmt::format("{:.2f} [{:.2f} {:.2f}]", found.value, found.low, found.high);
}

}  // namespace

std::string table(const Panel& panel) {
    std::string out =
        fmt::format("{:<8}{:<13}{:>4} {:>15} {:>19} {:>17} {:>19} {:>9} {:>9} {:>8} {:>5} {:>7} {:>8} {:>8}\n", "asked",
                    " of", "runs", "kpps", "capture CPU ns", "path CPU ns", "both, CPU ns", "no room", "captured",
                    "lost", "twice", "disord.", "start s", "file MB");
    for (const auto& series : panel.series) out += row(series);
    return out;
}

std::string ratios(const Panel& panel) {
    std::string out;
    for (const auto& series : panel.series) {
        const Series* ours = own_series(panel, series.contender.scenario);
        if (ours == nullptr || ours == &series) continue;
        out += fmt::format("xdpsift / {:<12} {:<7} capture CPU {:<18} path CPU {:<18} both {:<18} kpps {}\n",
                           series.contender.name, name_of(series.contender.scenario),
                           ratio_cell(*ours, series, "cpu_ns"), ratio_cell(*ours, series, "path_ns"),
                           ratio_cell(*ours, series, "total_ns"), ratio_cell(*ours, series, "pps"));
    }
    return out;
}

}  // namespace xdpsift::compare
