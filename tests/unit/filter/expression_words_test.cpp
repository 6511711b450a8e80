// SPDX-License-Identifier: BSD-2-Clause
#include "cli/expression_words.h"

#include <gmock/gmock.h>

namespace xdpsift::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> texts(std::string_view expression) {
    std::vector<std::string> out;
    for (const auto& word : expression_words(expression)) out.push_back(word.text);
    return out;
}

std::vector<std::string> names(std::string_view expression) { return names_to_resolve(expression_words(expression)); }

TEST(ExpressionWords, AreThoseOfLibpcapsGrammar) {
    EXPECT_THAT(texts("tcp port 80"), ElementsAre("tcp", "port", "80"));
    EXPECT_THAT(texts("not(ip6 or\tvlan 5)"), ElementsAre("not", "(", "ip6", "or", "vlan", "5", ")"));
    EXPECT_THAT(texts("tcp[0:2]&0x3f!=0"), ElementsAre("tcp", "[", "0", ":", "2", "]", "&", "0x3f", "!", "=", "0"));
    EXPECT_THAT(texts("host vlan-1"), ElementsAre("host", "vlan-1"));
    EXPECT_THAT(texts("host fe80::1"), ElementsAre("host", "fe80::1"));
    EXPECT_THAT(texts("net 2001:db8::/32"), ElementsAre("net", "2001:db8::", "/", "32"));
    EXPECT_THAT(texts("ether host 2:0:0:0:0:1"), ElementsAre("ether", "host", "2:0:0:0:0:1"));
    EXPECT_THAT(texts("len - 14 > 3"), ElementsAre("len", "-", "14", ">", "3"));
    EXPECT_THAT(texts(""), IsEmpty());
}

TEST(ExpressionWords, BehindABackslashIsNoKeyword) {
    const auto words = expression_words("host \\vlan and ip proto \\tcp");
    ASSERT_EQ(words.size(), 6u);
    EXPECT_EQ(words[1].text, "vlan");
    EXPECT_FALSE(words[1].is("vlan"));
    EXPECT_FALSE(words[5].is("tcp"));
    EXPECT_TRUE(words[0].is("host"));
}

TEST(ExpressionWords, KnowWhatIsIndexed) {
    const auto words = expression_words("tcp[tcpflags] & tcp-syn != 0 and udp");
    EXPECT_TRUE(words.front().indexed);
    EXPECT_EQ(words[2].brackets, 1);
    EXPECT_FALSE(words.back().indexed);
    EXPECT_EQ(words.back().brackets, 0);
}

TEST(NamesToResolve, AreThoseOfHostsAndNetworks) {
    EXPECT_THAT(names("host example.org"), ElementsAre("example.org"));
    EXPECT_THAT(names("src host a-b and dst net loopback or a-b"), ElementsAre("a-b", "loopback"));
    EXPECT_THAT(names("host vlan-1"), ElementsAre("vlan-1"));
    EXPECT_THAT(names("src server and port http"), ElementsAre("server"));
    EXPECT_THAT(names("host \\vlan"), ElementsAre("vlan"));
    EXPECT_THAT(names("host cafe.de"), ElementsAre("cafe.de"));
}

TEST(NamesToResolve, AreNotNumbersAddressesPortsAndProtocols) {
    for (const auto* expression :
         {"host 192.0.2.1 or net 10/8", "host fe80::1", "ether host 2:0:0:0:0:1", "ether src 02-00-00-00-00-01",
          "ether dst 0200.0000.0001", "ether host 0200000000ab", "port http", "tcp dst port domain or https",
          "ip proto \\udp", "tcp[tcpflags] & (tcp-syn|tcp-ack) != 0", "icmp[icmptype] == icmp-echo", "len > 100",
          "icmp6[icmp6type] = icmp6-echo", "vlan 5 and mpls 7 and ip6", "portrange ftp-data-http", "greater 0x10"})
        EXPECT_THAT(names(expression), IsEmpty()) << expression;
}

}  // namespace
}  // namespace xdpsift::cli
