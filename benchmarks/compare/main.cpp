// SPDX-License-Identifier: BSD-2-Clause
// benchmark_compare: xdpsift beside its peers on the same load, in rounds that go forth and back.
#include <fmt/format.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "compare/interrupt.h"
#include "compare/report.h"
#include "generator/offered_load.h"

namespace {

using namespace xdpsift;
namespace fs = std::filesystem;

struct Arguments {
    compare::RoundPlan plan;
    compare::Conditions conditions;
    std::optional<std::uint64_t> rate_pps;
    std::vector<std::string> placements{"same", "apart"}, sizes{"64"}, scenarios{"idle", "all", "none", "sample"},
        peers;
    std::vector<std::uint32_t> snaplens{128};
    std::string xdpsift, directory, json_file;
};

// An unpaced generator on a CPU of its own offers ten times what a receiver on another one takes.
constexpr std::uint64_t kPaceApart = 200'000;

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

Result<std::vector<compare::Conditions>> all_conditions(const Arguments& arguments) {
    std::vector<compare::Conditions> all;
    for (const auto& placement : arguments.placements) {
        for (const auto& sizes : arguments.sizes) {
            for (const auto snaplen : arguments.snaplens) {
                auto conditions = arguments.conditions;
                const auto where = compare::parse_placement(placement);
                if (!where) return tl::unexpected(where.error());
                const auto mix = generator::parse_size_mix(sizes);
                if (!mix) return tl::unexpected(mix.error());
                conditions.placement = *where;
                conditions.sizes = *mix;
                conditions.snaplen = snaplen;
                conditions.rate_pps = arguments.rate_pps.value_or(*where == compare::Placement::apart ? kPaceApart : 0);
                all.push_back(conditions);
            }
        }
    }
    return all;
}

Result<void> write_json(const compare::Comparison& comparison, const std::string& file) {
    std::ofstream out(file);
    out << compare::to_json(comparison).dump() << '\n';
    if (!out.flush()) return fail(ExitStatus::failed, "cannot write " + file);
    return {};
}

void print_panel(const compare::Panel& panel) {
    fmt::print("\n{}: {} UDP packets a run in {} flows, ring {} KiB, {} rounds, {} runs thrown away\n\n{}\n{}",
               compare::title_of(panel.conditions), panel.conditions.count, panel.conditions.flows,
               panel.conditions.ring_kib, panel.rounds, panel.thrown_away, compare::table(panel),
               compare::ratios(panel));
    std::fflush(stdout);
}

Result<void> benchmark(const Arguments& arguments) {
    const auto conditions = all_conditions(arguments);
    if (!conditions) return tl::unexpected(conditions.error());
    std::vector<compare::Scenario> scenarios;
    for (const auto& name : arguments.scenarios) {
        const auto scenario = compare::parse_scenario(name);
        if (!scenario) return tl::unexpected(scenario.error());
        scenarios.push_back(*scenario);
    }
    compare::Comparison comparison;
    auto entrants = compare::find_entrants(arguments.peers, arguments.xdpsift, comparison.left_out);
    if (!entrants) return tl::unexpected(entrants.error());
    comparison.entrants = std::move(*entrants);
    for (const auto& entrant : comparison.entrants)
        fmt::print("{}: {}, {}\n", entrant.peer->name, entrant.program, entrant.version);
    for (const auto& left : comparison.left_out) fmt::print("{}: left out: {}\n", left.name, left.reason);
    std::fflush(stdout);

    const TemporaryDirectory directory(arguments.directory);
    if (directory.path().empty()) return fail(ExitStatus::failed, "cannot make a directory in " + arguments.directory);
    for (const auto& each : *conditions) {
        auto panel = compare::run_panel(compare::contenders(comparison.entrants, scenarios, each), each, arguments.plan,
                                        directory.path());
        if (!panel) return tl::unexpected(panel.error());
        print_panel(*panel);
        comparison.panels.push_back(std::move(*panel));
    }
    return arguments.json_file.empty() ? Result<void>{} : write_json(comparison, arguments.json_file);
}

void add_options(CLI::App& app, Arguments& arguments) {
    auto& conditions = arguments.conditions;
    app.add_option("--rounds", arguments.plan.rounds, "rounds")->check(CLI::Range(1, 1'000))->capture_default_str();
    app.add_option("--count", conditions.count, "packets a run")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    app.add_option("--peers", arguments.peers, "who takes part; default: all that are there")->delimiter(',');
    app.add_option("--scenarios", arguments.scenarios, "idle, all, none, sample")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--placements", arguments.placements, "same, apart: the receive path's CPU beside the generator's")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--sizes", arguments.sizes, "bytes of a frame without FCS, 64 to 1514, or imix")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--snaplens", arguments.snaplens, "bytes kept; 0: whole packets")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--flows", conditions.flows, "flows of the load")
        ->check(CLI::Range(1U, generator::kMostFlows))
        ->capture_default_str();
    app.add_option(
        "--rate", arguments.rate_pps,
        fmt::format("packets a second; 0: as fast as it goes; default: 0 on the same core, {} apart", kPaceApart));
    app.add_option("--ring-kib", conditions.ring_kib, "buffer of each tool that has an option for it")
        ->check(CLI::Range(1'024, 1'048'576))
        ->capture_default_str();
    app.add_option("--most-stolen", arguments.plan.most_stolen, "part of the CPU time above which a run is thrown away")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_option("--most-repeats", arguments.plan.most_repeats, "of runs thrown away, in a panel")
        ->capture_default_str();
    app.add_option("--generator-cpu", conditions.generator_cpu, "CPU of the load")->capture_default_str();
    app.add_option("--receiver-cpu", conditions.receiver_cpu, "CPU of the receive path when apart")
        ->capture_default_str();
    app.add_option("--xdpsift", arguments.xdpsift, "the binary")->capture_default_str();
    app.add_option("--directory", arguments.directory, "where the capture files go meanwhile")->capture_default_str();
    app.add_option("--json", arguments.json_file, "write the figures to this file too");
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    std::error_code ignored;
    arguments.xdpsift = (fs::read_symlink("/proc/self/exe", ignored).parent_path() / "xdpsift").string();
    arguments.directory = "/dev/shm";
    CLI::App app("xdpsift beside other tools on the same load, between network namespaces of its own. Needs root.");
    add_options(app, arguments);
    CLI11_PARSE(app, argc, argv);
    compare::catch_interrupts();
    const auto done = benchmark(arguments);
    if (done) return 0;
    fmt::print(stderr, "benchmark_compare: {}\n", done.error().message);
    return static_cast<int>(done.error().status);
}
