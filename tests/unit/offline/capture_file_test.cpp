// SPDX-License-Identifier: BSD-2-Clause
#include "offline/capture_file.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "harness/pcap_bytes.h"
#include "harness/scratch.h"

namespace xdpsift::offline {
namespace {

using harness::pcap_bytes;
using harness::PcapFormat;
using testing::HasSubstr;

class CaptureFileTest : public testing::Test {
   protected:
    std::string file(const std::string& bytes) { return harness::write_file(folder_.path() / "in", bytes); }
    std::string refusal(const std::string& path) {
        const auto opened = CaptureFile::open(path);
        if (opened) return "none";
        EXPECT_EQ(opened.error().status, ExitStatus::usage);
        EXPECT_THAT(opened.error().message, HasSubstr(path));
        return opened.error().message;
    }
    harness::ScratchFolder folder_;
};

TEST_F(CaptureFileTest, HoldsTimesAndBothLengths) {
    for (const bool nanoseconds : {false, true}) {
        auto opened = CaptureFile::open(file(pcap_bytes(
            {{1'700'000'000, 123'456, 100, {1, 2, 3}}, {1'700'000'001, 0, 2, {4, 5}}}, {.nanoseconds = nanoseconds})));
        ASSERT_TRUE(opened) << opened.error().message;
        EXPECT_EQ(opened->snaplen(), 262'144u);
        auto packet = opened->next();
        ASSERT_TRUE(packet && *packet);
        EXPECT_EQ((*packet)->time_ns, 1'700'000'000'000'000'000u + (nanoseconds ? 123'456u : 123'456'000u));
        EXPECT_EQ((*packet)->frame_len, 100u);
        EXPECT_THAT((*packet)->data, testing::ElementsAre(1, 2, 3));
        packet = opened->next();
        ASSERT_TRUE(packet && *packet);
        EXPECT_THAT((*packet)->data, testing::ElementsAre(4, 5));
        packet = opened->next();
        ASSERT_TRUE(packet);
        EXPECT_FALSE(*packet);
    }
}

TEST_F(CaptureFileTest, ThatIsNoneIsRefused) {
    EXPECT_THAT(refusal((folder_.path() / "absent").string()), HasSubstr("No such file"));
    EXPECT_THAT(refusal(folder_.path().string()), HasSubstr("a folder is no capture"));
    EXPECT_THAT(refusal(file("")), HasSubstr("truncated"));
    EXPECT_THAT(refusal(file("#!/bin/sh\nexit 0\n# no capture at all\n")), HasSubstr("unknown file format"));
    EXPECT_THAT(refusal(file(pcap_bytes({}, {.link_type = 101}))), HasSubstr("no Ethernet frames but Raw IP"));
    EXPECT_THAT(refusal(file(pcap_bytes({}, {.link_type = 147}))), HasSubstr("no Ethernet frames"));
}

TEST_F(CaptureFileTest, ThatIsCutShortGivesWhatIsWholeFirst) {
    const auto whole =
        pcap_bytes({{1, 0, 60, std::vector<std::uint8_t>(60)}, {2, 0, 60, std::vector<std::uint8_t>(60)}});
    for (std::size_t missing = 1; missing < 76; ++missing) {
        auto opened = CaptureFile::open(file(whole.substr(0, whole.size() - missing)));
        ASSERT_TRUE(opened);
        auto packet = opened->next();
        ASSERT_TRUE(packet && *packet);
        packet = opened->next();
        ASSERT_FALSE(packet) << missing;
        EXPECT_EQ(packet.error().status, ExitStatus::usage);
        EXPECT_THAT(packet.error().message, HasSubstr("truncated dump file"));
    }
}

TEST_F(CaptureFileTest, IsKnownUnderEveryName) {
    const auto path = file(pcap_bytes({}));
    const auto link = (folder_.path() / "link").string();
    const auto hard = (folder_.path() / "hard").string();
    std::filesystem::create_symlink(path, link);
    std::filesystem::create_hard_link(path, hard);
    auto opened = CaptureFile::open(link);
    ASSERT_TRUE(opened);
    for (const auto& name : {path, link, hard, (folder_.path() / "." / "in").string()})
        EXPECT_TRUE(opened->is_same_file(name)) << name;
    EXPECT_FALSE(opened->is_same_file((folder_.path() / "absent").string()));
    EXPECT_FALSE(opened->is_same_file("/dev/null"));
}

}  // namespace
}  // namespace xdpsift::offline
