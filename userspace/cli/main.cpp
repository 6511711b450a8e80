// SPDX-License-Identifier: BSD-2-Clause
// The command line: which command, then that command.
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "cli/capture_command.h"
#include "cli/doctor_command.h"
#include "cli/filter_explain_command.h"
#include "cli/filter_run_command.h"
#include "cli/quoted.h"
#include "cli/report_error.h"
#include "cli/say.h"
#include "cli/usage_error.h"
#include "cli/version.h"

namespace {

using namespace xdpsift;

int execute(int argc, char** argv) {
    CLI::App app{"Filter and sample packets in the kernel, write pcapng.", "xdpsift"};
    app.set_version_flag("--version", fmt::format("xdpsift {}", cli::kVersion));
    app.require_subcommand(1);

    cli::CaptureArguments capture_arguments;
    auto* capture = app.add_subcommand("capture", "capture a filtered sample from an interface");
    cli::declare_capture_options(*capture, capture_arguments);
    cli::DoctorOptions doctor_options;
    auto* doctor = app.add_subcommand("doctor", "tell what this machine and interface can do, and what to change");
    cli::declare_doctor_options(*doctor, doctor_options);

    auto* filter = app.add_subcommand("filter", "explain a filter, or run it on a capture file");
    filter->require_subcommand(1);
    cli::FilterExplainArguments explain_arguments;
    auto* explain = filter->add_subcommand("explain", "tell what a filter becomes, costs and does not see");
    cli::declare_filter_explain_options(*explain, explain_arguments);
    cli::FilterRunArguments run_arguments;
    auto* run = filter->add_subcommand("run", "tell which packets of a file match, in the kernel");
    cli::declare_filter_run_options(*run, run_arguments);

    // What stands behind "--" is an expression, whatever it looks like. CLI11 would hand it to the root command.
    char** const end = std::find(argv, argv + argc, std::string_view("--"));
    const std::vector<std::string> words(std::min(end + 1, argv + argc), argv + argc);
    try {
        app.parse(static_cast<int>(end - argv), argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        return static_cast<int>(cli::report_error(cli::usage_error(app, error)));
    }
    if (*doctor) {
        if (words.empty()) return cli::doctor_command(doctor_options);
        return static_cast<int>(cli::report_error(
            {ExitStatus::usage, fmt::format("{} was not expected", cli::in_quotes(words.front())), {}}));
    }
    const auto with_words = [&words](auto& arguments) -> auto& {
        arguments.expression.insert(arguments.expression.end(), words.begin(), words.end());
        return arguments;
    };
    if (*capture) return cli::capture_command(with_words(capture_arguments));
    if (*explain) return cli::filter_explain_command(with_words(explain_arguments));
    return cli::filter_run_command(with_words(run_arguments));
}

}  // namespace

int main(int argc, char** argv) {
    cli::occupy_standard_streams();
    // A closed pipe and a file at its size limit are errors of write(2) here, whichever file it is.
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
    // Libraries do not print: what libbpf has to say is in the errors.
    libbpf_set_print(nullptr);
    try {
        return execute(argc, argv);
    } catch (const std::exception& error) {
        return static_cast<int>(
            cli::report_error({ExitStatus::failed, fmt::format("unexpected: {}", error.what()), {}}));
    }
}
