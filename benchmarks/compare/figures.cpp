// SPDX-License-Identifier: BSD-2-Clause
#include "compare/figures.h"

#include <algorithm>
#include <stdexcept>

namespace xdpsift::compare {
namespace {

constexpr double kNanoseconds = 1e9;

double at_least_one(std::uint64_t packets) { return static_cast<double>(std::max<std::uint64_t>(packets, 1)); }

// Of the capturing process, once it was ready, for a packet that it captured; where it takes none or few, for one that
// went by.
double cpu_ns(Scenario scenario, const Run& run) {
    const auto& capture = *run.capture;
    const double spent = std::max(0.0, capture.user_s + capture.system_s - capture.startup_s);
    return spent * kNanoseconds / at_least_one(scenario == Scenario::all ? capture.counts.packets : run.received);
}

double path_ns(Scenario, const Run& run) { return run.path_s * kNanoseconds / at_least_one(run.received); }

// Both for a packet that arrived.
double total_ns(Scenario scenario, const Run& run) {
    const double spent = run.capture ? cpu_ns(Scenario::none, run) : 0;
    return path_ns(scenario, run) + spent;
}

// Numbers that are not in the file although the interface had as many more. A sample lacks most: there its own word.
double lost(Scenario scenario, const Run& run) {
    const auto& capture = *run.capture;
    if (scenario != Scenario::all) return static_cast<double>(capture.own.lost);
    const std::uint64_t before = run.offered - std::min(run.offered, run.received);
    return static_cast<double>(capture.counts.missing - std::min(capture.counts.missing, before));
}

template <std::uint64_t SequenceCounts::*Field>
double counted(Scenario, const Run& run) {
    return static_cast<double>(run.capture->counts.*Field);
}

std::vector<double> values(const Series& series, const Figure& figure) {
    std::vector<double> out;
    for (const auto& run : series.runs)
        if (run.capture || !figure.of_capture) out.push_back(figure.of(series.contender.scenario, run));
    return out;
}

}  // namespace

const std::vector<Figure>& figures() {
    static const std::vector<Figure> all{
        {"pps", "packets/s", [](Scenario, const Run& run) { return run.offered_pps; }, false},
        {"not_received", "packets",
         [](Scenario, const Run& run) {
             return static_cast<double>(run.offered - std::min(run.offered, run.received));
         },
         false},
        {"path_ns", "ns/packet", path_ns, false},
        {"cpu_ns", "ns/packet", cpu_ns, true},
        {"total_ns", "ns/packet", total_ns, false},
        {"startup_s", "s", [](Scenario, const Run& run) { return run.capture->startup_s; }, true},
        {"captured", "packets", counted<&SequenceCounts::packets>, true},
        {"lost", "packets", lost, true},
        {"duplicates", "packets", counted<&SequenceCounts::duplicates>, true},
        {"reordered", "packets", counted<&SequenceCounts::reordered>, true},
        {"file_bytes", "bytes", [](Scenario, const Run& run) { return static_cast<double>(run.capture->file_bytes); },
         true},
    };
    return all;
}

const Figure& figure(const std::string& name) {
    for (const auto& each : figures())
        if (name == each.name) return each;
    throw std::logic_error("no figure " + name);
}

Estimate estimate(const Series& series, const Figure& figure) { return median_estimate(values(series, figure)); }

Estimate ratio(const Series& ours, const Series& theirs, const Figure& figure) {
    return ratio_estimate(values(ours, figure), values(theirs, figure));
}

Estimate added(const Series& series, const Series& idle) {
    const auto& whole = figure("total_ns");
    return added_estimate(values(series, whole), values(idle, whole));
}

Estimate added_ratio(const Series& ours, const Series& theirs, const Series& idle) {
    const auto& whole = figure("total_ns");
    return added_ratio_estimate(values(ours, whole), values(theirs, whole), values(idle, whole));
}

const Series* idle_series(const Panel& panel) {
    for (const auto& series : panel.series)
        if (series.contender.peer == nullptr && !series.contender.empty_xdp) return &series;
    return nullptr;
}

const Series* own_series(const Panel& panel, Scenario scenario) {
    for (const auto& series : panel.series)
        if (series.contender.peer == &known_peers().front() && series.contender.scenario == scenario) return &series;
    return nullptr;
}

StealFilter::Verdict StealFilter::judge(double stolen_part) {
    if (stolen_part <= most_stolen_) return Verdict::keep;
    thrown_away_++;
    if (repeats_left_ == 0) return Verdict::leave_out;
    repeats_left_--;
    return Verdict::repeat;
}

}  // namespace xdpsift::compare
