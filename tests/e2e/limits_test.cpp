// SPDX-License-Identifier: BSD-2-Clause
// What ends a capture: each limit, exactly, with and without traffic, and from several CPUs.
#include <sched.h>

#include <thread>

#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

// Two threads, each on a CPU of its own where there are two, send `count` frames together.
void send_from_two_cpus(Traffic& traffic, std::size_t count) {
    const auto sender = [&traffic](int cpu, std::size_t share) {
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET(cpu, &cpus);
        // Refused where there is no second CPU: then both share the first.
        ::sched_setaffinity(0, sizeof(cpus), &cpus);
        const Bytes frame = udp_frame(100, static_cast<std::uint16_t>(40000 + cpu));
        traffic.send(frame, share);
    };
    std::thread first(sender, 0, count / 2);
    std::thread second(sender, 1, count - count / 2);
    first.join();
    second.join();
    traffic.settle();
}

class EachRingLimitTest : public RingTest {};
INSTANTIATE_TEST_SUITE_P(Rings, EachRingLimitTest, kEachRing, name_of_ring);

TEST_P(EachRingLimitTest, ExactlyNPacketsOfMoreFromTwoCpus) {
    // Generic mode runs on the sender's CPU: two rings are written at once.
    veth({.queues = 2});
    for (const std::size_t count : {1u, 7u, 1000u}) {
        SCOPED_TRACE(count);
        Running running = start({.args = through_ring({"-c", std::to_string(count), "--mode", "generic"})});
        Traffic traffic(veth());
        send_from_two_cpus(traffic, 2 * count + 200);
        const Ended ended = finish(running);
        EXPECT_EQ(ended.stop_reason(), "packet_limit");
        EXPECT_EQ(ended.file.packets.size(), count);
        EXPECT_EQ(ended.total("selected"), count);
        EXPECT_EQ(ended.total("ring_lost"), 0u);
        EXPECT_EQ(ended.total("discarded"), 0u) << "the kernel copied more than was asked for";
        EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
    }
}

using LimitTest = CaptureTest;

TEST_P(EachRingLimitTest, CountIsExactInNativeModeToo) {
    veth({.queues = 2});
    Running running = start({.args = through_ring({"--count", "500", "--mode", "native"})});
    Traffic traffic(veth());
    send_from_two_cpus(traffic, 2000);
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "packet_limit");
    EXPECT_EQ(ended.file.packets.size(), 500u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

TEST_F(LimitTest, DurationNeedsNoTraffic) {
    veth();
    Running running = start({.args = {"--duration", "1s"}});
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "time_limit");
    EXPECT_GE(ended.summary["elapsed_s"], 1.0);
    // An emulated machine may be late; a limit that waits for a packet would never end it.
    EXPECT_LT(ended.summary["elapsed_s"], 5.0);
    EXPECT_EQ(ended.total("seen"), 0u);
    EXPECT_EQ(ended.file.interfaces.size(), 1u);
    EXPECT_EQ(ended.file.statistics.size(), 1u);
}

TEST_P(EachRingLimitTest, DurationEndsUnderTraffic) {
    veth();
    Running running = start({.args = through_ring({"--duration", "500ms"})});
    Traffic traffic(veth());
    while (!running.process->ended()) traffic.send_paced(udp_frame(), 10, std::chrono::microseconds(1000));
    traffic.settle();
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "time_limit");
    EXPECT_GT(ended.total("written"), 0u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

TEST_P(EachRingLimitTest, MaxBytesIsExact) {
    veth();
    Running running = start({.args = through_ring({"--max-bytes", "1000"})});
    Traffic traffic(veth());
    traffic.send(udp_frame(100), 30);
    traffic.settle();
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "byte_limit");
    EXPECT_EQ(ended.file.packets.size(), 10u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

TEST_F(LimitTest, MaxBytesIsNeverPassed) {
    veth();
    Running running = start({.args = {"--max-bytes", "1099", "-s", "90"}});
    Traffic traffic(veth());
    traffic.send(udp_frame(100), 30);
    traffic.settle();
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "byte_limit");
    EXPECT_EQ(ended.file.packets.size(), 1099u / 90u) << "the kept bytes count";
}

TEST_F(LimitTest, MaxBytesBelowTheFirstPacketKeepsNone) {
    veth();
    Running running = start({.args = {"--max-bytes", "50"}});
    Traffic traffic(veth());
    traffic.send(udp_frame(100), 3);
    traffic.settle();
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "byte_limit");
    EXPECT_EQ(ended.file.packets.size(), 0u);
}

TEST_F(LimitTest, WithoutAnyTenThousandPacketsAreTheLimit) {
    veth();
    Running running = start();
    Traffic traffic(veth());
    traffic.send(udp_frame(60), 10'050);
    traffic.settle();
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "packet_limit");
    EXPECT_EQ(ended.file.packets.size(), 10'000u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

TEST_F(LimitTest, UnlimitedIsUnlimited) {
    veth();
    Running running = start({.args = {"--unlimited"}});
    Traffic traffic(veth());
    traffic.send(udp_frame(60), 10'050);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.stop_reason(), "signal");
    EXPECT_EQ(ended.file.packets.size(), 10'050u);
}

TEST_P(EachRingLimitTest, TwoCpusComeOutInTheOrderOfTime) {
    veth({.queues = 2});
    Running running = start({.args = through_ring({"--mode", "generic", "-c", "4000"})});
    Traffic traffic(veth());
    send_from_two_cpus(traffic, 4000);
    const Ended ended = finish(running);
    ASSERT_EQ(ended.file.packets.size(), 4000u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

}  // namespace
}  // namespace xdpsift::e2e
