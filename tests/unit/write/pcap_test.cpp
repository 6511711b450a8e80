// SPDX-License-Identifier: BSD-2-Clause
#include "write/pcap.h"

#include <gtest/gtest.h>

#include "capture_reader.h"
#include "samples.h"

namespace xdpsift::test {
namespace {

TEST(Pcap, HeaderAndPackets) {
    write::Buffer buffer;
    write::pcap::append_file_header(buffer, 0);
    EXPECT_EQ(buffer.size(), write::pcap::kFileHeaderSize);
    const std::vector<std::size_t> sizes{0, 1, 60, 1514, 65472};
    std::vector<std::vector<std::byte>> frames;
    for (const std::size_t size : sizes) frames.emplace_back(size, std::byte{0x33});
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        Record record = sample_record(i, frames[i]);
        record.frame_len += 10;
        const std::size_t before = buffer.size();
        write::pcap::append_packet(buffer, record);
        EXPECT_EQ(buffer.size() - before, write::pcap::packet_size(record));
        EXPECT_EQ(buffer.size() - before, write::pcap::packet_size_at(buffer.data() + before));
    }
    const auto capture = read_pcap(buffer.bytes());
    ASSERT_EQ(capture.error, "");
    EXPECT_EQ(capture.snaplen, 262144u);
    ASSERT_EQ(capture.packets.size(), sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        EXPECT_EQ(capture.packets[i].data, std::string(sizes[i], '\x33'));
        EXPECT_EQ(capture.packets[i].time_ns, kStartNs + i * 1000);
        EXPECT_EQ(capture.packets[i].original_length, sizes[i] + 10);
    }
}

TEST(Pcap, SnaplenAndSecondsBeyond2038) {
    write::Buffer buffer;
    write::pcap::append_file_header(buffer, 96);
    const auto frame = udp_frame(96);
    Record record = sample_record(0, frame);
    record.time_ns = 4'294'967'295'999'999'999;  // the last nanosecond that 32 bits of seconds hold
    record.frame_len = 1514;
    write::pcap::append_packet(buffer, record);
    const auto capture = read_pcap(buffer.bytes());
    ASSERT_EQ(capture.error, "");
    EXPECT_EQ(capture.snaplen, 96u);
    EXPECT_EQ(capture.packets.at(0).time_ns, record.time_ns);
    EXPECT_EQ(capture.packets.at(0).original_length, 1514u);
}

}  // namespace
}  // namespace xdpsift::test
