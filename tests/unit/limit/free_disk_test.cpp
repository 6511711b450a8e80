// SPDX-License-Identifier: BSD-2-Clause
#include "limit/free_disk.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace xdpsift::limit {
namespace {

TEST(FreeDisk, TellsWhatTheFileSystemHasLeft) {
    const auto disk = Disk::open("/");
    ASSERT_TRUE(disk) << disk.error().message;
    const auto free = disk->free_bytes();
    ASSERT_TRUE(free) << free.error().message;
    // Both readings are of a system that goes on writing meanwhile.
    EXPECT_NEAR(static_cast<double>(*free), static_cast<double>(std::filesystem::space("/").available), 1e9);
}

TEST(FreeDisk, NamesAFolderThatIsNotThere) {
    const auto disk = Disk::open("/nonexistent/folder");
    ASSERT_FALSE(disk);
    EXPECT_NE(disk.error().message.find("/nonexistent/folder"), std::string::npos);
}

}  // namespace
}  // namespace xdpsift::limit
