// SPDX-License-Identifier: BSD-2-Clause
// benchmark_charts: pictures of what benchmark_compare measured.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "charts/comparison_charts.h"

namespace {

using namespace xdpsift;

struct Arguments {
    std::string input;
    std::string directory = ".";
    std::vector<std::string> names;
};

Result<void> draw(const Arguments& arguments) {
    std::ifstream in(arguments.input);
    const auto comparison = nlohmann::json::parse(in, nullptr, false);
    if (comparison.is_discarded()) return fail(ExitStatus::usage, arguments.input + " cannot be read as JSON");
    const auto all = charts::comparison_charts(comparison);
    if (!all) return with_context(arguments.input, all.error());
    for (const auto& [name, chart] : *all) {
        const auto& wanted = arguments.names;
        if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
        const auto file = std::filesystem::path(arguments.directory) / (name + ".svg");
        std::ofstream out(file);
        out << charts::svg(chart);
        if (!out.flush()) return fail(ExitStatus::failed, "cannot write " + file.string());
        fmt::print("{}\n", file.string());
    }
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Draws what benchmark_compare --json wrote.");
    app.add_option("file", arguments.input, "the JSON file")->required();
    app.add_option("-o,--directory", arguments.directory, "where the pictures go")->capture_default_str();
    app.add_option("--only", arguments.names, "names of the charts, comma separated; default: all")->delimiter(',');
    CLI11_PARSE(app, argc, argv);
    const auto drawn = draw(arguments);
    if (drawn) return 0;
    fmt::print(stderr, "benchmark_charts: {}\n", drawn.error().message);
    return static_cast<int>(drawn.error().status);
}
