// SPDX-License-Identifier: BSD-2-Clause
#include "cli/number_list.h"

#include <gmock/gmock.h>

#include <string>

namespace xdpsift::cli {
namespace {

using ::testing::HasSubstr;

// "53 80-90": the numbers of a set as ranges; or the error.
template <std::size_t N>
std::string numbers_of(const Result<NumberSet<N>>& set) {
    if (!set) {
        EXPECT_EQ(set.error().status, ExitStatus::usage);
        return set.error().message;
    }
    std::string out;
    for (std::size_t i = 0; i < N; ++i) {
        if (!set->numbers[i]) continue;
        const std::size_t first = i;
        while (i + 1 < N && set->numbers[i + 1]) ++i;
        out += (out.empty() ? "" : " ") + std::to_string(first) + (i == first ? "" : "-" + std::to_string(i));
    }
    return out;
}

struct Case {
    const char* list;
    const char* expected;
};

TEST(PortList, AcceptsNumbersAndRanges) {
    const Case cases[] = {{"80", "80"},
                          {"0", "0"},
                          {"65535", "65535"},
                          {"0-65535", "0-65535"},
                          {"53,80-90", "53 80-90"},
                          {" 53 , 80 - 90 ", "53 80-90"},
                          {"80-90,85-95,96", "80-96"},
                          {"7-7", "7"},
                          {"0080", "80"}};
    for (const auto& [list, expected] : cases) EXPECT_EQ(numbers_of(parse_port_list("--port", list)), expected) << list;
    EXPECT_EQ(parse_port_list("--port", "90, 53")->text, "90,53");
}

TEST(PortList, Refuses) {
    const Case cases[] = {
        {"", "--port: the list is empty"},
        {",80", "--port: an entry of the list is empty"},
        {"80,", "--port: an entry of the list is empty"},
        {"65536", "--port: \"65536\": a port is a number from 0 to 65535, or a range like 1-9"},
        {"80-65536", "\"80-65536\": a port is a number from 0 to 65535"},
        {"-1", "\"-1\": a port is a number"},
        {"1-", "\"1-\": a port is a number"},
        {"1-2-3", "\"1-2-3\": a port is a number"},
        {"+80", "\"+80\": a port is a number"},
        {"0x50", "\"0x50\": a port is a number"},
        {"90-80", "\"90-80\": the range ends before it begins"},
        {"http", "\"http\": a port is a number from 0 to 65535, or a range like 1-9; names are not looked up"},
        {"18446744073709551617", "a port is a number"},
    };
    for (const auto& [list, expected] : cases)
        EXPECT_THAT(numbers_of(parse_port_list("--port", list)), HasSubstr(expected)) << list;
}

TEST(ProtocolList, AcceptsNamesAndNumbers) {
    const Case cases[] = {{"tcp", "6"},
                          {"TCP,Udp", "6 17"},
                          {"icmp,icmpv6", "1 58"},
                          {"ipv6-icmp", "58"},
                          {"icmp6", "58"},
                          {"sctp,gre,esp,ah", "47 50-51 132"},
                          {"igmp,ospf,pim,vrrp", "2 89 103 112"},
                          {"dccp,udplite,ipip,ipv6,l2tp", "4 33 41 115 136"},
                          {"0-255", "0-255"},
                          {"6,17", "6 17"}};
    for (const auto& [list, expected] : cases)
        EXPECT_EQ(numbers_of(parse_protocol_list("--proto", list)), expected) << list;
}

TEST(ProtocolList, Refuses) {
    const Case cases[] = {
        {"256", "--proto: \"256\": a protocol is a number from 0 to 255, or a range like 1-9, or a name like tcp"},
        {"ip", "or a name like tcp"},
        {"tcpp", "did you mean tcp?"},
        {"icpmv6", "did you mean icmpv6?"},
        {"tcp-udp", "a protocol is a number"},
        {"tcp,,udp", "an entry of the list is empty"},
    };
    for (const auto& [list, expected] : cases)
        EXPECT_THAT(numbers_of(parse_protocol_list("--proto", list)), HasSubstr(expected)) << list;
}

TEST(VlanList, HasItsOwnRange) {
    EXPECT_EQ(numbers_of(parse_vlan_list("--vlan", "0,100-102,4095")), "0 100-102 4095");
    EXPECT_EQ(numbers_of(parse_vlan_list("--vlan", "4096")),
              "--vlan: \"4096\": a VLAN id is a number from 0 to 4095, or a range like 1-9");
}

TEST(NumberLists, HostileInputIsBounded) {
    for (const char c : {'x', '\0', '-', '9', '\xff', ' '}) {
        const auto message = numbers_of(parse_port_list("--port", std::string(10'000'000, c)));
        EXPECT_LT(message.size(), 600u) << c;
        EXPECT_THAT(message, HasSubstr("--port: "));
        EXPECT_LT(numbers_of(parse_protocol_list("--proto", std::string(10'000'000, c))).size(), 600u);
    }
    // A million ranges of 65536 ports: bounded work for each, bounded text.
    std::string wide = "0-65535";
    for (int i = 1; i < 1'000'000; ++i) wide += ",0-65535";
    const auto set = parse_port_list("--port", wide);
    ASSERT_TRUE(set);
    EXPECT_TRUE(set->numbers.all());
    EXPECT_THAT(set->text, ::testing::EndsWith(",... (1000000 entries)"));
    EXPECT_LT(set->text.size(), 4200u);
}

}  // namespace
}  // namespace xdpsift::cli
