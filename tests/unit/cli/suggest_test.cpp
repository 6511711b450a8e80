// SPDX-License-Identifier: BSD-2-Clause
#include "cli/suggest.h"

#include <gtest/gtest.h>

namespace xdpsift::cli {
namespace {

TEST(Suggest, FindsTheNearest) {
    const std::vector<std::string> names = {"eth0", "eth1", "wlan0", "enp3s0", "lo"};
    EXPECT_EQ(closest("eht0", names), "eth0");
    EXPECT_EQ(closest("eth2", names), "eth0");  // the first of equals
    EXPECT_EQ(closest("wlan", names), "wlan0");
    EXPECT_EQ(closest("ENP3S0", names), "enp3s0");
    EXPECT_EQ(closest("enp3s", names), "enp3s0");
    EXPECT_EQ(closest("l0", names), "lo");
    EXPECT_EQ(closest("eth1", names), "eth1");
}

TEST(Suggest, HoldsBackWhereNothingIsNear) {
    const std::vector<std::string> names = {"eth0", "lo"};
    EXPECT_EQ(closest("bond0", names), std::nullopt);
    EXPECT_EQ(closest("", names), std::nullopt);
    EXPECT_EQ(closest("x", {"y"}), std::nullopt);
    EXPECT_EQ(closest("eth0", {}), std::nullopt);
    EXPECT_EQ(closest(std::string(1'000'000, 'e'), names), std::nullopt);
    EXPECT_EQ(closest("eth0", {"", std::string(1'000'000, 'e')}), std::nullopt);
}

TEST(Suggest, MakesASentence) {
    EXPECT_EQ(did_you_mean("natve", {"auto", "native"}), ": did you mean native?");
    EXPECT_EQ(did_you_mean("zzzz", {"auto", "native"}), "");
}

}  // namespace
}  // namespace xdpsift::cli
