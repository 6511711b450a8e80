// SPDX-License-Identifier: BSD-2-Clause
#include "compare/report.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

namespace xdpsift::compare {
namespace {

// For a run without a capture these are not asked.
std::uint64_t lost(const Run& run) { return run.received - std::min(run.received, run.capture->captured); }
double cpu_s(const Run& run) { return run.capture->user_s + run.capture->system_s; }

// Captured packets where the filter takes them; where it takes none, the packets that went past it.
double million(const Contender& contender, const Run& run) {
    return static_cast<double>(std::max<std::uint64_t>(contender.matches ? run.capture->captured : run.received, 1)) /
           1e6;
}

double median(const Series& series, const std::function<double(const Run&)>& value) {
    std::vector<double> values;
    for (const auto& run : series.runs) values.push_back(value(run));
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

struct Medians {
    double pps, received, captured, lost, cpu, user, startup, file_bytes;
};

Medians medians(const Series& series) {
    const auto& contender = series.contender;
    Medians out{};
    out.pps = median(series, [](const Run& run) { return run.offered_pps; });
    out.received = median(series, [](const Run& run) { return static_cast<double>(run.received); });
    if (!contender.tool) return out;
    out.captured = median(series, [](const Run& run) { return static_cast<double>(run.capture->captured); });
    out.lost = median(series, [](const Run& run) { return static_cast<double>(lost(run)); });
    out.cpu = median(series, [&](const Run& run) { return cpu_s(run) / million(contender, run); });
    out.user = median(series, [&](const Run& run) { return run.capture->user_s / million(contender, run); });
    out.startup = median(series, [](const Run& run) { return run.capture->startup_s; });
    out.file_bytes = median(series, [](const Run& run) { return static_cast<double>(run.capture->file_bytes); });
    return out;
}

std::string row(const Series& series) {
    const auto m = medians(series);
    std::string out = fmt::format("{:<36} {:>9.1f} {:>10.0f}", series.contender.name, m.pps / 1e3, m.received);
    if (series.contender.tool) {
        const std::string lost_text = series.contender.matches ? fmt::format("{:.0f}", m.lost) : "-";
        out += fmt::format(" {:>10.0f} {:>8} {:>8.3f} {:>8.3f} {:>9.3f} {:>9.1f}", m.captured, lost_text, m.cpu, m.user,
                           m.startup, m.file_bytes / 1e6);
    }
    return out + '\n';
}

const Series* find(const std::vector<Series>& all, Tool tool, bool matches) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Series& series) {
        return series.contender.tool == tool && series.contender.matches == matches;
    });
    return found == all.end() ? nullptr : &*found;
}

std::string ratios(const std::vector<Series>& all) {
    std::string out;
    const auto ratio = [](double ours, double theirs) {
        return theirs > 0 ? fmt::format("{:.2f}", ours / theirs) : "-";
    };
    for (const bool matches : {true, false}) {
        const Series* ours = find(all, Tool::xdpsift, matches);
        const Series* theirs = find(all, Tool::tcpdump, matches);
        if (ours == nullptr || theirs == nullptr) continue;
        const auto a = medians(*ours), b = medians(*theirs);
        out += fmt::format("xdpsift / tcpdump, filter matches{}: CPU {}, user CPU {}, offered pps {}\n",
                           matches ? "" : " nothing", ratio(a.cpu, b.cpu), ratio(a.user, b.user), ratio(a.pps, b.pps));
    }
    return out;
}

nlohmann::json run_json(const Contender& contender, const Run& run) {
    nlohmann::json out{{"offered", run.offered}, {"received", run.received}, {"offered_pps", run.offered_pps}};
    if (run.capture) {
        const auto& capture = *run.capture;
        out.update({{"captured", capture.captured},
                    {"reported", capture.reported},
                    {"reported_lost", capture.reported_lost},
                    {"file_bytes", capture.file_bytes},
                    {"user_s", capture.user_s},
                    {"system_s", capture.system_s},
                    {"startup_s", capture.startup_s},
                    {"cpu_s_per_million", cpu_s(run) / million(contender, run)}});
    }
    return out;
}

}  // namespace

std::string table(const std::vector<Series>& all) {
    std::string out =
        fmt::format("{:<36} {:>9} {:>10} {:>10} {:>8} {:>8} {:>8} {:>9} {:>9}\n", "at the receiving end", "kpps",
                    "received", "captured", "lost", "CPU s/M", "user s/M", "start-up s", "file MB");
    for (const auto& series : all) out += row(series);
    return out + '\n' + ratios(all);
}

nlohmann::json to_json(const std::vector<Series>& all, const LoadPlan& plan, const CaptureOptions& options) {
    utsname system{};
    uname(&system);
    nlohmann::json contenders = nlohmann::json::array();
    for (const auto& series : all) {
        nlohmann::json runs = nlohmann::json::array();
        for (const auto& run : series.runs) runs.push_back(run_json(series.contender, run));
        const auto m = medians(series);
        nlohmann::json entry{{"name", series.contender.name}, {"median_offered_pps", m.pps}, {"runs", std::move(runs)}};
        if (series.contender.tool) {
            entry.update({{"median_cpu_s_per_million", m.cpu},
                          {"median_user_s_per_million", m.user},
                          {"median_startup_s", m.startup},
                          {"median_lost", series.contender.matches ? nlohmann::json(m.lost) : nlohmann::json()}});
        }
        contenders.push_back(std::move(entry));
    }
    return {{"kernel", system.release},
            {"count", plan.count},
            {"snaplen", options.snaplen},
            {"ring_kib", options.ring_kib},
            {"contenders", std::move(contenders)}};
}

}  // namespace xdpsift::compare
