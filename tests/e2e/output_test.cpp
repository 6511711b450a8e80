// SPDX-License-Identifier: BSD-2-Clause
// Where the packets go: rotated files, names, the legacy format, standard output.
#include <time.h>

#include <algorithm>
#include <thread>

#include "e2e/capture_fixture.h"
#include "e2e/pipe_reader.h"

namespace xdpsift::e2e {
namespace {

using OutputTest = CaptureTest;

std::vector<std::string> files_of(const Ended& ended) { return ended.summary["files"].get<std::vector<std::string>>(); }

TEST_F(OutputTest, RotationBySizeKeepsEveryPacketInOrder) {
    veth();
    Running running = start({.args = {"--file-size", "8k"}});
    Traffic traffic(veth());
    traffic.send(udp_frame(500), 100);
    traffic.settle();
    const Ended ended = interrupt(running);
    const std::vector<std::string> files = files_of(ended);
    EXPECT_GE(files.size(), 100u * 500 / 8192);
    std::vector<PcapngPacket> packets;
    for (const std::string& file : files) {
        EXPECT_LE(std::filesystem::file_size(file), 8192u);
        const PcapngFile content = read_pcapng(file);
        EXPECT_FALSE(content.packets.empty()) << file;
        EXPECT_EQ(content.statistics.size(), 1u) << file;
        EXPECT_TRUE(judges_accept(file, content.packets.size()));
        packets.insert(packets.end(), content.packets.begin(), content.packets.end());
    }
    EXPECT_EQ(packets.size(), traffic.count());
    EXPECT_EQ(ended.total("written"), traffic.count());
    EXPECT_TRUE(are_sent_frames(packets, traffic));
}

TEST_F(OutputTest, FileCountKeepsTheNewest) {
    veth();
    Running running = start({.args = {"--file-size", "8k", "--file-count", "3"}});
    Traffic traffic(veth());
    traffic.send(udp_frame(500), 100);
    traffic.settle();
    const Ended ended = interrupt(running);
    const std::vector<std::string> files = files_of(ended);
    ASSERT_EQ(files.size(), 3u);
    std::size_t on_disk = 0;
    for (const auto& entry : std::filesystem::directory_iterator(place("")))
        on_disk += entry.path().extension() == ".pcapng";
    EXPECT_EQ(on_disk, 3u);
    std::vector<std::uint32_t> kept;
    for (const std::string& file : files) {
        const PcapngFile content = read_pcapng(file);
        EXPECT_TRUE(judges_accept(file, content.packets.size()));
        for (const std::uint32_t number : numbers(content.packets)) kept.push_back(number);
    }
    // The last ones, without a gap.
    for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(kept[i], 100 - kept.size() + i);
    EXPECT_EQ(ended.total("written"), 100u);
}

TEST_F(OutputTest, StrftimePatternsExpand) {
    veth();
    const std::time_t before = ::time(nullptr);
    Running running = start({.args = {"-c", "3"}, .output = "day-%s-%%.pcapng"});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 3);
    traffic.settle();
    const Ended ended = finish(running);
    const std::vector<std::string> files = files_of(ended);
    ASSERT_EQ(files.size(), 1u);
    const std::string name = std::filesystem::path(files[0]).filename();
    ASSERT_TRUE(name.starts_with("day-") && name.ends_with("-%.pcapng")) << name;
    const long second = std::stol(name.substr(4));
    EXPECT_GE(second, before);
    EXPECT_LE(second, ::time(nullptr));
    EXPECT_EQ(read_pcapng(files[0]).packets.size(), 3u);
    EXPECT_TRUE(judges_accept(files[0], 3));
}

TEST_F(OutputTest, PcapHasNanosecondsAndTheSamePackets) {
    veth();
    Running running = start({.args = {"--format", "pcap", "-s", "200"}, .output = "out.pcap"});
    Traffic traffic(veth());
    for (const std::size_t size : {60, 200, 201, 1514}) traffic.send(udp_frame(size), 5);
    traffic.settle();
    const Ended ended = interrupt(running);
    const auto packets = parse_nanosecond_pcap(ended.bytes);
    EXPECT_EQ(packets.size(), traffic.count());
    EXPECT_EQ(packets.size(), ended.total("written"));
    EXPECT_TRUE(are_sent_frames(packets, traffic, 200));
    EXPECT_TRUE(judges_accept(place("out.pcap"), packets.size()));
}

TEST_F(OutputTest, StandardOutputFeedsTcpdump) {
    veth();
    Running running = start({.args = {"-c", "50"}, .output = "-"});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 60);
    traffic.settle();
    const Ended ended = finish(running);  // asks tcpdump
    EXPECT_EQ(ended.file.packets.size(), 50u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

class LatencyTest : public CaptureTest {
   protected:
    // Sends by `send`, and expects each packet at the pipe's reader within 200 ms, or soon after the machine has gone
    // on: an emulated one stands still now and then.
    void expect_prompt(const std::function<void(Traffic&)>& send) {
        veth();
        PipeReader reader;
        Running running = start({.output = "-", .stdout_fd = reader.write_end()});
        reader.begin();
        Traffic traffic(veth());
        send(traffic);
        traffic.settle();
        // What was held back would come out at the end: so wait first, as long as it may take and a good deal more.
        std::this_thread::sleep_for(kHeldBack);
        running.process->signal(SIGINT);
        ASSERT_TRUE(running.process->wait_for(kEndDeadline));
        reader.join();
        EXPECT_EQ(running.process->exit_status(), 0);
        const PcapngFile file = parse_pcapng(reader.bytes());
        ASSERT_EQ(file.packets.size(), traffic.count());
        EXPECT_TRUE(are_sent_frames(file.packets, traffic));
        std::vector<std::chrono::nanoseconds> took;
        for (const PcapngPacket& packet : file.packets) {
            const std::uint64_t sent_ns = traffic.sent()[Traffic::number_of(packet.data)].time_ns;
            took.emplace_back(reader.arrived_ns(packet.end_offset) - sent_ns);
        }
        std::ranges::sort(took);
        EXPECT_LT(took[took.size() / 2], kPrompt);
        EXPECT_LT(took.back(), kHeldBack);
    }

   private:
    static constexpr auto kPrompt = std::chrono::milliseconds(200);
    static constexpr auto kHeldBack = std::chrono::seconds(2);
};

TEST_F(LatencyTest, FivePacketsASecondReachTheReaderPromptly) {
    expect_prompt([](Traffic& traffic) { traffic.send_paced(udp_frame(), 6, std::chrono::milliseconds(200)); });
}

TEST_F(LatencyTest, ABurstReachesTheReaderPromptly) {
    expect_prompt([](Traffic& traffic) { traffic.send(udp_frame(1000), 1000); });
}

}  // namespace
}  // namespace xdpsift::e2e
