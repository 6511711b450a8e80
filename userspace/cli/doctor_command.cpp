// SPDX-License-Identifier: BSD-2-Clause
#include "cli/doctor_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/doctor_checks.h"
#include "cli/doctor_report.h"
#include "cli/suggest.h"
#include "loader/interface.h"
#include "loader/probe.h"
#include "loader/xdp_support.h"

namespace xdpsift::cli {
namespace {

void examine_interface(const DoctorOptions& options, const loader::KernelFacts& kernel, std::vector<Check>& checks) {
    const auto interface = loader::find_interface(options.interface);
    if (!interface) {
        const auto names = loader::interface_names();
        const auto nearest = closest(options.interface, names);
        checks.push_back(failed_check(interface.error().status, "interface", interface.error().message,
                                      nearest ? fmt::format("did you mean {}?", *nearest)
                                              : fmt::format("there are: {}", fmt::join(names, ", "))));
        return;
    }
    const auto xdp = loader::query_xdp_support(interface->name, interface->index, interface->driver);
    for (auto& check : interface_checks(*interface, xdp, kernel)) checks.push_back(std::move(check));
}

}  // namespace

void declare_doctor_options(CLI::App& command, DoctorOptions& options) {
    command.add_option("-i,--interface", options.interface, "interface to examine")->type_name("NAME");
    command.add_option("--netns", options.network_namespace, "network namespace that holds the interface")
        ->type_name("NAME|PATH");
    command.add_flag("--json", options.json, "the findings as one JSON object");
}

int doctor_command(const DoctorOptions& options) {
    const auto kernel = loader::probe_kernel();
    auto checks = kernel_checks(kernel);
    for (auto& check : confinement_checks(confine::offer())) checks.push_back(std::move(check));
    Result<void> entered;
    if (!options.network_namespace.empty()) entered = loader::enter_network_namespace(options.network_namespace);
    if (!entered)
        checks.push_back(failed_check(entered.error().status, "network namespace", entered.error().message,
                                      "the interface was not examined"));
    else if (!options.interface.empty())
        examine_interface(options, kernel, checks);

    const auto report = options.json ? doctor_json(checks) : doctor_text(checks);
    const bool printed = std::fputs(report.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    return static_cast<int>(printed ? exit_status_of(checks) : ExitStatus::failed);
}

}  // namespace xdpsift::cli
