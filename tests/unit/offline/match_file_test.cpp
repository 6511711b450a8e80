// SPDX-License-Identifier: BSD-2-Clause
#include "offline/match_file.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <vector>

#include "harness/judges.h"
#include "harness/pcapng_reader.h"
#include "harness/scratch.h"

namespace xdpsift::offline {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kTime_ns = 1'700'000'000'123'456'789;

write::FileDescription description() {
    write::FileDescription file{"a machine", "Linux", "xdpsift", "a command", {}};
    file.interfaces.push_back(
        {.name = {}, .description = "packets", .filter = "udp", .selection = {}, .mac = {}, .snaplen = 65'535});
    return file;
}

class MatchFileTest : public testing::Test {
   protected:
    harness::ScratchFolder folder_;
    std::string path_ = (folder_.path() / "out.pcapng").string();
};

TEST_F(MatchFileTest, KeepsTimesBothLengthsAndNothingThatIsNotKnown) {
    auto file = MatchFile::open(path_, description());
    ASSERT_TRUE(file) << file.error().message;
    for (std::uint32_t size = 0; size < 70; ++size) {
        const std::vector<std::uint8_t> data(size, static_cast<std::uint8_t>(size));
        ASSERT_TRUE(file->write({kTime_ns + size, 100, data}));
    }
    ASSERT_TRUE(file->finish());
    EXPECT_TRUE(harness::judges_accept(path_, 70));
    const auto read = harness::read_pcapng(path_);
    ASSERT_EQ(read.interfaces.size(), 1u);
    EXPECT_EQ(read.interfaces[0].snaplen, 65'535u);
    EXPECT_FALSE(read.interfaces[0].options.has(harness::kIfMacAddr));
    EXPECT_EQ(read.interfaces[0].options.text(harness::kIfFilter), std::string("\0udp", 4));
    ASSERT_EQ(read.packets.size(), 70u);
    for (std::uint32_t size = 0; size < 70; ++size) {
        EXPECT_EQ(read.packets[size].time_ns, kTime_ns + size);
        EXPECT_EQ(read.packets[size].original_len, 100u);
        EXPECT_EQ(read.packets[size].data, std::vector<std::uint8_t>(size, static_cast<std::uint8_t>(size)));
        EXPECT_TRUE(read.packets[size].options.all.empty());
    }
}

TEST_F(MatchFileTest, ThatCannotBeWrittenSaysSoAtOnce) {
    EXPECT_THAT(MatchFile::open("/dev/full", description()).error().message, HasSubstr("No space left on device"));
    EXPECT_THAT(MatchFile::open((folder_.path() / "absent" / "out").string(), description()).error().message,
                HasSubstr("No such file or directory"));
    EXPECT_EQ(MatchFile::open(folder_.path().string(), description()).error().status, ExitStatus::failed);
}

}  // namespace
}  // namespace xdpsift::offline
