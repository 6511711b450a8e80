// SPDX-License-Identifier: BSD-2-Clause
// What can go wrong around a capture: outputs that fail, an interface that goes, a hook that is taken, no rights.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;

constexpr uid_t kNobody = 65534;

using FaultTest = CaptureTest;

TEST_F(FaultTest, DevFullIsFoundBeforeAnythingIsAttached) {
    const Ended ended = refused({.output = "/dev/full"}, 1, "/dev/full");
    EXPECT_THAT(ended.err, HasSubstr("No space left on device"));
}

TEST_F(FaultTest, DevFullAsStandardOutputIsFoundToo) {
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    ASSERT_TRUE(full);
    refused({.output = "-", .stdout_fd = full.get()}, 1, "No space left on device");
}

TEST_F(FaultTest, AFolderThatIsNotThereIsFoundBeforeAnythingIsAttached) {
    refused({.output = place("absent/out.pcapng")}, 1, "absent/out.pcapng");
}

TEST_F(FaultTest, WordsThatNobodyTakesAreNoFault) {
    veth();
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    ASSERT_TRUE(full);
    Running running = start({.stderr_fd = full.get()});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 20);
    traffic.settle();
    running.process->signal(SIGUSR1);
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.total("written"), 20u);
    EXPECT_EQ(ended.stop_reason(), "signal");
}

TEST_F(FaultTest, ADeviceThatTakesEverythingIsAnOutput) {
    veth();
    const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    Running running = start({.args = {"-c", "50"}, .output = "-", .stdout_fd = null.get()});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 60);
    const Ended ended = finish(running);
    EXPECT_EQ(ended.total("written"), 50u);
    EXPECT_EQ(ended.stop_reason(), "packet_limit");
}

TEST_F(FaultTest, ASummaryThatNobodyReadsIsFoundBeforeAnythingIsAttached) {
    const auto fifo = place("summary.fifo");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    refused({.summary = fifo}, 1, "nobody reads it");
}

// Its content goes when the output is opened, the last step before the hook.
TEST_F(FaultTest, AFileThatWasThereStaysAsAnEmptyCaptureWhenNothingCouldBeAttached) {
    const auto before = file_with("before.pcapng", "something");
    veth();
    const Running running = spawn({.args = {"--mode", "native"}, .output = before, .interface = "lo"});
    ASSERT_TRUE(running.process->wait_for(kEndDeadline));
    EXPECT_EQ(running.process->exit_status(), 5) << running.process->err();
    ASSERT_TRUE(std::filesystem::exists(before));
    const PcapngFile file = read_pcapng(before);
    EXPECT_EQ(file.interfaces.size(), 1u);
    EXPECT_TRUE(file.packets.empty());
    EXPECT_TRUE(judges_accept(before, 0));
}

TEST_F(FaultTest, OneFileForTwoOutputsIsRefusedUnderWhateverName) {
    const auto file = file_with("both", "");
    std::filesystem::create_symlink(file, place("alias"));
    veth();
    const Running running = spawn({.output = file, .summary = place("alias")});
    ASSERT_TRUE(running.process->wait_for(kEndDeadline));
    EXPECT_EQ(running.process->exit_status(), 2);
    EXPECT_THAT(running.process->err(), HasSubstr("both name"));
}

TEST_F(FaultTest, ASummaryThatCannotBeWrittenIsFoundBeforeAnythingIsAttached) {
    refused({.summary = place("absent/summary.json")}, 1, "absent/summary.json");
}

TEST_F(FaultTest, ASummaryThatFailsAtTheEndIsAnErrorAndTheFileStays) {
    veth();
    Running running = start({.args = {"-c", "5"}, .summary = "/dev/full"});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 5);
    traffic.settle();
    ASSERT_TRUE(running.process->wait_for(kEndDeadline));
    EXPECT_EQ(running.process->exit_status(), 1);
    EXPECT_THAT(running.process->err(), HasSubstr("/dev/full"));
    EXPECT_EQ(read_pcapng(running.output).packets.size(), 5u);
    EXPECT_TRUE(judges_accept(running.output, 5));
}

TEST_F(FaultTest, AReaderThatGoesAwayEndsTheCapture) {
    veth();
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    Running running = start({.output = "-", .stdout_fd = write_end.get()});
    write_end.reset();
    Traffic traffic(veth());
    traffic.send(udp_frame(), 10);
    traffic.settle();
    // The header at least.
    std::array<std::uint8_t, 64> some;
    ASSERT_GT(::read(read_end.get(), some.data(), some.size()), 0);
    read_end.reset();
    send_until_ended(traffic, running, udp_frame(1000));
    const Ended ended = finish(running, 0);
    EXPECT_EQ(ended.stop_reason(), "output_closed");
    EXPECT_THAT(ended.err, HasSubstr("the output's reader went away"));
    EXPECT_EQ(ended.total("received"), ended.total("discarded") + ended.total("written"));
}

