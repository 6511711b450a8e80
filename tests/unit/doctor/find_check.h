// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "cli/doctor_checks.h"

namespace xdpsift::cli {

// The check of that name; a test failure and an empty check when there is none.
inline Check find_check(const std::vector<Check>& checks, std::string_view name) {
    for (const auto& check : checks)
        if (check.name == name) return check;
    ADD_FAILURE() << "no check \"" << name << '"';
    return {};
}

inline bool has_check(const std::vector<Check>& checks, std::string_view name) {
    for (const auto& check : checks)
        if (check.name == name) return true;
    return false;
}

}  // namespace xdpsift::cli
