// SPDX-License-Identifier: BSD-2-Clause
#include "compare/capture_file.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "compare/sequence_count.h"
#include "load_frames.h"

namespace xdpsift::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

struct Read {
    Result<std::uint64_t> bytes;
    std::vector<std::optional<std::uint64_t>> numbers;
};

Read read(const std::string& file) {
    Read out;
    out.bytes = visit_packets(file, [&](auto packet) { out.numbers.push_back(sequence_of(packet)); });
    std::filesystem::remove(file);
    return out;
}

TEST(CaptureFile, FindsThePacketsOfAPcap) {
    const auto got =
        read(FileBytes().pcap_header().pcap_packet(load_frame(7)).pcap_packet(load_frame(8, 99)).write("a"));
    ASSERT_TRUE(got.bytes) << got.bytes.error().message;
    EXPECT_EQ(*got.bytes, 24U + 16 + 64 + 16 + 99);
    EXPECT_THAT(got.numbers, ElementsAre(Optional(7U), Optional(8U)));
}

TEST(CaptureFile, FindsThePacketsOfAPcapngAmongOtherBlocks) {
    const auto got = read(FileBytes()
                              .section_header()
                              .interface()
                              .packet_block(load_frame(1, 65))
                              .interface()
                              .packet_block(load_frame(2))
                              .write("b"));
    ASSERT_TRUE(got.bytes) << got.bytes.error().message;
    EXPECT_THAT(got.numbers, ElementsAre(Optional(1U), Optional(2U)));
}

TEST(CaptureFile, AFileWithoutPacketsIsWhole) {
    EXPECT_TRUE(read(FileBytes().pcap_header().write("c")).bytes);
    EXPECT_TRUE(read(FileBytes().section_header().interface().write("d")).bytes);
}

TEST(CaptureFile, ALastPacketThatIsCutShortIsAnError) {
    const auto pcap =
        read(FileBytes().pcap_header().pcap_packet(load_frame(1)).pcap_packet(load_frame(2)).write("e", 1));
    ASSERT_FALSE(pcap.bytes);
    EXPECT_THAT(pcap.bytes.error().message, HasSubstr("no whole packet at byte 104"));
    EXPECT_THAT(pcap.numbers, ElementsAre(Optional(1U)));
    const auto pcapng = read(FileBytes().section_header().interface().packet_block(load_frame(1)).write("f", 4));
    ASSERT_FALSE(pcapng.bytes);
    EXPECT_THAT(pcapng.bytes.error().message, HasSubstr("no whole block at byte 48"));
}

TEST(CaptureFile, WhatIsNoCaptureIsSaid) {
    EXPECT_FALSE(read(FileBytes().u32(1).u32(2).u32(3).u32(4).u32(5).u32(6).write("g")).bytes);
    EXPECT_FALSE(read(FileBytes().write("h")).bytes);
    EXPECT_FALSE(visit_packets("/nonexistent", [](auto) {}));
}

}  // namespace
}  // namespace xdpsift::compare
