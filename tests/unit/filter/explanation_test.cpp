// SPDX-License-Identifier: BSD-2-Clause
#include "cli/explanation.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "filters.h"

namespace xdpsift::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Result<LoadedProgram> kLoaded = LoadedProgram{false, 300, 1234};
const Result<LoadedProgram> kNotLoaded = fail(ExitStatus::not_permitted, "CAP_BPF missing");

Explanation explained(const FilterOptions& options, const Result<LoadedProgram>& program = kLoaded) {
    const auto out = explain(options, test::compiled(options), program);
    if (!out) throw std::runtime_error(out.error().message);
    return *out;
}

TEST(Explanation, GoesFromTheWordsToTheKernel) {
    auto options = test::with_port(53);
    options.expression = "ip";
    const auto one = explained(options);
    EXPECT_EQ(one.filter, "port 53 and (ip)");
    EXPECT_EQ(one.matches, Matches::some);
    EXPECT_TRUE(one.optimised);
    EXPECT_THAT(one.classic, ElementsAre("(000) ldh      [12]", "(001) jeq      #0x800           jt 2\tjf 3",
                                         "(002) ret      #262144", "(003) ret      #0"));
    ASSERT_GT(one.translation.size(), 5u);
    EXPECT_EQ(one.translation.front(), "   0: goto the sampler");
    EXPECT_THAT(one.translation, testing::Contains(HasSubstr("r0 = *(u16 *)(r2 +12)")));
    EXPECT_THAT(one.translation, testing::Contains(HasSubstr(" 0x800 goto pc+")));
    EXPECT_TRUE(one.on_copy.empty());
}

TEST(Explanation, ShowsTheWayToFurtherFragmentsWhereTheKernelHasThem) {
    const auto options = test::with_expression("ip");
    const auto with = explained(options, LoadedProgram{true, 300, 1234});
    EXPECT_GT(with.on_copy.size(), 5u);
    EXPECT_THAT(explanation_text(with), HasSubstr("first fragment does not suffice"));
    EXPECT_THAT(explanation_text(explained(options)), Not(HasSubstr("fragment does not suffice")));
    const auto json = nlohmann::json::parse(explanation_json(with));
    EXPECT_EQ(json["translation"]["on_copy"]["instructions"], with.on_copy.size());
}

TEST(Explanation, SaysWhatMatchesWithoutAPacket) {
    EXPECT_EQ(explained({}).matches, Matches::everything);
    EXPECT_EQ(explained(test::with_expression("ip and ip6")).matches, Matches::nothing);
    EXPECT_EQ(explained(test::with_expression("ether[0] >= 0")).matches, Matches::some) << "an empty frame has none";
    EXPECT_EQ(explained(test::with_expression("ip or not ip")).matches, Matches::everything);
    auto both = test::with_port(53);
    both.expression = "ip or not ip";
    EXPECT_EQ(explained(both).matches, Matches::some);
    both.expression = "ip and ip6";
    EXPECT_EQ(explained(both).matches, Matches::nothing);
    EXPECT_THAT(explanation_text(explained(test::with_expression("ip and ip6"))), HasSubstr("No packet can match"));
    EXPECT_THAT(explanation_text(explained({})), HasSubstr("Every packet matches"));
}

TEST(Explanation, InJsonHasTheManualsShape) {
    const auto json = nlohmann::json::parse(explanation_json(explained(test::with_expression("udp port 53"))));
    EXPECT_EQ(json["filter"], "udp port 53");
    EXPECT_EQ(json["options"], "");
    EXPECT_EQ(json["expression"], "udp port 53");
    EXPECT_EQ(json["matches"], "some");
    EXPECT_EQ(json["classic"]["optimised"], true);
    EXPECT_EQ(json["classic"]["instructions"], json["classic"]["listing"].size());
    EXPECT_TRUE(json["translation"]["on_copy"].is_null());
    EXPECT_EQ(json["translation"]["instructions"], json["translation"]["listing"].size());
    EXPECT_EQ(json["program"], nlohmann::json({{"instructions", 300}, {"verified", 1234}, {"reason", nullptr}}));
    EXPECT_EQ(json["caveats"][0]["about"], "fragments");
}

TEST(Explanation, WithoutAnExpressionHasNoPrograms) {
    const auto json = nlohmann::json::parse(explanation_json(explained(test::with_port(53))));
    EXPECT_EQ(json["options"], "port 53");
    EXPECT_TRUE(json["classic"].is_null());
    EXPECT_TRUE(json["translation"].is_null());
}

TEST(Explanation, HasAReasonInPlaceOfCountsWhereNothingCouldBeLoaded) {
    const auto one = explained(test::with_expression("udp"), kNotLoaded);
    const auto json = nlohmann::json::parse(explanation_json(one));
    EXPECT_TRUE(json["program"]["verified"].is_null());
    EXPECT_EQ(json["program"]["reason"], "CAP_BPF missing");
    EXPECT_GT(json["translation"]["instructions"], 5);
    EXPECT_THAT(explanation_text(one), HasSubstr("unknown: CAP_BPF missing"));
}

}  // namespace
}  // namespace xdpsift::cli
