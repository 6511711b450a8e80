// SPDX-License-Identifier: BSD-2-Clause
#include "cli/list_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace xdpsift::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class ExpressionFileTest : public testing::Test {
   protected:
    void TearDown() override { std::filesystem::remove(path_); }
    std::string path_ = std::filesystem::temp_directory_path() / ("list_file_test." + std::to_string(::getpid()));
};

TEST_F(ExpressionFileTest, CommentsAreNoPartOfIt) {
    std::ofstream(path_) << "# resolvers\nudp # and no tcp\nport 53#\n#";
    const auto text = read_expression_file(path_);
    ASSERT_TRUE(text);
    EXPECT_EQ(*text, "           \nudp             \nport 53 \n ");
}

TEST_F(ExpressionFileTest, AFifoIsReadToItsEnd) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    std::thread writer([this] { std::ofstream(path_) << "udp " << std::flush << "port 53"; });
    const auto text = read_expression_file(path_);
    writer.join();
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, "udp port 53");
}

TEST_F(ExpressionFileTest, AFifoThatNobodyWritesToIsGivenUp) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const auto text = read_expression_file(path_, 50ms);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().status, ExitStatus::usage);
    EXPECT_THAT(text.error().message, HasSubstr("nobody has written to it for 0.05 s"));
    EXPECT_FALSE(read_list_file(path_, 50ms));
}

TEST_F(ExpressionFileTest, AWriterThatFallsSilentIsGivenUp) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const int both_ends = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_EQ(::write(both_ends, "udp", 3), 3);
    EXPECT_FALSE(read_expression_file(path_, 50ms));
    ::close(both_ends);
}

}  // namespace
}  // namespace xdpsift::cli
