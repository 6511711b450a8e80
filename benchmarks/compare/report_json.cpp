// SPDX-License-Identifier: BSD-2-Clause
#include <sys/utsname.h>
#include <time.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "compare/report.h"

namespace xdpsift::compare {
namespace {

using nlohmann::json;

json estimate_json(const Estimate& estimate) {
    if (estimate.runs == 0) return nullptr;
    return {{"median", estimate.value}, {"low", estimate.low}, {"high", estimate.high}, {"runs", estimate.runs}};
}

json run_json(const Run& run) {
    json out{{"offered", run.offered},
             {"received", run.received},
             {"offered_pps", run.offered_pps},
             {"path_s", run.path_s},
             {"stolen_part", run.stolen_part}};
    if (!run.capture) return out;
    const auto& capture = *run.capture;
    out.update({{"captured", capture.counts.packets},
                {"distinct", capture.counts.distinct},
                {"missing", capture.counts.missing},
                {"duplicates", capture.counts.duplicates},
                {"reordered", capture.counts.reordered},
                {"foreign", capture.counts.foreign},
                {"own_captured", capture.own.captured},
                {"own_lost", capture.own.lost},
                {"file_bytes", capture.file_bytes},
                {"user_s", capture.user_s},
                {"system_s", capture.system_s},
                {"startup_s", capture.startup_s}});
    return out;
}

json series_json(const Panel& panel, const Series& series) {
    json runs = json::array(), all = json::object();
    for (const auto& run : series.runs) runs.push_back(run_json(run));
    for (const auto& figure : figures()) all[figure.name] = estimate_json(estimate(series, figure));
    const Series* idle = idle_series(panel);
    all["added_ns"] = idle == nullptr || idle == &series ? json() : estimate_json(added(series, *idle));
    json out{{"name", series.contender.name},
             {"scenario", name_of(series.contender.scenario)},
             {"figures", std::move(all)},
             {"runs", std::move(runs)}};
    const Series* ours = own_series(panel, series.contender.scenario);
    if (ours != nullptr && ours != &series) {
        json ratio_of = json::object();
        for (const auto& figure : figures()) ratio_of[figure.name] = estimate_json(ratio(*ours, series, figure));
        ratio_of["added_ns"] = idle == nullptr ? json() : estimate_json(added_ratio(*ours, series, *idle));
        out["xdpsift_ratio"] = std::move(ratio_of);
    }
    return out;
}

json panel_json(const Panel& panel) {
    const auto& conditions = panel.conditions;
    json series = json::array();
    for (const auto& each : panel.series) series.push_back(series_json(panel, each));
    return {{"title", title_of(conditions)},    {"placement", name_of(conditions.placement)},
            {"sizes", conditions.sizes.name},   {"average_bytes", conditions.sizes.average()},
            {"flows", conditions.flows},        {"rate_pps", conditions.rate_pps},
            {"snaplen", conditions.snaplen},    {"ring_kib", conditions.ring_kib},
            {"count", conditions.count},        {"rounds", panel.rounds},
            {"thrown_away", panel.thrown_away}, {"series", std::move(series)}};
}

std::string processor() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
            return line.substr(line.find(": ") + 2);
    return "";
}

std::string today() {
    const time_t now = time(nullptr);
    tm parts{};
    gmtime_r(&now, &parts);
    char text[16];
    return std::string(text, strftime(text, sizeof(text), "%Y-%m-%d", &parts));
}

}  // namespace

json to_json(const Comparison& comparison) {
    utsname system{};
    uname(&system);
    json peers = json::array(), left_out = json::array(), panels = json::array();
    for (const auto& entrant : comparison.entrants)
        peers.push_back({{"name", entrant.peer->name}, {"version", entrant.version}});
    for (const auto& each : comparison.left_out) left_out.push_back({{"name", each.name}, {"reason", each.reason}});
    for (const auto& panel : comparison.panels) panels.push_back(panel_json(panel));
    return {{"version", 1},
            {"date", today()},
            {"kernel", system.release},
            {"processor", processor()},
            {"cpus", std::thread::hardware_concurrency()},
            {"bootstrap", {{"seed", kBootstrapSeed}, {"resamples", kResamples}, {"interval", 0.95}}},
            {"peers", std::move(peers)},
            {"left_out", std::move(left_out)},
            {"panels", std::move(panels)}};
}

}  // namespace xdpsift::compare
