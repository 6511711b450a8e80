// SPDX-License-Identifier: BSD-2-Clause
// Signals, and a capture that is killed.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;

class SignalTest : public CaptureTest, public testing::WithParamInterface<int> {};

TEST_P(SignalTest, DrainsAndFinishesTheFile) {
    veth();
    Running running = start();
    Traffic traffic(veth());
    traffic.send(udp_frame(), 300);
    traffic.settle();
    running.process->signal(GetParam());
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "signal");
    EXPECT_EQ(ended.file.packets.size(), 300u);
    EXPECT_EQ(ended.file.statistics.size(), 1u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

using EachRingEndingTest = RingTest;
INSTANTIATE_TEST_SUITE_P(Rings, EachRingEndingTest, kEachRing, name_of_ring);

// Far below the watermark: what stands in the ring is not waited for, but taken.
TEST_P(EachRingEndingTest, TakesWhatStandsInTheRings) {
    veth();
    Running running = start({.args = through_ring({"--ring-size", "16M"})});
    Traffic traffic(veth());
    traffic.send(udp_frame(1400), 200);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.file.packets.size(), 200u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
    EXPECT_THAT(ended.file.section.text(kOptComment), HasSubstr(std::string("--ring ") + GetParam()));
    EXPECT_EQ(ended.summary["ring"]["kind"], GetParam());
    EXPECT_EQ(ended.summary["ring"]["bytes_per_cpu"], 16u << 20);
}

INSTANTIATE_TEST_SUITE_P(Signals, SignalTest, testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& instance) { return std::string(::sigabbrev_np(instance.param)); });

using EndingTest = CaptureTest;

// A capture into a pipe that nobody reads, with more packets than it holds: its end is held up.
class StalledReaderTest : public CaptureTest {
   protected:
    Running start_stalled() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe2");
        read_end_.reset(ends[0]);
        const UniqueFd write_end(ends[1]);
        Running running = start({.output = "-", .stdout_fd = write_end.get()});
        Traffic traffic(veth());
        traffic.send(udp_frame(1400), 500);
        traffic.settle();
        running.process->signal(SIGINT);
        return running;
    }

   private:
    UniqueFd read_end_;
};

TEST_F(StalledReaderTest, ASecondSignalEndsAtOnce) {
    Running running = start_stalled();
    // The first has been heeded: two that come together are one.
    ASSERT_TRUE(wait_until([this] { return !attached_program(veth()); }));
    ASSERT_FALSE(running.process->wait_for(std::chrono::milliseconds(200))) << "the pipe should have held it up";
    running.process->signal(SIGINT);
    const Ended ended = finish(running, 1);
    EXPECT_THAT(ended.err, HasSubstr("ended at once by a second signal"));
    EXPECT_EQ(ended.stop_reason(), "signal");
    EXPECT_GT(ended.total("discarded"), 0u);
}

TEST_F(StalledReaderTest, HoldsTheEndUpOnlyForAWhile) {
    Running running = start_stalled();
    const Ended ended = finish(running, 1);
    EXPECT_THAT(ended.err, HasSubstr("the output's reader takes nothing: the last packets are not written"));
    EXPECT_EQ(ended.stop_reason(), "signal");
    EXPECT_GT(ended.total("written"), 0u);
    EXPECT_GT(ended.total("discarded"), 0u);
}

TEST_F(EndingTest, Usr1PrintsTheCountersAndGoesOn) {
    veth();
    Running running = start();
    Traffic traffic(veth());
    traffic.send(udp_frame(), 123);
    traffic.settle();
    running.process->signal(SIGUSR1);
    EXPECT_TRUE(wait_until([&] { return running.process->err().find("123") != std::string::npos; }))
        << running.process->err();
    EXPECT_THAT(running.process->err(), HasSubstr("seen"));
    traffic.send(udp_frame(), 10);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.file.packets.size(), 133u);
}

TEST_F(EndingTest, SigkillLeavesNoProgramAndAReadableFile) {
    veth();
    Running running = start({.args = {"--unlimited"}});
    Traffic traffic(veth());
    traffic.send(udp_frame(1000), 5000);
    kill(running);
    EXPECT_EQ(running.process->exit_status(), 128 + SIGKILL);
    // The link goes with the last reference to it, shortly after the process.
    EXPECT_TRUE(wait_until([this] { return !attached_program(veth()); }));
    const PcapngFile file = read_pcapng(running.output);
    EXPECT_EQ(file.interfaces.size(), 1u);
    EXPECT_TRUE(are_sent_frames(file.packets, traffic));
    EXPECT_TRUE(judges_accept(running.output, file.packets.size()));
}

TEST_F(EndingTest, SigkillUnderTrafficLeavesAReadableFile) {
    veth();
    Running running = start({.args = {"--unlimited", "--file-size", "1M"}, .output = "out.pcapng"});
    Traffic traffic(veth());
    // Until a second file has its header: the first is surely through to the disk.
    const auto files = [this] {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::directory_iterator(place("")))
            if (entry.path().extension() == ".pcapng" && entry.file_size() > 0) found.push_back(entry.path());
        return found;
    };
    while (files().size() < 2 && traffic.count() < 20'000) traffic.send(udp_frame(1000), 100);
    kill(running);
    ASSERT_GE(files().size(), 2u);
    std::size_t packets = 0;
    for (const auto& path : files()) {
        const PcapngFile file = read_pcapng(path);
        packets += file.packets.size();
        EXPECT_TRUE(are_sent_frames(file.packets, traffic));
        EXPECT_TRUE(judges_accept(path, file.packets.size()));
    }
    EXPECT_GT(packets, 900u);
}

TEST_F(EndingTest, OtherTrafficIsNotDisturbed) {
    veth();
    UdpFlow flow(veth(), Family::ipv4, 5000);
    int number = 0;
    const auto exchange = [&](int count) {
        for (int i = 0; i < count; ++i) {
            const std::string text = "datagram " + std::to_string(number++);
            flow.send(text);
            ASSERT_EQ(flow.receive(), text);
        }
    };
    exchange(100);
    Running running = start({.args = {"--dport", "5000"}});
    exchange(500);
    const Ended ended = interrupt(running);
    exchange(100);
    EXPECT_EQ(ended.file.packets.size(), 500u);
}

}  // namespace
}  // namespace xdpsift::e2e
