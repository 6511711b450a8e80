// SPDX-License-Identifier: BSD-2-Clause
// xdpsift doctor: whether a capture can run here, and what to do if not. Changes nothing on the machine.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace xdpsift::cli {

struct DoctorOptions {
    std::string interface;          // empty: the kernel and the privileges alone
    std::string network_namespace;  // a name or a path; empty: the one it runs in
    bool json = false;
};

void declare_doctor_options(CLI::App& command, DoctorOptions& options);

// Prints to standard output; the exit status as in ExitStatus, done when there is no failure. Moves the process
// into the network namespace asked for.
int doctor_command(const DoctorOptions& options);

}  // namespace xdpsift::cli
