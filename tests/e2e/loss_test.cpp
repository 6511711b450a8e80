// SPDX-License-Identifier: BSD-2-Clause
// A ring that overflows: every loss is counted, told, and stands where it happened.
#include <signal.h>

#include <fstream>

#include "e2e/capture_fixture.h"
#include "e2e/pipe_reader.h"
#include "harness/affinity.h"

namespace xdpsift::e2e {
namespace {

constexpr std::size_t kBeforeStop = 3;
constexpr std::size_t kWhileStopped = 60;
constexpr std::size_t kAfterwards = 10;

char state_of(const Process& process) {
    std::ifstream file("/proc/" + std::to_string(process.pid()) + "/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t behind_name = text.rfind(") ");
    return behind_name == std::string::npos ? '?' : text.at(behind_name + 2);
}

class LossTest : public RingTest {
   protected:
    // A capture with a ring of a page that cannot read it for a while.
    Ended overflow(std::vector<std::string> args, int exit_status) {
        veth();
        args.insert(args.end(), {"--ring-size", "4k"});
        Running running = start({.args = through_ring(args)});
        traffic_ = std::make_unique<Traffic>(veth());
        std::thread([&] {
            // All frames enter on one CPU, so that one ring holds them all.
            stay_on_cpu(0);
            // Slow enough for the smallest ring.
            traffic_->send_paced(udp_frame(500), kBeforeStop, std::chrono::milliseconds(30));
            running.process->signal(SIGSTOP);
            if (!wait_until([&] { return state_of(*running.process) == 'T'; }))
                throw HarnessError("the capture did not stop");
            traffic_->send(udp_frame(500), kWhileStopped);
            traffic_->settle();
            running.process->signal(SIGCONT);
            traffic_->send_paced(udp_frame(500), kAfterwards, std::chrono::milliseconds(30));
            traffic_->settle();
        }).join();
        return interrupt(running, exit_status);
    }
    std::unique_ptr<Traffic> traffic_;
};

INSTANTIATE_TEST_SUITE_P(Rings, LossTest, kEachRing, name_of_ring);

TEST_P(LossTest, IsCountedToThePacketAndStandsWhereItHappened) {
    const Ended ended = overflow({}, 0);
    EXPECT_GT(ended.total("ring_lost"), 0u);
    EXPECT_EQ(ended.total("seen"), kBeforeStop + kWhileStopped + kAfterwards);
    EXPECT_EQ(ended.total("ring_lost") + ended.total("received"), ended.total("selected"));
    EXPECT_TRUE(are_sent_frames(ended.file.packets, *traffic_));
    // The numbers tell the truth about each gap.
    std::uint64_t next = 0;
    std::uint64_t dropped = 0;
    for (const PcapngPacket& packet : ended.file.packets) {
        const std::uint64_t number = Traffic::number_of(packet.data);
        const std::uint64_t told = packet.options.has(kEpbDropcount) ? packet.options.u64(kEpbDropcount) : 0;
        EXPECT_EQ(told, number - next) << "in front of frame " << number;
        dropped += told;
        next = number + 1;
    }
    const std::uint64_t trailing = traffic_->count() - next;
    EXPECT_EQ(dropped + trailing, ended.total("ring_lost"));
    EXPECT_LT(trailing, kAfterwards) << "nothing came through after the ring was read again";
    EXPECT_EQ(ended.file.statistics.at(0).options.u64(kIsbOsDrop), ended.total("ring_lost"));
}

TEST_P(LossTest, FailsTheCommandWhereThatWasAskedFor) {
    const Ended ended = overflow({"--fail-on-loss"}, 6);
    EXPECT_GT(ended.total("ring_lost"), 0u);
    EXPECT_THAT(ended.err, testing::HasSubstr(std::to_string(ended.total("ring_lost"))));
}

TEST_P(LossTest, FailOnLossIsContentWithoutALoss) {
    veth();
    Running running = start({.args = through_ring({"--fail-on-loss", "-c", "5"})});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 5);
    traffic.settle();
    EXPECT_EQ(finish(running, 0).total("ring_lost"), 0u);
}

TEST_P(LossTest, BehindASlowReaderIsCountedToo) {
    veth();
    PipeReader reader;
    Running running = start(
        {.args = through_ring({"--ring-size", "16k", "--unlimited"}), .output = "-", .stdout_fd = reader.write_end()});
    Traffic traffic(veth());
    // Far more than the pipe, the writer and the ring hold together, while nobody reads.
    for (const std::size_t frames : {10'000, 10'000}) {
        traffic.send(udp_frame(1400), frames);
        traffic.settle();
        // The counters go on, and whoever asks is answered.
        running.process->signal(SIGUSR1);
        const std::string seen = "seen " + std::to_string(traffic.count()) + ",";
        EXPECT_TRUE(wait_until([&] { return running.process->err().find(seen) != std::string::npos; }, kEndDeadline))
            << running.process->err();
    }
    reader.begin();
    traffic.send_paced(udp_frame(1400), 20, std::chrono::milliseconds(10));
    const Ended ended = interrupt(running);
    reader.join();
    const PcapngFile file = parse_pcapng(reader.bytes());
    EXPECT_GT(ended.total("ring_lost"), 0u);
    EXPECT_EQ(ended.total("seen"), traffic.count());
    EXPECT_EQ(file.packets.size(), ended.total("written"));
    EXPECT_TRUE(are_sent_frames(file.packets, traffic));
}

TEST_P(LossTest, TenSecondsOfStandstillUnderLoadAreCountedToThePacket) {
    veth();
    Running running = start({.args = through_ring({"--ring-size", "64k", "--unlimited"})});
    Traffic traffic(veth());
    running.process->signal(SIGSTOP);
    ASSERT_TRUE(wait_until([&] { return state_of(*running.process) == 'T'; }, kEndDeadline));
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end)
        traffic.send_paced(udp_frame(500), 50, std::chrono::microseconds(200));
    traffic.settle();
    EXPECT_EQ(state_of(*running.process), 'T');
    running.process->signal(SIGCONT);
    traffic.send_paced(udp_frame(500), kAfterwards, std::chrono::milliseconds(30));
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.total("seen"), traffic.count());
    EXPECT_GT(ended.total("ring_lost"), traffic.count() / 2);
    EXPECT_GT(ended.total("written"), kAfterwards);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

TEST_P(LossTest, TheCountIsReachedDespiteLosses) {
    veth();
    Running running = start({.args = through_ring({"--ring-size", "4k", "-c", "40"})});
    Traffic traffic(veth());
    running.process->signal(SIGSTOP);
    traffic.send(udp_frame(500), 60);
    traffic.settle();
    running.process->signal(SIGCONT);
    while (!running.process->ended() && traffic.count() < 1000)
        traffic.send_paced(udp_frame(500), 5, std::chrono::milliseconds(1));
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "packet_limit");
    EXPECT_EQ(ended.file.packets.size(), 40u);
    EXPECT_GT(ended.total("ring_lost"), 0u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

}  // namespace
}  // namespace xdpsift::e2e
