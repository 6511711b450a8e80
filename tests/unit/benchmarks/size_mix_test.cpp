// SPDX-License-Identifier: BSD-2-Clause
#include "generator/size_mix.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "generator/live_frames.h"

namespace xdpsift::generator {
namespace {

using testing::ElementsAre;

TEST(SizeMix, OneSize) {
    const auto mix = parse_size_mix("512");
    ASSERT_TRUE(mix);
    EXPECT_EQ(mix->name, "512");
    EXPECT_THAT(mix->slots, ElementsAre(512U));
    EXPECT_EQ(mix->largest(), 512U);
}

TEST(SizeMix, TheInternetMixIsSevenFourOne) {
    const auto mix = parse_size_mix("imix");
    ASSERT_TRUE(mix);
    EXPECT_EQ(std::count(mix->slots.begin(), mix->slots.end(), 64U), 7);
    EXPECT_EQ(std::count(mix->slots.begin(), mix->slots.end(), 576U), 4);
    EXPECT_EQ(std::count(mix->slots.begin(), mix->slots.end(), 1500U), 1);
    EXPECT_EQ(mix->slots.size(), 12U);
    EXPECT_EQ(mix->largest(), 1500U);
    EXPECT_NEAR(mix->average(), 354.33, 0.01);
    EXPECT_LE(mix->slots.size(), static_cast<std::size_t>(LOAD_TEMPLATES));
}

TEST(SizeMix, WhatNoFrameCanBeIsRefused) {
    for (const char* text : {"", "63", "1515", "64x", "-64", "mix", "99999999999999999999"})
        EXPECT_FALSE(parse_size_mix(text)) << text;
}

}  // namespace
}  // namespace xdpsift::generator
