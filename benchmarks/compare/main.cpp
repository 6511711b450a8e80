// SPDX-License-Identifier: BSD-2-Clause
// benchmark_compare: xdpsift beside tcpdump on the same load, in rounds that go forth and back.
#include <fmt/format.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compare/interrupt.h"
#include "compare/report.h"
#include "compare/round.h"

namespace {

using namespace xdpsift;
namespace fs = std::filesystem;

struct Arguments {
    unsigned rounds = 4;
    compare::LoadPlan plan;
    std::uint64_t rate_pps = 0;
    std::size_t frame_bytes = 64;
    compare::CaptureOptions capture;
    std::string json_file;
};

// Removes the directory and what is in it, however the benchmark ends.
class TemporaryDirectory {
   public:
    explicit TemporaryDirectory(const std::string& parent) : path_(parent + "/xdpsift-compare-XXXXXX") {
        if (mkdtemp(path_.data()) == nullptr) path_.clear();
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    const std::string& path() const { return path_; }

   private:
    std::string path_;
};

Result<generator::OfferedLoad> open_load(const compare::VethPair& pair, const Arguments& arguments) {
    generator::LoadOptions options;
    options.interface_index = pair.sender_index();
    options.frame = pair.frame();
    options.sizes = {std::to_string(arguments.frame_bytes), {arguments.frame_bytes}};
    options.rate_pps = arguments.rate_pps;
    return generator::OfferedLoad::open(options);
}

Result<std::vector<compare::Series>> run_rounds(const Arguments& arguments) {
    auto pair = compare::VethPair::create();
    if (!pair) return tl::unexpected(pair.error());
    auto load = open_load(*pair, arguments);
    if (!load) return tl::unexpected(load.error());

    std::vector<compare::Series> all;
    for (const auto& contender : compare::contenders()) all.push_back({contender, {}});
    // Once for nothing: caches, clocks and the neighbour tables.
    compare::LoadPlan warm_up = arguments.plan;
    warm_up.count = std::max<std::uint64_t>(arguments.plan.count / 10, 1);
    if (auto run = compare::run_once(all.front().contender, *pair, *load, warm_up, arguments.capture); !run)
        return tl::unexpected(run.error());

    for (unsigned round = 0; round < arguments.rounds; round++) {
        // A B, then B A: what drifts over the time falls on both alike.
        for (std::size_t i = 0; i < all.size(); i++) {
            auto& series = all[round % 2 == 0 ? i : all.size() - 1 - i];
            fmt::print(stderr, "round {} of {}: {}\n", round + 1, arguments.rounds, series.contender.name);
            auto run = compare::run_once(series.contender, *pair, *load, arguments.plan, arguments.capture);
            if (!run) return tl::unexpected(run.error());
            series.runs.push_back(std::move(*run));
        }
    }
    return all;
}

Result<void> benchmark(Arguments arguments) {
    const TemporaryDirectory directory(arguments.capture.directory);
    if (directory.path().empty())
        return fail(ExitStatus::failed, "cannot make a directory in " + arguments.capture.directory);
    arguments.capture.directory = directory.path();
    const auto all = run_rounds(arguments);
    if (!all) return tl::unexpected(all.error());
    fmt::print("{} UDP packets of {} bytes a run, snaplen {}, ring {} KiB, medians of {} rounds\n\n{}",
               arguments.plan.count, arguments.frame_bytes, arguments.capture.snaplen, arguments.capture.ring_kib,
               arguments.rounds, compare::table(*all));
    if (arguments.json_file.empty()) return {};
    std::ofstream out(arguments.json_file);
    out << compare::to_json(*all, arguments.plan, arguments.capture).dump(2) << '\n';
    if (!out.flush()) return fail(ExitStatus::failed, "cannot write " + arguments.json_file);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    std::error_code ignored;
    arguments.capture.xdpsift = (fs::read_symlink("/proc/self/exe", ignored).parent_path() / "xdpsift").string();
    arguments.capture.directory = "/dev/shm";
    CLI::App app("xdpsift beside tcpdump on the same load, between two network namespaces of its own. Needs root.");
    app.add_option("--rounds", arguments.rounds, "rounds")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--count", arguments.plan.count, "packets a run")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--rate", arguments.rate_pps, "packets a second; 0: as fast as it goes")->capture_default_str();
    app.add_option("--frame-size", arguments.frame_bytes, "bytes without FCS")
        ->check(CLI::Range(64, 1514))
        ->capture_default_str();
    app.add_option("--snaplen", arguments.capture.snaplen, "bytes kept")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--ring-kib", arguments.capture.ring_kib, "ring of either tool")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--generator-cpu", arguments.plan.cpu, "CPU of the load and the receive path")
        ->capture_default_str();
    app.add_option("--xdpsift", arguments.capture.xdpsift, "the binary")->capture_default_str();
    app.add_option("--tcpdump", arguments.capture.tcpdump, "the binary")->capture_default_str();
    app.add_option("--directory", arguments.capture.directory, "where the capture files go meanwhile")
        ->capture_default_str();
    app.add_option("--json", arguments.json_file, "write the figures to this file too");
    CLI11_PARSE(app, argc, argv);
    compare::catch_interrupts();
    const auto done = benchmark(arguments);
    if (done) return 0;
    fmt::print(stderr, "benchmark_compare: {}\n", done.error().message);
    return static_cast<int>(done.error().status);
}
