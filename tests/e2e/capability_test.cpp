// SPDX-License-Identifier: BSD-2-Clause
// Each capability missing alone: by name, with its exit status, before anything is attached.
#include <linux/capability.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>

#include "e2e/capture_fixture.h"
#include "harness/file_capabilities.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr uid_t kNobody = 65534;

struct Missing {
    const char* name;
    std::vector<unsigned> held;
    std::vector<std::string> args = {};
    bool inside = true;
};

// Before Linux 5.11 maps count against it, and nobody may raise it.
void lift_memlock_limit() {
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

class CapabilityTest : public CaptureTest, public testing::WithParamInterface<Missing> {};

TEST_P(CapabilityTest, IsNamedWhenItAloneIsMissing) {
    if (!file_capabilities_work_in(place("")))
        GTEST_SKIP() << "the file system of " << place("") << " has no file capabilities";
    veth({.named = true});
    auto args = GetParam().args;
    std::replace(args.begin(), args.end(), std::string("RECEIVER"), veth().receiver().name());
    const Ended ended =
        refused({.args = args, .inside = GetParam().inside, .uid = kNobody, .capabilities = GetParam().held}, 3,
                GetParam().name);
    for (const char* other : {"CAP_BPF", "CAP_NET_ADMIN", "CAP_PERFMON", "CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID"})
        EXPECT_EQ(ended.err.find(other) != std::string::npos, std::string(other) == GetParam().name) << ended.err;
}

INSTANTIATE_TEST_SUITE_P(
    Each, CapabilityTest,
    testing::Values(Missing{"CAP_BPF", {CAP_NET_ADMIN, CAP_PERFMON}}, Missing{"CAP_NET_ADMIN", {CAP_BPF, CAP_PERFMON}},
                    Missing{"CAP_PERFMON", {CAP_BPF, CAP_NET_ADMIN}},
                    Missing{"CAP_SETUID", {CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, CAP_SETGID}, {"-Z", "root"}},
                    Missing{"CAP_SETGID", {CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, CAP_SETUID}, {"-Z", "root"}},
                    Missing{"CAP_SYS_ADMIN", {CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON}, {"--netns", "RECEIVER"}, false}),
    [](const auto& instance) { return std::string(instance.param.name).substr(4); });

// Debian's older kernels let CAP_PERFMON not count where kernel.perf_event_paranoid is above 2.
TEST_F(CaptureTest, TheThreeAreEnoughOrTheRingsNameTheFourth) {
    if (!file_capabilities_work_in(place("")))
        GTEST_SKIP() << "the file system of " << place("") << " has no file capabilities";
    lift_memlock_limit();
    int paranoid = 0;
    std::ifstream("/proc/sys/kernel/perf_event_paranoid") >> paranoid;
    Running running = spawn({.args = {"--ring-size", "64k", "--duration", "10ms"},
                             .uid = kNobody,
                             .capabilities = {CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON}});
    ASSERT_TRUE(running.process->wait_for(kEndDeadline));
    if (running.process->exit_status() == 0) return;
    EXPECT_EQ(running.process->exit_status(), 3) << running.process->err();
    EXPECT_THAT(running.process->err(), HasSubstr("CAP_SYS_ADMIN where kernel.perf_event_paranoid is above 2"));
    EXPECT_GT(paranoid, 2);
    EXPECT_FALSE(attached_program(veth()));
}

// What CAP_BPF and CAP_PERFMON were split from does as well.
TEST_F(CaptureTest, CapSysAdminStandsForTwoOfThem) {
    if (!file_capabilities_work_in(place("")))
        GTEST_SKIP() << "the file system of " << place("") << " has no file capabilities";
    const Ended ended = refused({.uid = kNobody, .capabilities = {CAP_SYS_ADMIN}}, 3, "CAP_NET_ADMIN");
    EXPECT_THAT(ended.err, Not(HasSubstr("CAP_BPF")));
    EXPECT_THAT(ended.err, Not(HasSubstr("CAP_PERFMON")));
    lift_memlock_limit();
    Running running = start(
        {.args = {"--ring-size", "64k", "-c", "5"}, .uid = kNobody, .capabilities = {CAP_SYS_ADMIN, CAP_NET_ADMIN}});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 5);
    traffic.settle();
    EXPECT_EQ(finish(running).file.packets.size(), 5u);
}

}  // namespace
}  // namespace xdpsift::e2e
