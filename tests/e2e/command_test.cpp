// SPDX-License-Identifier: BSD-2-Clause
// The command around the capture: summary, ready file, lock, what it prints, where and how it attaches.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using CommandTest = CaptureTest;

TEST_F(CommandTest, SummaryHasTheContractsShape) {
    veth();
    Running running = start({.args = {"-c", "5", "--proto", "udp"}});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 5);
    traffic.settle();
    const Ended ended = finish(running);
    EXPECT_EQ(ended.summary["version"], 1);
    EXPECT_EQ(ended.stop_reason(), "packet_limit");
    EXPECT_EQ(ended.summary["filter"], "proto udp");
    EXPECT_EQ(ended.summary["files"], nlohmann::json::array({running.output.string()}));
    EXPECT_EQ(ended.summary["sampler"]["rate"], 1);
    ASSERT_EQ(ended.summary["interfaces"].size(), 1u);
    EXPECT_EQ(ended.summary["interfaces"][0]["name"], kReceiverInterface);
    EXPECT_EQ(ended.summary["interfaces"][0]["hook"], "xdp");
}

TEST_F(CommandTest, SummaryOnStandardOutputStandsThereAlone) {
    veth();
    Running running = start({.args = {"-c", "5"}, .summary = "-"});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 5);
    traffic.settle();
    const Ended ended = finish(running);  // parses standard output as a whole
    EXPECT_EQ(ended.total("written"), 5u);
}

TEST_F(CommandTest, SummaryAndPacketsCannotShareStandardOutput) {
    refused({.output = "-", .summary = "-", .ready_file = false}, 2, "--summary");
}

TEST_F(CommandTest, ReadyFileIsThereOnlyOnceTheHookIsLive) {
    veth();
    Running running = spawn({.args = {"-c", "1"}});
    ASSERT_TRUE(wait_until([this] { return std::filesystem::exists(place("ready")); }, kEndDeadline));
    EXPECT_TRUE(attached_program(veth()));
    Traffic traffic(veth());
    traffic.send(udp_frame());
    traffic.settle();
    EXPECT_EQ(finish(running).file.packets.size(), 1u);
}

TEST_F(CommandTest, LockTurnsASecondRunAwayAtOnce) {
    veth();
    const std::string lock = place("lock").string();
    Running running = start({.args = {"--lock", lock}});
    Running second = spawn({.args = {"--lock", lock}, .output = "second.pcapng", .ready_file = false});
    ASSERT_TRUE(second.process->wait_for(kEndDeadline)) << "it waits for the lock";
    EXPECT_EQ(second.process->exit_status(), 4);
    EXPECT_THAT(second.process->err(), HasSubstr(std::to_string(running.process->pid())));
    EXPECT_FALSE(std::filesystem::exists(place("second.pcapng"))) << "an output was touched";
    interrupt(running);
    // Free again, though the file may still be there.
    Running third = start({.args = {"--lock", lock, "--duration", "10ms"}});
    finish(third);
}

TEST_F(CommandTest, AStaleLockOfAKilledRunDoesNotHold) {
    veth();
    const std::string lock = place("lock").string();
    Running running = start({.args = {"--lock", lock}});
    running.process->signal(SIGKILL);
    ASSERT_TRUE(running.process->wait_for(kEndDeadline));
    ASSERT_TRUE(wait_until([this] { return !attached_program(veth()); }));
    Running next = start({.args = {"--lock", lock, "--duration", "10ms"}});
    finish(next);
}

TEST_F(CommandTest, QuietIsSilent) {
    veth();
    Running running = start({.args = {"-q", "-c", "5"}});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 5);
    traffic.settle();
    const Ended ended = finish(running);
    EXPECT_THAT(ended.out, IsEmpty());
    EXPECT_THAT(ended.err, IsEmpty());
}

