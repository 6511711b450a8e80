// SPDX-License-Identifier: BSD-2-Clause
#include "write/file_names.h"

#include <gtest/gtest.h>

#include <vector>

namespace xdpsift::test {
namespace {

using write::FileNames;

std::tm at(int hour, int minute) {
    std::tm time{};
    time.tm_year = 125;
    time.tm_mon = 2;
    time.tm_mday = 4;
    time.tm_hour = hour;
    time.tm_min = minute;
    return time;
}

// The names of files begun at these times, all kept.
std::vector<std::string> names(const std::string& pattern, const std::vector<std::tm>& times, bool rotating = true) {
    auto file_names = FileNames::from(pattern, rotating);
    EXPECT_TRUE(file_names) << pattern;
    std::vector<std::string> result;
    for (const auto& time : times) result.push_back(file_names->next(time, result));
    return result;
}

using Names = std::vector<std::string>;

TEST(FileNames, WithoutRotationThePatternIsTheName) {
    EXPECT_EQ(names("x.pcapng", {at(1, 2)}, false), Names{"x.pcapng"});
    EXPECT_EQ(names("/var/%Y/%m-%d/x_%H%M%S.pcapng", {at(1, 2)}, false), Names{"/var/2025/03-04/x_010200.pcapng"});
}

TEST(FileNames, PlainNamesAreNumberedFromTheFirst) {
    const std::vector<std::tm> twice{at(1, 2), at(1, 2)};
    EXPECT_EQ(names("x.pcapng", twice), (Names{"x_00001.pcapng", "x_00002.pcapng"}));
    EXPECT_EQ(names("x", twice), (Names{"x_00001", "x_00002"}));
    EXPECT_EQ(names("a.b/x", twice), (Names{"a.b/x_00001", "a.b/x_00002"}));
    EXPECT_EQ(names("a/.x", twice), (Names{"a/.x_00001", "a/.x_00002"}));
    EXPECT_EQ(names("a.b/x.tar.gz", twice), (Names{"a.b/x.tar_00001.gz", "a.b/x.tar_00002.gz"}));
}

TEST(FileNames, ANewExpansionIsTakenAsItIs) {
    EXPECT_EQ(names("x_%H%M.pcapng", {at(1, 2), at(1, 3), at(1, 3), at(1, 3), at(1, 4), at(1, 2)}),
              (Names{"x_0102.pcapng", "x_0103.pcapng", "x_0103_00003.pcapng", "x_0103_00004.pcapng", "x_0104.pcapng",
                     "x_0102_00006.pcapng"}));
}

TEST(FileNames, ADeletedFilesNameIsNotUsedAgainAtOnce) {
    auto file_names = FileNames::from("x_%H.pcapng", true);
    ASSERT_TRUE(file_names);
    EXPECT_EQ(file_names->next(at(1, 0), {}), "x_01.pcapng");
    EXPECT_EQ(file_names->next(at(1, 1), {}), "x_01_00002.pcapng");
    EXPECT_EQ(file_names->next(at(2, 1), {}), "x_02.pcapng");
}

TEST(FileNames, ANumberNeverNamesAFileInUse) {
    EXPECT_EQ(names("x%M_%S.pcapng", {at(1, 0), at(1, 0), at(1, 0)}),
              (Names{"x00_00.pcapng", "x00_00_00002.pcapng", "x00_00_00003.pcapng"}));
    auto file_names = FileNames::from("x.pcapng", true);
    const Names in_use{"x_00001.pcapng", "x_00002.pcapng"};
    EXPECT_EQ(file_names->next(at(1, 0), in_use), "x_00003.pcapng");
}

TEST(FileNames, PerCentSigns) {
    EXPECT_EQ(names("100%%.pcapng", {at(1, 2)}, false), Names{"100%.pcapng"});
    EXPECT_EQ(names("%%Y%%%Y", {at(1, 2)}, false), Names{"%Y%2025"});
    EXPECT_EQ(names("100%%.pcapng", {at(1, 2), at(1, 2)}), (Names{"100%_00001.pcapng", "100%_00002.pcapng"}));
    EXPECT_EQ(names("\u00fcber_%Y.pcapng", {at(1, 2)}, false), Names{"\u00fcber_2025.pcapng"});
}

TEST(FileNames, UnclearPatternsAreRefused) {
    for (const char* pattern : {"100%.pcapng", "x%", "%%%", "%n", "%Ey", "% d", "%5d"}) {
        const auto file_names = FileNames::from(pattern, false);
        ASSERT_FALSE(file_names) << pattern;
        EXPECT_EQ(file_names.error().status, ExitStatus::usage);
        EXPECT_NE(file_names.error().message.find(pattern), std::string::npos);
    }
    EXPECT_FALSE(FileNames::from("", false));
}

TEST(FileNames, FolderIsThatOfTheFileAndCommonFolderThatOfAllFiles) {
    struct Case {
        const char* pattern;
        const char* folder;
        const char* common;
    };
    const Case cases[] = {{"x.pcapng", ".", "."},
                          {"%F.pcapng", ".", "."},
                          {"/x.pcapng", "/", "/"},
                          {"/a/b/x-%H.pcapng", "/a/b", "/a/b"},
                          {"/a/b-%H/c/x.pcapng", "/a/b-12/c", "/a"},
                          {"%H/x.pcapng", "12", "."},
                          {"a%%b/x", "a%b", "."}};
    for (const auto& [pattern, folder, common] : cases) {
        const auto file_names = FileNames::from(pattern, true);
        ASSERT_TRUE(file_names) << pattern;
        EXPECT_EQ(file_names->folder(at(12, 0)), folder) << pattern;
        EXPECT_EQ(file_names->common_folder(), common) << pattern;
    }
}

}  // namespace
}  // namespace xdpsift::test
