// SPDX-License-Identifier: BSD-2-Clause
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/doctor_report.h"

namespace xdpsift::cli {
namespace {

using testing::HasSubstr;

const std::vector<Check> kMixed = {ok_check("kernel", "Linux 6.1"), warning_check("link", "down", "bring it up"),
                                   failed_check(ExitStatus::unavailable, "XDP hook", "taken", "free it")};

TEST(DoctorText, AlignsNamesAndPutsAdviceBelow) {
    EXPECT_EQ(doctor_text(kMixed),
              "ok       kernel    Linux 6.1\n"
              "warning  link      down\n"
              "                   -> bring it up\n"
              "failure  XDP hook  taken\n"
              "                   -> free it\n"
              "\n"
              "1 failure, 1 warning: a capture cannot run\n");
}

TEST(DoctorText, SaysThatACaptureCanRun) {
    EXPECT_THAT(doctor_text({ok_check("kernel", "Linux 6.1")}), HasSubstr("0 failures, 0 warnings: a capture can run"));
}

TEST(DoctorJson, HasEveryCheckAndTheVerdict) {
    const auto report = nlohmann::json::parse(doctor_json(kMixed));
    EXPECT_EQ(report["ok"], false);
    ASSERT_EQ(report["checks"].size(), 3u);
    EXPECT_EQ(report["checks"][0],
              nlohmann::json({{"name", "kernel"}, {"status", "ok"}, {"detail", "Linux 6.1"}, {"advice", ""}}));
    EXPECT_EQ(report["checks"][1]["status"], "warning");
    EXPECT_EQ(report["checks"][2]["status"], "failure");
    EXPECT_EQ(nlohmann::json::parse(doctor_json({kMixed[0], kMixed[1]}))["ok"], true);
}

TEST(DoctorJson, StaysJsonWhateverAProgramIsCalled) {
    const auto report = nlohmann::json::parse(doctor_json({ok_check("XDP hook", "\"\xff\n")}));
    EXPECT_THAT(report["checks"][0]["detail"].get<std::string>(), HasSubstr("\""));
}

}  // namespace
}  // namespace xdpsift::cli