TEST_F(CommandTest, ReportIsInWordsWithoutALiveLineOffATerminal) {
    veth();
    // Long enough for a live line, which would come each second.
    Running running = start({.args = {"--duration", "1500ms"}});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 77);
    traffic.settle();
    const Ended ended = finish(running);
    EXPECT_THAT(ended.out, IsEmpty());
    EXPECT_THAT(ended.err, HasSubstr("77"));
    EXPECT_THAT(ended.err, Not(HasSubstr("\r")));
    EXPECT_THAT(ended.err, Not(HasSubstr("\x1b")));
}

TEST_F(CommandTest, ATerminalGetsALiveLineEachSecond) {
    veth();
    const UniqueFd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(terminal);
    ASSERT_EQ(::grantpt(terminal.get()), 0);
    ASSERT_EQ(::unlockpt(terminal.get()), 0);
    const UniqueFd other_side(::open(::ptsname(terminal.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(other_side);
    Running running = start({.args = {"--duration", "2500ms", "-c", "1000"}, .stderr_fd = other_side.get()});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 77);
    traffic.settle();
    finish(running);
    std::array<char, 4096> buffer;
    const ssize_t length = ::read(terminal.get(), buffer.data(), buffer.size());
    ASSERT_GT(length, 0);
    const std::string shown(buffer.data(), static_cast<std::size_t>(length));
    EXPECT_THAT(shown, testing::ContainsRegex("\r[^\r\n]*77[^\r\n]*923 packets"));
    EXPECT_GE(std::count(shown.begin(), shown.end(), '\r'), 2);
}

TEST_F(CommandTest, NetnsIsEnteredFromOutsideByNameAndByPath) {
    veth({.named = true});
    for (const std::string& where : {veth().receiver().name(), veth().receiver().path()}) {
        Running running = start({.args = {"--netns", where, "-c", "3"}, .inside = false});
        Traffic traffic(veth());
        traffic.send(udp_frame(), 3);
        traffic.settle();
        EXPECT_EQ(finish(running).file.packets.size(), 3u);
    }
}

TEST_F(CommandTest, NetnsThatIsNotThereIsNamed) {
    refused({.args = {"--netns", "xdpsift-absent"}, .inside = false}, 4, "xdpsift-absent");
}

class ModeTest : public CaptureTest, public testing::WithParamInterface<const char*> {};

TEST_P(ModeTest, IsTheOneAskedForAndStandsInTheSummary) {
    veth();
    const std::string mode = GetParam();
    Running running = start({.args = {"--mode", mode}});
    const auto program = attached_program(veth());
    ASSERT_TRUE(program);
    EXPECT_EQ(program->mode, mode == "generic" ? HookMode::generic : HookMode::native);
    Traffic traffic(veth());
    for (const std::size_t size : {50, 100, 1000, 1514}) traffic.send(udp_frame(size), 25);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.summary["interfaces"][0]["mode"], mode == "generic" ? "generic" : "native");
    EXPECT_EQ(ended.file.packets.size(), traffic.count());
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

INSTANTIATE_TEST_SUITE_P(Modes, ModeTest, testing::Values("auto", "native", "generic"),
                         [](const auto& instance) { return std::string(instance.param); });

// An xs1 with fewer receive queues than xs0 has for sending has no native XDP.
TEST_F(CommandTest, AutoFallsBackToGenericAndSaysWhy) {
    veth({.queues = 4, .receive_queues = 1});
    Running running = start();
    const auto program = attached_program(veth());
    ASSERT_TRUE(program);
    EXPECT_EQ(program->mode, HookMode::generic);
    Traffic traffic(veth());
    traffic.send(udp_frame(), 20);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.summary["interfaces"][0]["mode"], "generic");
    EXPECT_EQ(ended.file.packets.size(), 20u);
    EXPECT_THAT(ended.err, HasSubstr("native"));
}

TEST_F(CommandTest, NativeThatIsNotPossibleIsRefused) {
    veth({.queues = 4, .receive_queues = 1});
    refused({.args = {"--mode", "native"}}, 5, "native");
}

}  // namespace
}  // namespace xdpsift::e2e
