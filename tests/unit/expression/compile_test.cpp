// SPDX-License-Identifier: BSD-2-Clause
#include "expression/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace xdpsift::expression {
namespace {

using testing::HasSubstr;

TEST(Compile, WhatLibpcapRefusesForAFileIsRefusedInItsWords) {
    const std::pair<const char*, const char*> cases[] = {
        {"inbound", "inbound/outbound not supported"},
        {"udp or outbound", "inbound/outbound not supported"},
        {"ifindex 3", "ifindex not supported"},
        // What only its optimiser sees.
        {"ip or len / (len & 0) = 0", "division by zero"},
        {"arp or len % (len * 0) = 5", "modulus by zero"},
        {"len << (31 + 1) = 0 or ip", "shift by more than 31 bits"},
        {"tcp port 80 an udp", "syntax error"},
    };
    for (const auto& [expression, words] : cases) {
        const auto compiled = compile(expression);
        ASSERT_FALSE(compiled) << expression;
        EXPECT_EQ(compiled.error().status, ExitStatus::usage);
        EXPECT_THAT(compiled.error().message, HasSubstr(words));
    }
}

// libpcap refuses the former too; here it is told, and runs.
TEST(Compile, TellsWhereNoPacketMattersOrEveryOne) {
    for (const std::string nothing : {"ip and ip6", "tcp and udp"}) {
        const auto compiled = compile(nothing);
        ASSERT_TRUE(compiled) << compiled.error().message;
        EXPECT_EQ(compiled->verdict, OnlyVerdict::rejects) << nothing;
        EXPECT_FALSE(compiled->program.empty());
    }
    const auto all = compile("ip or not ip");
    ASSERT_TRUE(all);
    EXPECT_EQ(all->verdict, OnlyVerdict::accepts);
    const auto some = compile("udp port 53");
    ASSERT_TRUE(some);
    EXPECT_EQ(some->verdict, OnlyVerdict::depends);
    EXPECT_TRUE(some->optimised);
}

TEST(Compile, WithoutTheOptimiserAProgramIsAsLibpcapFirstMadeIt) {
    const auto plain = compile("ip and ip", {.optimise = false});
    ASSERT_TRUE(plain);
    EXPECT_FALSE(plain->optimised);
    EXPECT_GT(plain->program.size(), compile("ip and ip")->program.size());
}

}  // namespace
}  // namespace xdpsift::expression
