// SPDX-License-Identifier: BSD-2-Clause
// The blocks of pcapng, byte by byte.
#include "write/pcapng.h"

#include <gtest/gtest.h>

#include <bit>

#include "capture_reader.h"
#include "samples.h"

namespace xdpsift::test {
namespace {

using write::Buffer;

Buffer section(const write::FileDescription& description) {
    Buffer buffer;
    write::pcapng::append_section_header(buffer, description);
    for (const auto& interface : description.interfaces)
        write::pcapng::append_interface(buffer, interface, description.os);
    return buffer;
}

std::string hex(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
        text += "0123456789abcdef"[static_cast<unsigned>(byte) >> 4];
        text += "0123456789abcdef"[static_cast<unsigned>(byte) & 15];
    }
    return text;
}

TEST(Pcapng, EnhancedPacketByteByByte) {
    if constexpr (std::endian::native == std::endian::big) GTEST_SKIP() << "the expected bytes are little-endian";
    const std::vector<std::byte> data{std::byte{0xaa}, std::byte{0xbb}, std::byte{0xcc}, std::byte{0xdd},
                                      std::byte{0xee}};
    Buffer buffer;
    write::pcapng::append_packet(buffer, {.time_ns = 0x1122334455667788,
                                          .packet_id = 0x0003000000000009,
                                          .dropped_before = 0x102,
                                          .frame_len = 60,
                                          .interface_id = 1,
                                          .queue = 5,
                                          .data = data});
    EXPECT_EQ(hex(buffer.bytes()),
              "06000000"
              "54000000"
              "01000000"
              "44332211"
              "88776655"
              "05000000"
              "3c000000"                  // to the original length
              "aabbccddee000000"          // the packet, padded
              "0200040001000000"          // epb_flags: inbound
              "040008000201000000000000"  // epb_dropcount
              "050008000900000000000300"  // epb_packetid
              "0600040005000000"          // epb_queue
              "00000000"
              "54000000");
}

TEST(Pcapng, SectionAndInterfaceSayWhatTheyAreGiven) {
    auto description = sample_description(2);
    description.interfaces[1].snaplen = 128;
    const auto capture = read_pcapng(section(description).bytes());
    ASSERT_EQ(capture.error, "");
    EXPECT_EQ(capture.section,
              (Options{{1, "xdpsift capture -i eth0"}, {2, "a test machine"}, {3, "Linux 6.1.0"}, {4, "xdpsift 0.1"}}));
    ASSERT_EQ(capture.interfaces.size(), 2u);
    EXPECT_EQ(capture.interfaces[0].link_type, 1);
    EXPECT_EQ(capture.interfaces[0].snaplen, 262144u);
    EXPECT_EQ(capture.interfaces[1].snaplen, 128u);
    EXPECT_EQ(capture.interfaces[1].options, (Options{{1, "selectorAlgorithm=4 samplingProbability=0.01"},
                                                      {2, "eth1"},
                                                      {3, "an interface"},
                                                      {6, std::string("\2\0\0\0\0\1", 6)},
                                                      {9, "\x09"},
                                                      {11, std::string(1, '\0') + "proto udp and port 53"},
                                                      {12, "Linux 6.1.0"}}));
}

TEST(Pcapng, WhatIsNotKnownIsLeftOut) {
    write::FileDescription description;
    description.interfaces.emplace_back();
    const auto capture = read_pcapng(section(description).bytes());
    ASSERT_EQ(capture.error, "");
    EXPECT_TRUE(capture.section.empty());
    ASSERT_EQ(capture.interfaces.size(), 1u);
    EXPECT_EQ(capture.interfaces[0].options, (Options{{9, "\x09"}}));
}

TEST(Pcapng, LongTextIsCutBetweenCharacters) {
    for (std::size_t lead = 0; lead < 4; ++lead) {
        std::string text(65531 + lead, 'x');
        for (int i = 0; i < 4; ++i) text += "\U0001F980";  // four bytes each
        auto description = sample_description();
        description.comment = description.hardware = text;
        description.interfaces[0].name = text;
        description.interfaces[0].filter = text;
        const auto capture = read_pcapng(section(description).bytes());
        ASSERT_EQ(capture.error, "");
        // 65535 bytes at most, and the last character whole.
        const std::size_t kept = lead == 0 ? 65535 : 65531 + lead;
        EXPECT_EQ(capture.section.at(1), text.substr(0, kept)) << lead;
        EXPECT_EQ(capture.interfaces[0].options.at(2), text.substr(0, kept)) << lead;
        // One byte less for the filter, whose first byte says that it is text.
        EXPECT_EQ(capture.interfaces[0].options.at(11), '\0' + text.substr(0, 65531 + lead)) << lead;
    }
}

TEST(Pcapng, TextOfEveryLengthIsPadded) {
    for (const std::size_t length : {1u, 2u, 3u, 4u, 5u, 65532u, 65533u, 65534u, 65535u}) {
        auto description = sample_description();
        description.comment = std::string(length, 'c');
        const auto capture = read_pcapng(section(description).bytes());
        ASSERT_EQ(capture.error, "") << length;
        EXPECT_EQ(capture.section.at(1).size(), length);
    }
}

TEST(Pcapng, PacketsOfEveryPaddingAndTheLargest) {
    Buffer buffer = section(sample_description(3));
    const std::vector<std::size_t> sizes{0, 1, 2, 3, 4, 5, 63, 1514, 65471, 65472};
    std::vector<std::vector<std::byte>> frames;
    for (const std::size_t size : sizes) frames.emplace_back(size, std::byte{0x5a});
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        Record record = sample_record(i, frames[i], static_cast<std::uint32_t>(i % 3));
        record.frame_len = 70000;
        const std::size_t before = buffer.size();
        write::pcapng::append_packet(buffer, record);
        EXPECT_EQ(buffer.size() - before, write::pcapng::packet_size(record));
        const auto block = write::pcapng::block_at(buffer.data() + before);
        EXPECT_EQ(block.size, buffer.size() - before);
        EXPECT_TRUE(block.is_packet);
        EXPECT_EQ(block.interface_id, i % 3);
    }
    const auto capture = read_pcapng(buffer.bytes());
    ASSERT_EQ(capture.error, "");
    ASSERT_EQ(capture.packets.size(), sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const auto& packet = capture.packets[i];
        EXPECT_EQ(packet.data, std::string(sizes[i], '\x5a'));
        EXPECT_EQ(packet.original_length, 70000u);
        EXPECT_EQ(packet.time_ns, kStartNs + i * 1000);
        EXPECT_EQ(packet.interface_id, i % 3);
        EXPECT_EQ(number(packet.options.at(2)), 1u);
        EXPECT_EQ(number(packet.options.at(5)), std::uint64_t{3} << 48 | (i + 1));
        EXPECT_EQ(number(packet.options.at(6)), i % 4);
        ASSERT_EQ(packet.options.count(4), i % 3 == 2 ? 1u : 0u) << "drops are told only where there were any";
        if (i % 3 == 2) {
            EXPECT_EQ(number(packet.options.at(4)), i);
        }
    }
}

