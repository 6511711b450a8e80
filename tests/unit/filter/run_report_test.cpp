// SPDX-License-Identifier: BSD-2-Clause
#include "cli/run_report.h"

#include <gmock/gmock.h>

namespace xdpsift::cli {
namespace {

using testing::HasSubstr;

TEST(RunReport, InJsonIsOneLine) {
    RunReport report;
    report.packets = 3;
    report.frames = {1, 3};
    report.skipped = {{2, "cut"}};
    EXPECT_EQ(run_json(report), R"({"packets":3,"matched":2,"frames":[1,3],"skipped":[{"frame":2,"why":"cut"}]})"
                                "\n");
    EXPECT_EQ(run_json({}), "{\"packets\":0,\"matched\":0,\"frames\":[],\"skipped\":[]}\n");
}

TEST(RunReport, AddsLibpcapsWordAndWhatWentWrong) {
    RunReport report;
    report.verification = Verification{7, {{4, true}, {5, false}}, {{6, "loops"}}};
    report.error = "cut short";
    EXPECT_THAT(run_json(report),
                HasSubstr(R"("verify":{"compared":7,"differ":[{"frame":4,"kernel":false,"libpcap":true},)"
                          R"({"frame":5,"kernel":true,"libpcap":false}],)"
                          R"("unverified":[{"frame":6,"why":"loops"}]},"error":"cut short"})"));
    const auto text = run_text(report);
    EXPECT_THAT(text, HasSubstr("libpcap differs on 2 of 7 frames"));
    EXPECT_THAT(text, HasSubstr("       4  libpcap lets it through, and the kernel does not"));
    EXPECT_THAT(text, HasSubstr("       5  libpcap rejects it, and the kernel does not"));
    EXPECT_THAT(text, HasSubstr("       6  loops"));
}

TEST(RunReport, AsTextIsATableAndItsSum) {
    EXPECT_EQ(frame_table_head() + frame_table_line(7, 1'700'000'000'000'000'123, 98, 98) +
                  frame_table_line(12345678, 0, 1514, 60),
              "   frame  time (UTC)                     length\n"
              "       7  2023-11-14 22:13:20.000000123  98\n"
              "12345678  1970-01-01 00:00:00.000000000  1514 (60 captured)\n");
    RunReport report;
    report.packets = 1;
    report.frames = {1};
    report.verification = Verification{1, {}, {}};
    EXPECT_EQ(run_text(report), "1 of 1 packet match\nlibpcap agrees on each of 1 frame that it was asked about\n");
}

}  // namespace
}  // namespace xdpsift::cli
