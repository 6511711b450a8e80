// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include "cli/doctor_checks.h"

namespace xdpsift::cli {
namespace {

constexpr const char* kFiles = "file rules";
constexpr const char* kCalls = "system call filter";
constexpr const char* kNotInBuild = "left out of this build: a capture drops its capabilities and no more";
constexpr const char* kOtherBuild = "build with XDPSIFT_SANDBOX=ON, which is the default";

}  // namespace

// None of it is a failure: a capture goes on without.
std::vector<Check> confinement_checks(const confine::Offer& offer) {
    if (!offer.in_build)
        return {warning_check(kFiles, kNotInBuild, kOtherBuild), warning_check(kCalls, kNotInBuild, kOtherBuild)};
    std::vector<Check> checks;
    checks.push_back(
        offer.landlock_version > 0
            ? ok_check(kFiles, fmt::format("Landlock {}: a capture writes below its output's folder and opens nothing "
                                           "else",
                                           offer.landlock_version))
            : warning_check(kFiles, "no Landlock: a capture may write wherever its user may",
                            "it needs Linux 5.13 with landlock in the lsm= parameter; -Z USER limits it without"));
    checks.push_back(offer.system_calls
                         ? ok_check(kCalls, "seccomp: a capture that makes any other system call is killed")
                         : warning_check(kCalls, "no seccomp filters: a capture may make any system call",
                                         "it needs CONFIG_SECCOMP_FILTER"));
    return checks;
}

}  // namespace xdpsift::cli
