// SPDX-License-Identifier: BSD-2-Clause
// benchmark_filters: what an expression costs beside the same filter in other languages.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "filters/contest.h"
#include "filters/report.h"
#include "kernel/measure.h"

namespace {

using namespace xdpsift;

Result<void> benchmark(const kernel::MeasureOptions& options, const std::string& json_file) {
    const auto contest = filters::load_contest();
    if (!contest) return tl::unexpected(contest.error());
    const auto measurements = kernel::measure(contest->cases, options);
    if (!measurements) return tl::unexpected(measurements.error());
    fmt::print("{}", filters::table(*contest, *measurements));
    if (json_file.empty()) return {};
    std::ofstream out(json_file);
    out << filters::to_json(*contest, *measurements, options).dump(2) << '\n';
    if (!out.flush()) return fail(ExitStatus::failed, "cannot write " + json_file);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    kernel::MeasureOptions options;
    std::string json_file;
    CLI::App app("Nanoseconds for a packet: expressions beside structured options, C and libpcap. Needs root.");
    app.add_option("--repeat", options.repeat, "packets a round")->check(CLI::Range(1, 1 << 30))->capture_default_str();
    app.add_option("--rounds", options.rounds, "rounds; the best one counts")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--cpu", options.busy_cpu, "CPU to run on")->capture_default_str();
    app.add_option("--json", json_file, "write the figures to this file too");
    CLI11_PARSE(app, argc, argv);
    const auto done = benchmark(options, json_file);
    if (done) return 0;
    fmt::print(stderr, "benchmark_filters: {}\n", done.error().message);
    return static_cast<int>(done.error().status);
}
