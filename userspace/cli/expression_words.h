// SPDX-License-Identifier: BSD-2-Clause
// A pcap-filter(7) expression as the words that libpcap reads in it: "vlan" is a word in `vlan 5`, and none in
// `host vlan-1` or `host \vlan`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xdpsift::cli {

struct ExpressionWord {
    std::string text;      // a name, a number, an address, or a sign: ( ) [ ] ! & | < > = + - * / % ^ : ,
    bool escaped = false;  // behind a backslash: a name, even where it reads like a keyword
    bool indexed = false;  // a "[" follows: tcp[...]
    int brackets = 0;      // how many are open around it

    bool is(std::string_view keyword) const { return !escaped && text == keyword; }
};

// The expression is one that libpcap takes.
std::vector<ExpressionWord> expression_words(std::string_view expression);

// Those that are looked up: names of hosts and networks, each once, in the order in which they stand.
std::vector<std::string> names_to_resolve(const std::vector<ExpressionWord>& words);

}  // namespace xdpsift::cli
