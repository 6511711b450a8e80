// SPDX-License-Identifier: BSD-2-Clause
#include <gmock/gmock.h>

#include "find_check.h"

namespace xdpsift::cli {
namespace {

using loader::Feature;
using loader::KernelFacts;
using loader::Support;
using testing::HasSubstr;

constexpr auto kYes = Support::yes;

KernelFacts able_kernel() {
    return {.release = "6.1.0-18-amd64",
            .missing_capabilities = "",
            .xdp_program = {kYes, ""},
            .jit = {kYes, ""},
            .xdp_link = {kYes, ""},
            .perf_output = {kYes, ""},
            .perf_ring = {kYes, ""},
            .spin_lock = {kYes, ""},
            .mmapable_map = {kYes, ""},
            .ring_buffer = {kYes, ""},
            .frags = {kYes, ""},
            .btf = true,
            .unprivileged_bpf_disabled = 2,
            .memlock_limit_bytes = 8388608,
            .ring_limit_bytes = 16777216,
            .cpus = 4};
}

TEST(KernelChecks, AnAbleKernelIsOkThroughout) {
    const auto checks = kernel_checks(able_kernel());
    for (const auto& check : checks) {
        EXPECT_EQ(check.status, CheckStatus::ok) << check.name << ": " << check.detail;
        EXPECT_EQ(check.advice, "") << check.name;
    }
    EXPECT_EQ(exit_status_of(checks), ExitStatus::done);
}

TEST(KernelChecks, WhatWeCanDoWithoutIsNoFailure) {
    auto kernel = able_kernel();
    kernel.btf = false;
    kernel.ring_buffer = {Support::no, ""};
    kernel.unprivileged_bpf_disabled.reset();
    for (const auto& check : kernel_checks(kernel)) EXPECT_EQ(check.status, CheckStatus::ok) << check.name;
}

TEST(KernelChecks, RingsBeyondTheLockedMemoryAreNotPermitted) {
    auto kernel = able_kernel();
    kernel.cpus = 5;
    const auto checks = kernel_checks(kernel);
    EXPECT_EQ(find_check(checks, "ring memory").status, CheckStatus::failure);
    EXPECT_EQ(exit_status_of(checks), ExitStatus::not_permitted);
    kernel.ring_limit_bytes.reset();
    EXPECT_EQ(find_check(kernel_checks(kernel), "ring memory").status, CheckStatus::ok);
}

TEST(KernelChecks, AnOldKernelIsUnsupported) {
    auto kernel = able_kernel();
    kernel.release = "5.4.0";
    const auto checks = kernel_checks(kernel);
    EXPECT_EQ(find_check(checks, "kernel").status, CheckStatus::failure);
    EXPECT_EQ(exit_status_of(checks), ExitStatus::unsupported);
}

TEST(KernelChecks, MissingCapabilitiesAreNamedAndHideTheRest) {
    auto kernel = able_kernel();
    kernel.missing_capabilities = "CAP_BPF, CAP_PERFMON";
    kernel.xdp_program = {Support::forbidden, "Operation not permitted"};
    kernel.xdp_link = kernel.perf_output = kernel.frags = {};
    const auto checks = kernel_checks(kernel);
    const auto capabilities = find_check(checks, "capabilities");
    EXPECT_EQ(capabilities.status, CheckStatus::failure);
    EXPECT_THAT(capabilities.detail, HasSubstr("CAP_BPF, CAP_PERFMON"));
    EXPECT_FALSE(has_check(checks, "XDP link"));
    EXPECT_FALSE(has_check(checks, "perf output"));
    EXPECT_EQ(exit_status_of(checks), ExitStatus::not_permitted);
}

TEST(KernelChecks, ForbiddenInSpiteOfCapabilitiesPointsToTheContainer) {
    auto kernel = able_kernel();
    kernel.xdp_program = {Support::forbidden, "Operation not permitted"};
    EXPECT_THAT(find_check(kernel_checks(kernel), "XDP program").advice, HasSubstr("container"));
}

// Each of these alone makes a capture impossible.
TEST(KernelChecks, EachNeededFeatureIsAFailureWithoutIt) {
    struct Case {
        Feature KernelFacts::*feature;
        const char* name;
    };
    const Case cases[] = {{&KernelFacts::xdp_link, "XDP link"},
                          {&KernelFacts::perf_output, "perf output"},
                          {&KernelFacts::perf_ring, "perf ring"},
                          {&KernelFacts::spin_lock, "spin lock"},
                          {&KernelFacts::mmapable_map, "mapped counters"}};
    for (const auto& [feature, name] : cases) {
        auto kernel = able_kernel();
        kernel.*feature = {Support::no, "Invalid argument"};
        auto checks = kernel_checks(kernel);
        EXPECT_EQ(find_check(checks, name).status, CheckStatus::failure) << name;
        EXPECT_NE(find_check(checks, name).advice, "") << name;
        EXPECT_EQ(exit_status_of(checks), ExitStatus::unsupported) << name;

        kernel.*feature = {Support::forbidden, "Operation not permitted"};
        checks = kernel_checks(kernel);
        EXPECT_EQ(exit_status_of(checks), ExitStatus::not_permitted) << name;
    }
}

TEST(KernelChecks, ALinkThatCouldNotBeTriedIsJudgedByTheRelease) {
    auto kernel = able_kernel();
    kernel.xdp_link = {Support::unknown, "no namespace"};
    EXPECT_EQ(find_check(kernel_checks(kernel), "XDP link").status, CheckStatus::ok);
    kernel.release = "5.8.0";
    EXPECT_EQ(find_check(kernel_checks(kernel), "XDP link").status, CheckStatus::failure);
}

TEST(KernelChecks, SlowOrNarrowIsAWarning) {
    auto kernel = able_kernel();
    kernel.jit = {Support::no, ""};
    kernel.frags = {Support::no, ""};
    kernel.release = "5.10.0";
    const auto checks = kernel_checks(kernel);
    for (const auto* name : {"JIT", "XDP frags", "locked memory"}) {
        EXPECT_EQ(find_check(checks, name).status, CheckStatus::warning) << name;
        EXPECT_NE(find_check(checks, name).advice, "") << name;
    }
    EXPECT_EQ(exit_status_of(checks), ExitStatus::done);
}

TEST(ExitStatusOf, PrivilegesComeBeforeTheInterfaceBeforeTheKernel) {
    const auto kernel = failed_check(ExitStatus::unsupported, "a", "", "");
    const auto interface = failed_check(ExitStatus::unavailable, "b", "", "");
    const auto privileges = failed_check(ExitStatus::not_permitted, "c", "", "");
    EXPECT_EQ(exit_status_of({}), ExitStatus::done);
    EXPECT_EQ(exit_status_of({warning_check("w", "", "")}), ExitStatus::done);
    EXPECT_EQ(exit_status_of({kernel}), ExitStatus::unsupported);
    EXPECT_EQ(exit_status_of({kernel, interface}), ExitStatus::unavailable);
    EXPECT_EQ(exit_status_of({kernel, interface, privileges}), ExitStatus::not_permitted);
}

}  // namespace
}  // namespace xdpsift::cli