TEST_F(FaultTest, AClosedPipeIsNoticedWithoutTraffic) {
    veth();
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    Running running = start({.output = "-", .stdout_fd = write_end.get()});
    write_end.reset();
    read_end.reset();
    const Ended ended = finish(running, 0);
    EXPECT_EQ(ended.stop_reason(), "output_closed");
    EXPECT_THAT(ended.err, HasSubstr("the output's reader went away"));
}

class TakenHookTest : public CaptureTest, public testing::WithParamInterface<HookMode> {};

TEST_P(TakenHookTest, IsLeftAloneAndItsProgramNamed) {
    const ForeignProgram program(veth(), GetParam());
    refused({}, 4, std::to_string(program.id()));
    const auto found = attached_program(veth());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, program.id());
    EXPECT_EQ(found->mode, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Modes, TakenHookTest, testing::Values(HookMode::native, HookMode::generic),
                         [](const auto& instance) {
                             return instance.param == HookMode::native ? "Native" : "Generic";
                         });

TEST_F(FaultTest, ASecondCaptureOnTheInterfaceIsRefused) {
    veth();
    Running running = start();
    const auto before = attached_program(veth());
    ASSERT_TRUE(before);
    Running second = spawn({.output = "second.pcapng", .summary = "second.json", .ready_file = false});
    Traffic traffic(veth());
    while (!second.process->ended()) traffic.send(udp_frame());
    ASSERT_TRUE(second.process->wait_for(kEndDeadline));
    EXPECT_EQ(second.process->exit_status(), 4);
    EXPECT_THAT(second.process->err(), HasSubstr(std::to_string(before->id)));
    EXPECT_FALSE(std::filesystem::exists(second.output));
    EXPECT_FALSE(std::filesystem::exists(second.summary));
    const auto after = attached_program(veth());
    ASSERT_TRUE(after);
    EXPECT_EQ(after->id, before->id);
    traffic.send(udp_frame(), 20);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.file.packets.size(), traffic.count());
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

TEST_F(FaultTest, AnInterfaceThatIsDeletedEndsTheCaptureWithAWholeFile) {
    veth();
    Running running = start();
    Traffic traffic(veth());
    traffic.send(udp_frame(), 50);
    traffic.settle();
    veth().delete_receiver_interface();
    const Ended ended = finish(running, 1);
    EXPECT_EQ(ended.stop_reason(), "interface_gone");
    EXPECT_THAT(ended.err, HasSubstr(kReceiverInterface));
    EXPECT_EQ(ended.file.packets.size(), 50u);
    EXPECT_EQ(ended.file.statistics.size(), 1u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

TEST_F(FaultTest, AnInterfaceThatIsNotThereHasAHint) {
    const Ended ended = refused({.interface = "xs11"}, 4, "xs11");
    EXPECT_THAT(ended.err, HasSubstr("did you mean xs1?"));
}

TEST_F(FaultTest, WithoutPrivilegesTheMissingCapabilityIsNamed) {
    const Ended ended = refused({.uid = kNobody}, 3, "CAP_");
    EXPECT_THAT(ended.err, HasSubstr("CAP_NET_ADMIN"));
}

struct BadOption {
    const char* name;
    std::vector<std::string> args;
    const char* words;
};

class BadOptionTest : public CaptureTest, public testing::WithParamInterface<BadOption> {};

TEST_P(BadOptionTest, IsAUsageErrorThatNamesIt) { refused({.args = GetParam().args}, 2, GetParam().words); }

INSTANTIATE_TEST_SUITE_P(
    Options, BadOptionTest,
    testing::Values(BadOption{"Unknown", {"--nonsense"}, "--nonsense"},
                    BadOption{"Address", {"--src", "300.1.1.1"}, "300.1.1.1"},
                    BadOption{"Prefix", {"--dst", "2001:db8::/129"}, "2001:db8::/129"},
                    BadOption{"Range", {"--host", "192.0.2.9-192.0.2.1"}, "192.0.2.9-192.0.2.1"},
                    BadOption{"Port", {"--port", "65536"}, "65536"}, BadOption{"Protocol", {"--proto", "tpc"}, "tpc"},
                    BadOption{"Vlan", {"--vlan", "4096"}, "4096"}, BadOption{"Count", {"-c", "many"}, "many"},
                    BadOption{"Duration", {"--duration", "-1"}, "--duration"},
                    BadOption{"SampleRate", {"--sample-rate", "0"}, "--sample-rate"},
                    BadOption{"Mode", {"--mode", "fast"}, "fast"}, BadOption{"Format", {"--format", "erf"}, "erf"},
                    BadOption{"RingSize", {"--ring-size", "1"}, "--ring-size"},
                    BadOption{"ListFile", {"--src", "@/absent/list"}, "/absent/list"},
                    BadOption{"LimitAndUnlimited", {"--unlimited", "-c", "5"}, "--unlimited"}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST_F(FaultTest, WithoutAnOutputIsAUsageError) { refused({.output = ""}, 2, "-w"); }

}  // namespace
}  // namespace xdpsift::e2e
