// SPDX-License-Identifier: BSD-2-Clause
#include "confine/as_confined.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "child.h"

namespace xdpsift::confine {
namespace {

using testing::HasSubstr;

// There is one on every system, and root is none without its capabilities.
constexpr const char* kOther = "nobody";

std::string effective_capabilities() {
    std::ifstream status("/proc/thread-self/status");
    std::string word;
    while (status >> word)
        if (word == "CapEff:") break;
    status >> word;
    return word;
}

class AsConfinedTest : public testing::Test {
   protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "only root becomes another user";
    }
};

TEST(FindUser, KnowsNamesAndNamesTheUnknown) {
    const auto root = find_user("root");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->uid, 0u);
    EXPECT_THAT(root->groups, testing::Contains(root->gid));
    const auto unknown = find_user("no-such-user");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().status, ExitStatus::usage);
    EXPECT_THAT(unknown.error().message, HasSubstr("no-such-user"));
}

TEST_F(AsConfinedTest, OpensFilesAsThatUserAndComesBack) {
    const TemporaryFolder folder;
    const auto user = find_user(kOther);
    ASSERT_TRUE(user);
    ASSERT_EQ(::chown(folder.path().c_str(), user->uid, user->gid), 0);
    const auto before = effective_capabilities();
    {
        const auto as_confined = AsConfined::begin(*user);
        ASSERT_TRUE(as_confined) << as_confined.error().message;
        EXPECT_EQ(effective_capabilities(), "0000000000000000");
        EXPECT_TRUE(as_confined->check_can_create_in(folder.path()));
        std::ofstream(folder.path() / "file") << "x";
    }
    EXPECT_EQ(::geteuid(), 0u);
    EXPECT_EQ(::getegid(), 0u);
    EXPECT_EQ(effective_capabilities(), before);
    struct stat status {};
    ASSERT_EQ(::stat((folder.path() / "file").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, user->uid);
    EXPECT_EQ(status.st_gid, user->gid);
}

TEST_F(AsConfinedTest, RootWithoutCapabilitiesMayNotWriteEverywhereAndIsToldWho) {
    const TemporaryFolder folder;
    const auto user = find_user(kOther);
    ASSERT_TRUE(user);
    ASSERT_EQ(::chown(folder.path().c_str(), user->uid, user->gid), 0);
    const auto as_confined = AsConfined::begin({});
    ASSERT_TRUE(as_confined);
    const auto checked = as_confined->check_can_create_in(folder.path());
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().message, HasSubstr(std::string("-Z ") + kOther));
}

}  // namespace
}  // namespace xdpsift::confine
