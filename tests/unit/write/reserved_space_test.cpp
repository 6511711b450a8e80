// SPDX-License-Identifier: BSD-2-Clause
// On the file system of the temporary folder; a tmpfs has nothing to reserve.
#include "write/reserved_space.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "temporary_folder.h"
#include "write/file_sink.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::test {
namespace {

using write::FileSink;
using write::ReservedSpace;
constexpr std::uint64_t kChunk = ReservedSpace::kChunkBytes;

std::uint64_t disk_bytes(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}
std::uint64_t file_bytes(const std::string& path) { return std::filesystem::file_size(path); }

class ReservedSpaceTest : public testing::Test {
   protected:
    void SetUp() override {
        struct statfs status {};
        ASSERT_EQ(::statfs(folder_.path().c_str(), &status), 0);
        const UniqueFd probe(::open((folder_ / "probe").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        if (status.f_type == TMPFS_MAGIC || ::fallocate(probe.get(), FALLOC_FL_KEEP_SIZE, 0, 4096) != 0)
            GTEST_SKIP() << "the file system of " << folder_.path() << " reserves nothing (fallocate)";
        sink_ = std::move(*FileSink::open(path_));
    }
    void write(std::uint64_t bytes) {
        const std::vector<std::byte> data(bytes, std::byte{0x5a});
        const auto took = sink_->write(data);
        ASSERT_TRUE(took && *took == bytes);
    }

    TemporaryFolder folder_;
    const std::string path_ = folder_ / "x";
    std::unique_ptr<write::Sink> sink_;
};

TEST_F(ReservedSpaceTest, StandsAheadOfALargeFileAndGoesWithItsEnd) {
    write(kChunk - 10);
    EXPECT_LT(disk_bytes(path_), kChunk + kChunk / 2) << "a small file has some";
    write(20);
    EXPECT_EQ(file_bytes(path_), kChunk + 10);
    EXPECT_GE(disk_bytes(path_), 2 * kChunk);
    write(kChunk);
    EXPECT_GE(disk_bytes(path_), 3 * kChunk);
    ASSERT_TRUE(sink_->close());
    EXPECT_EQ(file_bytes(path_), 2 * kChunk + 10);
    EXPECT_LT(disk_bytes(path_), 2 * kChunk + kChunk / 2);
    for (const auto byte : TemporaryFolder::contents(path_)) ASSERT_EQ(byte, std::byte{0x5a});
}

TEST_F(ReservedSpaceTest, GoesOnAfterACut) {
    write(3 * kChunk);
    ASSERT_TRUE(sink_->cut_back(kChunk + 5));
    EXPECT_LT(disk_bytes(path_), 2 * kChunk);
    write(kChunk);
    EXPECT_GE(disk_bytes(path_), 3 * kChunk);
    ASSERT_TRUE(sink_->close());
    EXPECT_EQ(file_bytes(path_), 2 * kChunk + 5);
    EXPECT_LT(disk_bytes(path_), 2 * kChunk + kChunk / 2);
}

// As `>>` shares one: what others wrote stays, and what is beyond is theirs.
TEST_F(ReservedSpaceTest, StandardOutputGetsNone) {
    const UniqueFd saved(::dup(STDOUT_FILENO));
    const UniqueFd file(::open((folder_ / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    ::fflush(stdout);
    ::dup2(file.get(), STDOUT_FILENO);
    auto sink = FileSink::open("-");
    ::dup2(saved.get(), STDOUT_FILENO);
    ASSERT_TRUE(sink);
    sink_ = std::move(*sink);
    write(2 * kChunk + 10);
    EXPECT_LT(disk_bytes(folder_ / "out"), 2 * kChunk + kChunk / 2);
}

TEST(ReservedSpace, IsNoErrorWhereThereIsNone) {
    const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    ReservedSpace space(null.get());
    space.cover(null.get(), 10 * kChunk);
    space.cut(kChunk);
    space.give_back(null.get());
    ReservedSpace nothing;
    nothing.cover(-1, 10 * kChunk);
    nothing.give_back(-1);
}

}  // namespace
}  // namespace xdpsift::test
