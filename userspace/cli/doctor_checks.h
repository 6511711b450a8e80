// SPDX-License-Identifier: BSD-2-Clause
// What the facts about a machine mean to a capture: one line each, with what to do about it.
#pragma once

#include <string>
#include <vector>

#include "confine/confinement.h"
#include "loader/interface.h"
#include "loader/probe.h"
#include "loader/xdp_support.h"
#include "xdpsift/result.h"

namespace xdpsift::cli {

enum class CheckStatus { ok, warning, failure };

struct Check {
    std::string name;
    CheckStatus status = CheckStatus::ok;
    std::string detail;
    std::string advice;                         // what to do; empty when there is nothing to do
    ExitStatus exit_status = ExitStatus::done;  // where a failure leads to
};

Check ok_check(std::string name, std::string detail);
Check warning_check(std::string name, std::string detail, std::string advice);
Check failed_check(ExitStatus status, std::string name, std::string detail, std::string advice);

std::vector<Check> kernel_checks(const loader::KernelFacts& kernel);

// What a capture will be confined by once it is live.
std::vector<Check> confinement_checks(const confine::Offer& offer);

std::vector<Check> interface_checks(const loader::Interface& interface, const loader::XdpSupport& xdp,
                                    const loader::KernelFacts& kernel);

// What a capture would end with: privileges before the interface before the kernel, since each hides what follows.
ExitStatus exit_status_of(const std::vector<Check>& checks);

}  // namespace xdpsift::cli
