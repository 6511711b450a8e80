// SPDX-License-Identifier: BSD-2-Clause
#include "cli/expression_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>

namespace xdpsift::cli {
namespace {

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// Where a name, a number or an address ends that starts at `at`. Dashes and dots are part of it; colons only outside
// of brackets, where they stand in addresses and not between an offset and a size.
std::size_t word_end(std::string_view text, std::size_t at, bool in_brackets) {
    std::size_t end = at;
    for (; end < text.size(); end++) {
        const char c = text[end];
        const bool part = is_letter_or_digit(c) || c == '.' || c == '_' || c == '-' || (c == ':' && !in_brackets);
        if (!part) break;
    }
    // It ends with a letter or a digit; an address may end with colons.
    while (end > at + 1 && !is_letter_or_digit(text[end - 1]) && text[end - 1] != '.' && text[end - 1] != ':') end--;
    return end;
}

template <std::size_t N>
bool one_of(const ExpressionWord& word, const std::array<std::string_view, N>& names) {
    return !word.escaped && std::find(names.begin(), names.end(), word.text) != names.end();
}

// What the names behind them are names of.
constexpr std::array<std::string_view, 3> kOfHosts = {"host", "net", "gateway"};
constexpr std::array<std::string_view, 5> kOfOthers = {"port", "portrange", "proto", "protochain", "ifname"};
constexpr std::array<std::string_view, 2> kOfEither = {"src", "dst"};
// Words that libpcap knows itself.
constexpr std::array kKeywords = std::to_array<std::string_view>(
    {"src",   "dst",   "host",   "net",   "mask", "port",    "portrange", "proto",     "protochain", "gateway",
     "and",   "or",    "not",    "ether", "link", "fddi",    "tr",        "wlan",      "ppp",        "slip",
     "ip",    "ip6",   "arp",    "rarp",  "tcp",  "udp",     "sctp",      "icmp",      "icmp6",      "igmp",
     "igrp",  "pim",   "vrrp",   "carp",  "ah",   "esp",     "atalk",     "aarp",      "decnet",     "lat",
     "moprc", "mopdl", "iso",    "stp",   "ipx",  "netbeui", "broadcast", "multicast", "less",       "greater",
     "byte",  "len",   "length", "vlan",  "mpls", "pppoed",  "pppoes",    "geneve",    "inbound",    "outbound",
     "radio", "clnp",  "esis",   "es-is", "isis", "is-is",   "l1",        "l2",        "iih",        "lsp",
     "snp",   "csnp",  "psnp"});

// Names of numbers, as in `tcp[tcpflags] & tcp-syn != 0`.
bool is_named_number(const std::string& text) {
    static const std::regex named(
        "tcp-(fin|syn|rst|push|ack|urg|ece|cwr)"
        "|icmp-(echoreply|unreach|sourcequench|redirect|echo|routeradvert|routersolicit|timxceed|paramprob|tstamp"
        "|tstampreply|ireq|ireqreply|maskreq|maskreply)"
        "|icmp6-[a-z]+");
    return std::regex_match(text, named);
}

bool is_number_or_address(const std::string& text) {
    static const std::regex numeric(
        "0[xX][0-9a-fA-F]+|[0-9.]+"     // numbers, IPv4
        "|[0-9a-fA-F]*:[0-9a-fA-F:.]*"  // IPv6, MAC
        "|([0-9a-fA-F]{1,2}[.-]){5}[0-9a-fA-F]{1,2}|([0-9a-fA-F]{4}\\.){2}[0-9a-fA-F]{4}|[0-9a-fA-F]{12}");
    return std::regex_match(text, numeric);
}

}  // namespace

std::vector<ExpressionWord> expression_words(std::string_view expression) {
    std::vector<ExpressionWord> words;
    int brackets = 0;
    for (std::size_t at = 0; at < expression.size();) {
        const char c = expression[at];
        if (is_blank(c)) {
            at++;
            continue;
        }
        ExpressionWord word;
        word.brackets = brackets;
        if (c == '\\') {
            word.escaped = true;
            const auto end = std::min(expression.find_first_of(" !()\n\t", at), expression.size());
            word.text = expression.substr(at + 1, end - at - 1);
            at = end;
        } else if (is_letter_or_digit(c) || (c == ':' && brackets == 0)) {
            const auto end = word_end(expression, at, brackets > 0);
            word.text = expression.substr(at, end - at);
            at = end;
        } else {
            if (c == '[') {
                brackets++;
                if (!words.empty()) words.back().indexed = true;
            }
            if (c == ']') brackets--;
            word.text = c;
            at++;
        }
        words.push_back(std::move(word));
    }
    return words;
}

std::vector<std::string> names_to_resolve(const std::vector<ExpressionWord>& words) {
    std::vector<std::string> names;
    bool of_hosts = true;
    for (const auto& word : words) {
        if (one_of(word, kOfHosts) || one_of(word, kOfEither)) {
            of_hosts = true;
        } else if (one_of(word, kOfOthers)) {
            of_hosts = false;
        } else if (of_hosts && word.brackets == 0 && is_letter_or_digit(word.text.front()) &&
                   (word.escaped ||
                    (!one_of(word, kKeywords) && !is_number_or_address(word.text) && !is_named_number(word.text))) &&
                   std::find(names.begin(), names.end(), word.text) == names.end()) {
            names.push_back(word.text);
        }
    }
    return names;
}

}  // namespace xdpsift::cli
