// SPDX-License-Identifier: BSD-2-Clause
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "charts/bar_chart.h"
#include "charts/comparison_charts.h"

namespace xdpsift::charts {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// What is wrong with it as XML, of the subset that the charts are written in; empty: nothing.
std::string malformed(const std::string& text) {
    std::vector<std::string> open;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '&' && text.find(';', at) - at > 5) return "a bare & at " + std::to_string(at);
        if (text[at] != '<') {
            at++;
            continue;
        }
        const auto end = text.find('>', at);
        if (end == std::string::npos) return "a tag without an end";
        const std::string tag = text.substr(at + 1, end - at - 1);
        if (tag.find('<') != std::string::npos) return "a bare < in " + tag;
        if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return "an open quote in " + tag;
        const std::string name = tag.substr(tag.front() == '/', tag.find_first_of(" /", 1) - (tag.front() == '/'));
        if (tag.front() == '/') {
            if (open.empty() || open.back() != tag.substr(1)) return "</" + tag.substr(1) + "> closes nothing";
            open.pop_back();
        } else if (tag.back() != '/') {
            open.push_back(name);
        }
        at = end + 1;
    }
    return open.empty() ? "" : open.back() + " is left open";
}

BarChart chart() {
    return {"A < B & \"C\"",  "of <these>",
            "10 & more",      "ns",
            {"path", "tool"}, {{"a&b", {10, 5}, 14, 16, true}, {"c", {30}, 30, 30}}};
}

TEST(BarChart, IsWellFormedWhateverItIsCalled) {
    EXPECT_EQ(malformed(svg(chart())), "");
    EXPECT_EQ(malformed(svg({})), "");
    EXPECT_THAT(svg(chart()), HasSubstr("<title>A &lt; B &amp; &quot;C&quot;</title>"));
}

TEST(BarChart, ShowsEachValueWithItsInterval) {
    const auto picture = svg(chart());
    EXPECT_THAT(picture, HasSubstr(">15 [14 16]</text>"));
    EXPECT_THAT(picture, HasSubstr(">30</text>"));
    EXPECT_THAT(picture, HasSubstr("class=\"ours1\""));
}

TEST(BarChart, NeedsNothingFromOutsideAndKnowsTheNight) {
    auto picture = svg(chart());
    EXPECT_THAT(picture, HasSubstr("prefers-color-scheme:dark"));
    for (const char* outside : {"href", "url(", "@import", "<script", "<image"})
        EXPECT_THAT(picture, Not(HasSubstr(outside)));
}

TEST(BarChart, WhatLiesBelowZeroStaysOnThePicture) {
    BarChart below;
    below.bars = {{"a", {-5}, -20, 10}, {"b", {100}, 90, 110}};
    const auto picture = svg(below);
    EXPECT_EQ(malformed(picture), "");
    EXPECT_THAT(picture, HasSubstr(">-5 [-20 10]</text>"));
    EXPECT_THAT(picture, HasSubstr("<line x1=\"130.0\""));  // the lowest end is the axis' left end
    EXPECT_THAT(picture, Not(HasSubstr("width=\"-")));
}

TEST(BarChart, TheAxisHasRoundSteps) {
    EXPECT_DOUBLE_EQ(axis_step(100, 5), 20);
    EXPECT_DOUBLE_EQ(axis_step(1171, 6), 200);
    EXPECT_DOUBLE_EQ(axis_step(0.3, 6), 0.05);
    EXPECT_DOUBLE_EQ(axis_step(59, 6), 10);
}

json estimate(double value) { return {{"median", value}, {"low", value - 1}, {"high", value + 1}, {"runs", 10}}; }

json series(const char* name, const char* scenario, bool captures) {
    json figures{{"pps", estimate(5e5)},
                 {"path_ns", estimate(1000)},
                 {"total_ns", estimate(captures ? 1200 : 1000)},
                 {"added_ns", captures ? estimate(200) : json()},
                 {"cpu_ns", captures ? estimate(200) : json()},
                 {"lost", captures ? json{{"median", 0}, {"low", 0}, {"high", 0}, {"runs", 10}} : json()}};
    return {{"name", name}, {"scenario", scenario}, {"figures", std::move(figures)}};
}

json comparison(std::uint64_t rate) {
    json all = json::array({series("nothing", "idle", false), series("xdpsift", "all", true),
                            series("tcpdump", "all", true), series("xdpsift", "none", true)});
    json panel{{"title", "same core"}, {"placement", "same"}, {"sizes", "64"},
               {"snaplen", 128},       {"rate_pps", rate},    {"count", 1000},
               {"rounds", 10},         {"thrown_away", 2},    {"series", std::move(all)}};
    return {{"panels", json::array({std::move(panel)})}};
}

std::vector<std::string> names(const std::vector<NamedChart>& all) {
    std::vector<std::string> out;
    for (const auto& each : all) out.push_back(each.name);
    return out;
}

TEST(ComparisonCharts, OneForEachFigureThatSaysSomething) {
    const auto paced = comparison_charts(comparison(1000)), unpaced = comparison_charts(comparison(0));
    ASSERT_TRUE(paced && unpaced);
    EXPECT_THAT(names(*paced), ElementsAre("same-64-128-all-cost", "same-64-128-all-added", "same-64-128-all-tool",
                                           "same-64-128-none-cost", "same-64-128-none-added", "same-64-128-none-tool"));
    EXPECT_THAT(names(*unpaced), ElementsAre("same-64-128-all-cost", "same-64-128-all-added", "same-64-128-all-tool",
                                             "same-64-128-all-pps", "same-64-128-none-cost", "same-64-128-none-added",
                                             "same-64-128-none-tool", "same-64-128-none-pps"));
}

TEST(ComparisonCharts, TheCostIsThePathAndTheTool) {
    const auto charts = comparison_charts(comparison(0)).value();
    const auto& bars = charts.front().chart.bars;
    ASSERT_EQ(bars.size(), 3U);
    EXPECT_EQ(bars[0].label, "nothing");
    EXPECT_THAT(bars[1].parts, ElementsAre(1000, 200));
    EXPECT_TRUE(bars[1].ours);
    EXPECT_FALSE(bars[2].ours);
    EXPECT_EQ(charts[2].chart.bars.size(), 2U);
    EXPECT_THAT(charts.front().chart.detail, HasSubstr("runs thrown away for stolen CPU time: 2"));
    for (const auto& each : charts) EXPECT_EQ(malformed(svg(each.chart)), "") << each.name;
}

TEST(ComparisonCharts, OtherJsonIsAnError) {
    EXPECT_FALSE(comparison_charts(json::object()));
    EXPECT_FALSE(comparison_charts(json{{"panels", {{{"title", 5}}}}}));
}

}  // namespace
}  // namespace xdpsift::charts
