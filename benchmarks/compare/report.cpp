// SPDX-License-Identifier: BSD-2-Clause
#include "compare/report.h"

#include <fmt/format.h>

namespace xdpsift::compare {
namespace {

// The median, and behind it the interval in brackets.
std::string cell(const Estimate& found, double unit, int digits) {
    if (found.runs == 0) return "-";
    return fmt::format("{:.{}f} [{:.{}f} {:.{}f}]", found.value / unit, digits, found.low / unit, digits,
                       found.high / unit, digits);
}

std::string cell(const Series& series, const char* name, double unit = 1) {
    return cell(estimate(series, figure(name)), unit, 0);
}

std::string bare(const Series& series, const char* name, double unit = 1, int digits = 0) {
    const auto found = estimate(series, figure(name));
    return found.runs == 0 ? "-" : fmt::format("{:.{}f}", found.value / unit, digits);
}

constexpr const char* kRow =
    "{:<8}{:<12}{:>4} {:>15} {:>16} {:>17} {:>17} {:>16} {:>7} {:>8} {:>6} {:>5} {:>7} {:>8} {:>7}\n";

std::string row(const Series& series, const Series* idle) {
    const std::string above = idle == nullptr || idle == &series ? "-" : cell(added(series, *idle), 1, 0);
    return fmt::format(kRow, name_of(series.contender.scenario), series.contender.name, series.runs.size(),
                       cell(series, "pps", 1e3), cell(series, "cpu_ns"), cell(series, "path_ns"),
                       cell(series, "total_ns"), above, bare(series, "not_received"), bare(series, "captured"),
                       bare(series, "lost"), bare(series, "duplicates"), bare(series, "reordered"),
                       bare(series, "startup_s", 1, 3), bare(series, "file_bytes", 1e6, 1));
}

}  // namespace

std::string table(const Panel& panel) {
    std::string out = fmt::format(kRow, "asked", "of", "runs", "kpps", "capture CPU ns", "path CPU ns", "both, CPU ns",
                                  "added ns", "no room", "captured", "lost", "twice", "disord.", "start s", "file MB");
    for (const auto& series : panel.series) out += row(series, idle_series(panel));
    return out;
}

std::string ratios(const Panel& panel) {
    std::string out;
    const Series* idle = idle_series(panel);
    for (const auto& series : panel.series) {
        const Series* ours = own_series(panel, series.contender.scenario);
        if (ours == nullptr || ours == &series) continue;
        const auto of = [&](const char* name) { return cell(ratio(*ours, series, figure(name)), 1, 2); };
        const std::string above = idle == nullptr ? "-" : cell(added_ratio(*ours, series, *idle), 1, 2);
        out +=
            fmt::format("xdpsift / {:<12} {:<7} added {:<18} both {:<18} capture CPU {:<18} path CPU {:<18} kpps {}\n",
                        series.contender.name, name_of(series.contender.scenario), above, of("total_ns"), of("cpu_ns"),
                        of("path_ns"), of("pps"));
    }
    return out;
}

}  // namespace xdpsift::compare
