// SPDX-License-Identifier: BSD-2-Clause
#include <gmock/gmock.h>

#include "find_check.h"

namespace xdpsift::cli {
namespace {

using testing::HasSubstr;

TEST(ConfinementChecks, WhatTheKernelOffersIsOkAndTold) {
    const auto checks = confinement_checks({.in_build = true, .landlock_version = 3, .system_calls = true});
    EXPECT_EQ(find_check(checks, "file rules").status, CheckStatus::ok);
    EXPECT_THAT(find_check(checks, "file rules").detail, HasSubstr("Landlock 3"));
    EXPECT_EQ(find_check(checks, "system call filter").status, CheckStatus::ok);
    EXPECT_EQ(exit_status_of(checks), ExitStatus::done);
}

TEST(ConfinementChecks, WhatItLacksIsAWarningWithAdvice) {
    const confine::Offer offers[] = {{.in_build = true, .landlock_version = 0, .system_calls = false},
                                     {.in_build = false, .landlock_version = 3, .system_calls = true}};
    for (const auto& offer : offers) {
        const auto checks = confinement_checks(offer);
        ASSERT_EQ(checks.size(), 2u);
        for (const auto& check : checks) {
            EXPECT_EQ(check.status, CheckStatus::warning) << check.name;
            EXPECT_NE(check.advice, "") << check.name;
        }
        EXPECT_EQ(exit_status_of(checks), ExitStatus::done);
    }
}

}  // namespace
}  // namespace xdpsift::cli
