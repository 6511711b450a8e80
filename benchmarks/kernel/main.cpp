// SPDX-License-Identifier: BSD-2-Clause
// benchmark_kernel: what a packet costs inside the kernel, by BPF_PROG_TEST_RUN.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel/cases.h"
#include "kernel/measure.h"
#include "kernel/report.h"

namespace {

using namespace xdpsift;

Result<void> benchmark(const kernel::MeasureOptions& options, std::size_t ring_bytes, const std::string& json_file) {
    const auto cases = kernel::load_cases({ring_bytes, options.busy_cpu});
    if (!cases) return tl::unexpected(cases.error());
    const auto measurements = kernel::measure(*cases, options);
    if (!measurements) return tl::unexpected(measurements.error());
    fmt::print("{}", kernel::table(*measurements));
    if (json_file.empty()) return {};
    std::ofstream out(json_file);
    out << kernel::to_json(*measurements, options).dump(2) << '\n';
    if (!out.flush()) return fail(ExitStatus::failed, "cannot write " + json_file);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    kernel::MeasureOptions options;
    std::size_t ring_bytes = kernel::CaseOptions{}.ring_bytes;
    std::string json_file;
    CLI::App app("Nanoseconds for a packet inside the kernel, by BPF_PROG_TEST_RUN. Needs root.");
    app.add_option("--repeat", options.repeat, "packets a round")->check(CLI::Range(1, 1 << 30))->capture_default_str();
    app.add_option("--rounds", options.rounds, "rounds; the best one counts")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--cpu", options.busy_cpu, "CPU to run the programs on")->capture_default_str();
    app.add_option("--beside", options.beside_cpu, "run the same program on this CPU too, at the same time");
    app.add_option("--ring-bytes", ring_bytes, "ring of each CPU: a power of two of pages")->capture_default_str();
    app.add_option("--json", json_file, "write the figures to this file too");
    CLI11_PARSE(app, argc, argv);
    const auto done = benchmark(options, ring_bytes, json_file);
    if (done) return 0;
    fmt::print(stderr, "benchmark_kernel: {}\n", done.error().message);
    return static_cast<int>(done.error().status);
}
