// SPDX-License-Identifier: BSD-2-Clause
#include "compare/figures.h"

#include <gtest/gtest.h>

namespace xdpsift::compare {
namespace {

// 1,000 packets offered, 990 received, 900 captured; 3 us in the path and 2 us in the tool for each that arrived.
Run run() {
    Run out;
    out.offered = 1000;
    out.received = 990;
    out.offered_pps = 5e5;
    out.path_s = 990 * 3e-6;
    CaptureReport capture;
    capture.counts.packets = 902;
    capture.counts.distinct = 900;
    capture.counts.missing = 100;
    capture.counts.duplicates = 2;
    capture.own.lost = 77;
    capture.startup_s = 0.5;
    capture.user_s = 0.4 + 990 * 1e-6;
    capture.system_s = 0.1 + 990 * 1e-6;
    out.capture = capture;
    return out;
}

double value(const char* name, Scenario scenario) { return figure(name).of(scenario, run()); }

TEST(Figures, LossIsWhatTheInterfaceHadAndTheFileHasNot) {
    EXPECT_EQ(value("lost", Scenario::all), 90);
    EXPECT_EQ(value("not_received", Scenario::all), 10);
    EXPECT_EQ(value("duplicates", Scenario::all), 2);
}

TEST(Figures, OfASampleTheToolItselfSaysWhatItLost) { EXPECT_EQ(value("lost", Scenario::sample), 77); }

TEST(Figures, TheStartIsNoPartOfAPacketsPrice) {
    EXPECT_NEAR(value("cpu_ns", Scenario::none), 2000, 1e-6);
    EXPECT_NEAR(value("cpu_ns", Scenario::all), 2000.0 * 990 / 902, 1e-6);
    EXPECT_NEAR(value("path_ns", Scenario::all), 3000, 1e-6);
    EXPECT_NEAR(value("total_ns", Scenario::all), 5000, 1e-6);
}

TEST(Figures, WithoutACaptureOnlyThePathIsThere) {
    Series series{{"nothing", Scenario::idle, nullptr, "", false}, {run(), run()}};
    for (auto& each : series.runs) each.capture.reset();
    EXPECT_EQ(estimate(series, figure("cpu_ns")).runs, 0U);
    EXPECT_EQ(estimate(series, figure("path_ns")).runs, 2U);
    EXPECT_NEAR(estimate(series, figure("total_ns")).value, 3000, 1e-6);
}

TEST(Figures, RatiosAreOursByTheirs) {
    const Series ours{{"a", Scenario::all, nullptr, "", false}, {run(), run(), run()}};
    Series theirs = ours;
    for (auto& each : theirs.runs) each.path_s *= 2;
    EXPECT_NEAR(ratio(ours, theirs, figure("path_ns")).value, 0.5, 1e-9);
}

TEST(Figures, OurSeriesIsThatOfTheDefaultRing) {
    const auto& peers = known_peers();
    Panel panel;
    panel.series.push_back({{"xdpsift-bpf", Scenario::all, &peers[1], "", false}, {}});
    panel.series.push_back({{"xdpsift", Scenario::all, &peers[0], "", false}, {}});
    EXPECT_EQ(own_series(panel, Scenario::all), &panel.series[1]);
    EXPECT_EQ(own_series(panel, Scenario::none), nullptr);
}

TEST(StealFilter, RunsAboveTheLimitAreDoneAgainUpToABound) {
    StealFilter filter(0.01, 2);
    EXPECT_EQ(filter.judge(0), StealFilter::Verdict::keep);
    EXPECT_EQ(filter.judge(0.01), StealFilter::Verdict::keep);
    EXPECT_EQ(filter.judge(0.011), StealFilter::Verdict::repeat);
    EXPECT_EQ(filter.judge(0.5), StealFilter::Verdict::repeat);
    EXPECT_EQ(filter.judge(0.5), StealFilter::Verdict::leave_out);
    EXPECT_EQ(filter.judge(0.005), StealFilter::Verdict::keep);
    EXPECT_EQ(filter.thrown_away(), 3U);
}

TEST(Conditions, NamesAreReadAsTheyAreWritten) {
    for (const auto scenario : {Scenario::idle, Scenario::all, Scenario::none, Scenario::sample})
        EXPECT_EQ(parse_scenario(name_of(scenario)).value(), scenario);
    for (const auto placement : {Placement::same, Placement::apart})
        EXPECT_EQ(parse_placement(name_of(placement)).value(), placement);
    EXPECT_FALSE(parse_scenario("some"));
    EXPECT_FALSE(parse_placement("near"));
    Conditions conditions;
    EXPECT_EQ(title_of(conditions), "same core, 64 bytes, snaplen 128, as fast as it goes");
    conditions.placement = Placement::apart;
    conditions.sizes = generator::parse_size_mix("imix").value();
    conditions.snaplen = 0;
    conditions.rate_pps = 5;
    EXPECT_EQ(title_of(conditions), "cores apart, imix, whole packets, 5 a second");
}

}  // namespace
}  // namespace xdpsift::compare
