// SPDX-License-Identifier: BSD-2-Clause
#include "charts/comparison_charts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace xdpsift::charts {
namespace {

using nlohmann::json;

bool is_ours(const json& series) { return series.at("name").get<std::string>().rfind("xdpsift", 0) == 0; }
bool has(const json& series, const char* figure) { return !series.at("figures").at(figure).is_null(); }
double part(const json& series, const char* figure, const char* which) {
    return series.at("figures").at(figure).at(which).get<double>();
}

Bar bar_of(const json& series, const char* figure, double unit) {
    return {series.at("name").get<std::string>(),
            {part(series, figure, "median") / unit},
            part(series, figure, "low") / unit,
            part(series, figure, "high") / unit,
            is_ours(series)};
}

// The receive path's share, then the rest of both.
Bar cost_bar(const json& series) {
    Bar bar = bar_of(series, "total_ns", 1);
    const double path = std::min(part(series, "path_ns", "median"), bar.parts.front());
    bar.parts = {path, bar.parts.front() - path};
    return bar;
}

std::string detail(const json& panel) {
    const auto thrown = panel.at("thrown_away").get<unsigned>();
    return fmt::format("{} packets a run, {} rounds; median and 95 % interval{}",
                       panel.at("count").get<std::uint64_t>(), panel.at("rounds").get<unsigned>(),
                       thrown == 0 ? "" : fmt::format("; runs thrown away for stolen CPU time: {}", thrown));
}

struct Kind {
    const char* name;
    const char* figure;
    const char* title;
    const char* unit;
    double divisor;
    bool with_idle;  // what the load costs when nothing captures stands beside it
};

constexpr Kind kCost{"cost",
                     "total_ns",
                     "CPU time of a packet, receive path and tool",
                     "ns of CPU time for a packet "
                     "that arrived",
                     1,
                     true};
constexpr Kind kAdded{"added",
                      "added_ns",
                      "CPU time that is added to a packet",
                      "ns of CPU time above those of a packet when nothing captures",
                      1,
                      true};
constexpr Kind kTool{"tool", "cpu_ns", "CPU time of the tool for a packet", "ns of CPU time", 1, false};
constexpr Kind kPace{"pps", "pps", "Packets that got through", "thousands of packets a second", 1e3, true};
constexpr Kind kLoss{"loss", "lost", "Packets that arrived and are not in the file", "packets a run", 1, false};

const char* scenario_words(const std::string& scenario) {
    if (scenario == "all") return "every packet captured";
    if (scenario == "none") return "the filter takes no packet";
    return "1 packet in 1000 sampled";
}

BarChart chart_of(const json& panel, const std::string& scenario, const Kind& kind) {
    BarChart chart;
    chart.title = fmt::format("{}: {}", kind.title, scenario_words(scenario));
    chart.subtitle = panel.at("title").get<std::string>();
    chart.detail = detail(panel);
    chart.unit = kind.unit;
    const bool parted = std::string(kind.name) == kCost.name;
    if (parted) chart.legend = {"receive path", "capturing tool"};
    for (const auto& series : panel.at("series")) {
        const auto of = series.at("scenario").get<std::string>();
        if ((of != scenario && !(kind.with_idle && of == "idle")) || !has(series, kind.figure)) continue;
        chart.bars.push_back(parted ? cost_bar(series) : bar_of(series, kind.figure, kind.divisor));
    }
    return chart;
}

bool any_above_zero(const BarChart& chart) {
    for (const auto& bar : chart.bars)
        if (bar.high > 0) return true;
    return false;
}

void add_panel(const json& panel, std::vector<NamedChart>& out) {
    for (const std::string scenario : {"all", "none", "sample"}) {
        bool was_run = false;
        for (const auto& series : panel.at("series")) was_run |= series.at("scenario") == scenario;
        if (!was_run) continue;
        for (const auto& kind : {kCost, kAdded, kTool, kPace, kLoss}) {
            if (kind.name == std::string(kPace.name) && panel.at("rate_pps") != 0) continue;
            NamedChart named{fmt::format("{}-{}-{}-{}-{}", panel.at("placement").get<std::string>(),
                                         panel.at("sizes").get<std::string>(), panel.at("snaplen").get<unsigned>(),
                                         scenario, kind.name),
                             chart_of(panel, scenario, kind)};
            if (any_above_zero(named.chart)) out.push_back(std::move(named));
        }
    }
}

}  // namespace

Result<std::vector<NamedChart>> comparison_charts(const json& comparison) {
    std::vector<NamedChart> out;
    try {
        for (const auto& panel : comparison.at("panels")) add_panel(panel, out);
    } catch (const json::exception& error) {
        return fail(ExitStatus::usage, fmt::format("this is not what benchmark_compare writes: {}", error.what()));
    }
    return out;
}

}  // namespace xdpsift::charts
