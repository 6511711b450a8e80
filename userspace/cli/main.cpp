// SPDX-License-Identifier: BSD-2-Clause
// The command line: which command, then that command.
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>

#include "cli/capture_command.h"
#include "cli/doctor_command.h"
#include "cli/report_error.h"
#include "cli/say.h"
#include "cli/usage_error.h"
#include "cli/version.h"

namespace {

using namespace xdpsift;

int run(int argc, char** argv) {
    CLI::App app{"Filter and sample packets in the kernel, write pcapng.", "xdpsift"};
    app.set_version_flag("--version", fmt::format("xdpsift {}", cli::kVersion));
    app.require_subcommand(1);

    cli::CaptureArguments capture_arguments;
    auto* capture = app.add_subcommand("capture", "capture a filtered sample from an interface");
    cli::declare_capture_options(*capture, capture_arguments);
    cli::DoctorOptions doctor_options;
    auto* doctor = app.add_subcommand("doctor", "tell what this machine and interface can do, and what to change");
    cli::declare_doctor_options(*doctor, doctor_options);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        return static_cast<int>(cli::report_error(cli::usage_error(app, error)));
    }
    return *doctor ? cli::doctor_command(doctor_options) : cli::capture_command(capture_arguments);
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
        return run(argc, argv);
    } catch (const std::exception& error) {
        return static_cast<int>(
            cli::report_error({ExitStatus::failed, fmt::format("unexpected: {}", error.what()), {}}));
    }
}