TEST(Pcapng, CapturedLengthNeverExceedsTheOriginal) {
    Buffer buffer = section(sample_description());
    const auto frame = udp_frame(100);
    Record record = sample_record(0, frame);
    record.frame_len = 60;
    write::pcapng::append_packet(buffer, record);
    const auto capture = read_pcapng(buffer.bytes());
    ASSERT_EQ(capture.error, "");
    EXPECT_EQ(capture.packets.at(0).original_length, 100u);
}

TEST(Pcapng, StatisticsCarryTheLedger) {
    Buffer buffer = section(sample_description(2));
    write::InterfaceStatistics statistics{
        .start_ns = kStartNs, .end_ns = kStartNs + 5'000'000'000, .ledger = {}, .comment = "seen=10 matched=9"};
    statistics.ledger.seen = 10;
    statistics.ledger.matched = 9;
    statistics.ledger.ring_lost = 0x1'0000'0002;
    statistics.ledger.written = 7;
    write::pcapng::append_statistics(buffer, 1, statistics);
    const auto capture = read_pcapng(buffer.bytes());
    ASSERT_EQ(capture.error, "");
    ASSERT_EQ(capture.statistics.size(), 1u);
    const auto& read = capture.statistics[0];
    EXPECT_EQ(read.interface_id, 1u);
    EXPECT_EQ(read.time_ns, statistics.end_ns);
    EXPECT_EQ(read.options.size(), 7u);
    EXPECT_EQ(read.options.at(1), "seen=10 matched=9");
    EXPECT_EQ(time_of(read.options.at(2)), statistics.start_ns);
    EXPECT_EQ(time_of(read.options.at(3)), statistics.end_ns);
    EXPECT_EQ(number(read.options.at(4)), 10u);
    EXPECT_EQ(number(read.options.at(6)), 9u);
    EXPECT_EQ(number(read.options.at(7)), 0x1'0000'0002u);
    EXPECT_EQ(number(read.options.at(8)), 7u);
}

}  // namespace
}  // namespace xdpsift::test
