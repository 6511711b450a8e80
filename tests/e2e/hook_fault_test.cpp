// SPDX-License-Identifier: BSD-2-Clause
// Others who want the hook of a running capture, or take it away.
#include <bpf/bpf.h>
#include <signal.h>

#include <cerrno>

#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;

constexpr auto kNoticeDeadline = std::chrono::seconds(20);  // it looks each second

const char* name_of(HookMode mode) { return mode == HookMode::native ? "native" : "generic"; }

class HookFaultTest : public CaptureTest, public testing::WithParamInterface<HookMode> {
   protected:
    Running start_in_mode() {
        veth();
        Running running = start({.args = {"--mode", name_of(GetParam()), "--unlimited"}});
        send(20);
        return running;
    }
    // Returns once all have been through the hook: in generic mode they wait in front of it.
    void send(std::size_t count) {
        Tap tap(veth(), Tap::At::arriving);
        Traffic(veth()).send(udp_frame(), count);
        tap.wait_for(count);
    }
    // The capture ends by itself, says why, and has what was seen until then.
    void expect_noticed(Running& running) {
        ASSERT_TRUE(running.process->wait_for(kNoticeDeadline)) << "it sits blind";
        const Ended ended = finish(running, 1);
        EXPECT_EQ(ended.stop_reason(), "error");
        EXPECT_THAT(ended.err, HasSubstr("xs1: another process has detached the XDP program"));
        EXPECT_THAT(ended.summary.value("error", ""), HasSubstr("xs1"));
        EXPECT_EQ(ended.file.packets.size(), 20u);
        EXPECT_EQ(ended.total("seen"), 20u);
        EXPECT_EQ(ended.file.statistics.size(), 1u);
    }
};

TEST_P(HookFaultTest, KeepsItsHookAgainstOthersInEitherMode) {
    Running running = start_in_mode();
    const auto ours = attached_program(veth());
    ASSERT_TRUE(ours);
    const FixedVerdict foreign;
    for (const HookMode mode : {HookMode::native, HookMode::generic}) {
        SCOPED_TRACE(name_of(mode));
        EXPECT_THAT(attach_to_hook(veth(), mode, foreign), AnyOf(EBUSY, EEXIST));
        // By force, as `ip -force link set` would.
        EXPECT_THAT(attach_to_hook(veth(), mode, foreign, true), AnyOf(EBUSY, EEXIST));
        // `ip link set xs1 xdp off`. In the mode in which nothing is attached there is nothing to refuse.
        EXPECT_THAT(detach_from_hook(veth(), mode), mode == GetParam() ? testing::Matcher<int>(EBUSY) : testing::_);
    }
    const auto still = attached_program(veth());
    ASSERT_TRUE(still);
    EXPECT_EQ(still->id, ours->id);
    EXPECT_EQ(still->mode, GetParam());
    send(30);
    EXPECT_EQ(interrupt(running).file.packets.size(), 50u);
}

// What `bpftool link detach` does.
TEST_P(HookFaultTest, NoticesThatItIsDetached) {
    Running running = start_in_mode();
    ASSERT_EQ(::bpf_link_detach(link_on_hook(veth()).get()), 0);
    EXPECT_FALSE(attached_program(veth()));
    send(10);
    expect_noticed(running);
}

TEST_P(HookFaultTest, NoticesThatItsLinkRunsAnotherProgram) {
    Running running = start_in_mode();
    const FixedVerdict foreign;
    ASSERT_EQ(::bpf_link_update(link_on_hook(veth()).get(), foreign.fd(), nullptr), 0);
    ASSERT_EQ(attached_program(veth())->id, foreign.id());
    send(10);
    expect_noticed(running);
}

TEST_P(HookFaultTest, LeavesAloneWhoTookItsPlace) {
    Running running = start_in_mode();
    ASSERT_EQ(::bpf_link_detach(link_on_hook(veth()).get()), 0);
    const ForeignProgram foreign(veth(), GetParam());
    running.process->signal(SIGINT);
    ASSERT_TRUE(running.process->wait_for(kEndDeadline));
    EXPECT_EQ(running.process->exit_status(), 1);
    const auto found = attached_program(veth());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, foreign.id());
    EXPECT_TRUE(judges_accept(running.output, 20));
}

// Also when something else ends it before it has looked.
TEST_P(HookFaultTest, SaysSoWhenASignalComesFirst) {
    Running running = start_in_mode();
    ASSERT_EQ(::bpf_link_detach(link_on_hook(veth()).get()), 0);
    running.process->signal(SIGINT);
    expect_noticed(running);
}

INSTANTIATE_TEST_SUITE_P(Modes, HookFaultTest, testing::Values(HookMode::native, HookMode::generic),
                         [](const auto& instance) { return std::string(name_of(instance.param)); });

// The kernel is asked with the privileges of the start, whoever goes on.
TEST_F(CaptureTest, ACaptureThatGoesOnAsAnotherUserNoticesItToo) {
    veth();
    Running running = start({.args = {"-Z", "nobody", "--unlimited"}, .output = "-"});
    ASSERT_EQ(::bpf_link_detach(link_on_hook(veth()).get()), 0);
    ASSERT_TRUE(running.process->wait_for(kNoticeDeadline)) << "it sits blind";
    EXPECT_EQ(finish(running, 1).stop_reason(), "error");
}

// It looks at the hook only when no packet comes: which is no fault.
TEST_F(CaptureTest, AnIdleCaptureGoesOn) {
    veth();
    Running running = start({.args = {"--duration", "2500ms"}});
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "time_limit");
    EXPECT_EQ(ended.total("seen"), 0u);
}

}  // namespace
}  // namespace xdpsift::e2e
