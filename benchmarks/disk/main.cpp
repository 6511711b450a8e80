// SPDX-License-Identifier: BSD-2-Clause
// benchmark_disk: what a capture file costs, beside the same bytes by write(2).
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compare/statistics.h"
#include "disk/contenders.h"
#include "xdpsift/unique_fd.h"

namespace {

using namespace xdpsift;

struct Options {
    std::string directory = ".";
    std::uint64_t mebibytes = 256;
    unsigned rounds = 10;
    std::string json_file;
};

// Of one file, until the disk has it.
struct Turn {
    double wall_s = 0;
    double cpu_s = 0;  // of this process, in and out of the kernel
    double mebibytes = 0;
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Result<Turn> take_turn(const disk::Contender& contender, const Options& options, const std::string& path) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds();
    const auto written = contender.fill(path, options.mebibytes << 20);
    if (!written) return tl::unexpected(written.error());
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file || ::fsync(file.get()) != 0) return fail(ExitStatus::failed, "cannot sync " + path);
    Turn turn;
    turn.cpu_s = cpu_seconds() - cpu;
    turn.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    turn.mebibytes = static_cast<double>(*written) / (1 << 20);
    return turn;
}

double median_of(const std::vector<Turn>& turns, double (*figure)(const Turn&)) {
    std::vector<double> values;
    for (const auto& turn : turns) values.push_back(figure(turn));
    return compare::median(values);
}
double rate(const Turn& turn) { return turn.mebibytes / turn.wall_s; }
double cpu_per_gibibyte(const Turn& turn) { return turn.cpu_s / turn.mebibytes * 1024; }

using Turns = std::vector<std::vector<Turn>>;

// There and back again, so that a machine that slows down does so for all alike.
Result<Turns> measure(const std::vector<disk::Contender>& contenders, const Options& options, const std::string& path) {
    Turns turns(contenders.size());
    for (unsigned round = 0; round < options.rounds; round++) {
        for (std::size_t i = 0; i < contenders.size(); i++) {
            const std::size_t which = round % 2 == 0 ? i : contenders.size() - 1 - i;
            auto turn = take_turn(contenders[which], options, path);
            ::unlink(path.c_str());
            if (!turn) return tl::unexpected(turn.error());
            turns[which].push_back(*turn);
        }
    }
    return turns;
}

nlohmann::json report(const std::vector<disk::Contender>& contenders, const Turns& turns) {
    const auto yardstick = static_cast<std::size_t>(
        std::ranges::find(contenders, disk::kYardstick, &disk::Contender::name) - contenders.begin());
    const double yard_rate = median_of(turns[yardstick], rate),
                 yard_cpu = median_of(turns[yardstick], cpu_per_gibibyte);
    nlohmann::json all = nlohmann::json::array();
    fmt::print("{:<34} {:>8} {:>12} {:>8} {:>12}\n", "", "MiB/s", "/ yardstick", "CPU s/GiB", "/ yardstick");
    for (std::size_t i = 0; i < contenders.size(); i++) {
        const double mib = median_of(turns[i], rate), cpu = median_of(turns[i], cpu_per_gibibyte);
        fmt::print("{:<34} {:>8.0f} {:>12.2f} {:>8.3f} {:>12.2f}\n", contenders[i].name, mib, mib / yard_rate, cpu,
                   cpu / yard_cpu);
        nlohmann::json rounds = nlohmann::json::array();
        for (const auto& turn : turns[i])
            rounds.push_back({{"wall_s", turn.wall_s}, {"cpu_s", turn.cpu_s}, {"mebibytes", turn.mebibytes}});
        all.push_back({{"contender", contenders[i].name}, {"rounds", std::move(rounds)}});
    }
    fmt::print("The yardstick is {}. Medians; each file is synced before its time ends.\n", disk::kYardstick);
    return all;
}

Result<void> benchmark(const Options& options) {
    const std::string path = fmt::format("{}/benchmark_disk.{}", options.directory, ::getpid());
    const auto contenders = disk::contenders();
    const auto turns = measure(contenders, options, path);
    if (!turns) return tl::unexpected(turns.error());
    const auto figures = report(contenders, *turns);
    if (options.json_file.empty()) return {};
    std::ofstream out(options.json_file);
    out << figures.dump(2) << '\n';
    if (!out.flush()) return fail(ExitStatus::failed, "cannot write " + options.json_file);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("What a capture file costs, beside the same bytes by write(2).");
    app.add_option("--directory", options.directory, "where to write")->check(CLI::ExistingDirectory);
    app.add_option("--mebibytes", options.mebibytes, "size of each file")->check(CLI::Range(1, 1 << 20));
    app.add_option("--rounds", options.rounds, "turns of each way of writing")->check(CLI::PositiveNumber);
    app.add_option("--json", options.json_file, "write the figures to this file too");
    CLI11_PARSE(app, argc, argv);
    ::signal(SIGXFSZ, SIG_IGN);
    const auto done = benchmark(options);
    if (done) return 0;
    fmt::print(stderr, "benchmark_disk: {}\n", done.error().message);
    return static_cast<int>(done.error().status);
}
