// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/report.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace xdpsift::kernel {
namespace {

struct Derived {
    std::int64_t above_empty_ns;  // of the best rounds
    std::int64_t median_above_empty_ns;
    double ratio;
};

Derived derive(const Measurement& measurement, const Measurement& empty) {
    return {std::int64_t{measurement.best_ns} - empty.best_ns, std::int64_t{measurement.median_ns} - empty.median_ns,
            static_cast<double>(measurement.best_ns) / std::max(empty.best_ns, 1u)};
}

std::string verdict(const std::vector<Measurement>& measurements) {
    std::string within, above;
    for (const auto& measurement : measurements) {
        if (measurement.group != "miss") continue;
        const auto cost = derive(measurement, measurements.front()).above_empty_ns;
        (cost <= kMissAimNs ? within : above) += fmt::format("  {:+} ns  {}\n", cost, measurement.name);
    }
    std::string out =
        fmt::format("Misses within {} ns of the empty program, by the best rounds:\n{}", kMissAimNs, within);
    if (!above.empty()) out += "Misses above that:\n" + above;
    for (const auto& measurement : measurements)
        if (measurement.name == kBpfRingAimCase)
            out += fmt::format("{}: {} ns, at most {} are aimed at\n", measurement.name, measurement.best_ns,
                               kBpfRingAimNs);
    return out;
}

}  // namespace

std::string table(const std::vector<Measurement>& measurements) {
    const auto& empty = measurements.front();
    std::string out =
        fmt::format("{:<46} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6} {:>6} {:>6} {:>8}\n", "program", "best ns", "- empty",
                    "x empty", "median", "- empty", "insns", "bytes", "rounds", "refused");
    for (const auto& m : measurements) {
        const auto derived = derive(m, empty);
        out += fmt::format("{:<46} {:>7} {:>+7} {:>7.2f} {:>7} {:>+7} {:>6} {:>6} {:>6} {:>8}\n", m.name, m.best_ns,
                           derived.above_empty_ns, derived.ratio, m.median_ns, derived.median_above_empty_ns,
                           m.instructions, m.jited_bytes, m.rounds, m.refused);
    }
    return out + '\n' + verdict(measurements);
}

nlohmann::json to_json(const std::vector<Measurement>& measurements, const MeasureOptions& options) {
    utsname system{};
    uname(&system);
    nlohmann::json programs = nlohmann::json::array();
    for (const auto& m : measurements) {
        const auto derived = derive(m, measurements.front());
        programs.push_back({{"name", m.name},
                            {"group", m.group},
                            {"best_ns", m.best_ns},
                            {"median_ns", m.median_ns},
                            {"above_empty_ns", derived.above_empty_ns},
                            {"median_above_empty_ns", derived.median_above_empty_ns},
                            {"ratio_to_empty", derived.ratio},
                            {"instructions", m.instructions},
                            {"jited_bytes", m.jited_bytes},
                            {"rounds", m.rounds},
                            {"refused_by_ring", m.refused}});
    }
    return {{"kernel", system.release},  {"repeat", options.repeat},         {"rounds", options.rounds},
            {"miss_aim_ns", kMissAimNs}, {"bpf_ring_aim_ns", kBpfRingAimNs}, {"programs", std::move(programs)}};
}

}  // namespace xdpsift::kernel
