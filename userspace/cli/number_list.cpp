// SPDX-License-Identifier: BSD-2-Clause
#include "cli/number_list.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "cli/list_entries.h"
#include "cli/quoted.h"
#include "cli/suggest.h"

namespace xdpsift::cli {
namespace {

struct ProtocolName {
    std::string_view name;
    unsigned number;
};

// https://www.iana.org/assignments/protocol-numbers; "ip" is left out, since some read it as 0, others as 4.
constexpr ProtocolName kProtocols[] = {
    {"hopopt", 0},     {"icmp", 1},    {"igmp", 2},        {"ipip", 4},       {"ipv4", 4},       {"ipencap", 4},
    {"tcp", 6},        {"egp", 8},     {"igp", 9},         {"udp", 17},       {"rdp", 27},       {"dccp", 33},
    {"ipv6", 41},      {"sdrp", 42},   {"ipv6-route", 43}, {"ipv6-frag", 44}, {"rsvp", 46},      {"gre", 47},
    {"esp", 50},       {"ah", 51},     {"icmpv6", 58},     {"icmp6", 58},     {"ipv6-icmp", 58}, {"ipv6-nonxt", 59},
    {"ipv6-opts", 60}, {"eigrp", 88},  {"ospf", 89},       {"ospfigp", 89},   {"etherip", 97},   {"pim", 103},
    {"ipcomp", 108},   {"vrrp", 112},  {"carp", 112},      {"pgm", 113},      {"l2tp", 115},     {"isis", 124},
    {"sctp", 132},     {"fc", 133},    {"mobility", 135},  {"udplite", 136},  {"udp-lite", 136}, {"mpls-in-ip", 137},
    {"hip", 139},      {"shim6", 140}, {"rohc", 142},      {"ethernet", 143}};

std::optional<unsigned> protocol_number(std::string_view name) {
    std::string lower(name);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    for (const auto& [known, number] : kProtocols)
        if (known == lower) return number;
    return std::nullopt;
}

// What kind of number a list holds.
struct Kind {
    const char* one;  // "a port"
    unsigned largest;
    bool protocol_names;
};

// Empty where it is no number in range.
std::optional<unsigned> parse_number(std::string_view text, const Kind& kind) {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || stop != end || error != std::errc() || value > kind.largest) return std::nullopt;
    return value;
}

std::string why_not(std::string_view entry, const Kind& kind) {
    const std::string range = fmt::format("{} is a number from 0 to {}, or a range like 1-9", kind.one, kind.largest);
    const bool a_word = entry.find_first_not_of("0123456789-+. \t") != std::string_view::npos;
    if (kind.protocol_names) {
        std::vector<std::string> names;
        for (const auto& protocol : kProtocols) names.emplace_back(protocol.name);
        const auto name = closest(entry, names);
        return range + ", or a name like tcp" + (name ? ": did you mean " + *name + "?" : "");
    }
    return range + (a_word ? "; names are not looked up" : "");
}

template <std::size_t N>
Result<NumberSet<N>> parse_list(std::string_view option, std::string_view text, const Kind& kind) {
    const auto refuse = [option](std::string why) {
        return fail(ExitStatus::usage, fmt::format("{}: {}", option, std::move(why)));
    };
    if (trimmed(text).empty()) return refuse("the list is empty");
    // Where ranges begin and end, so that a list of many wide ranges costs no more than its length.
    std::vector<int> change(N + 1, 0);
    std::string written;
    std::size_t entries = 0;
    bool more = true;
    for (std::string_view rest = text; more; ++entries) {
        more = rest.find(',') != std::string_view::npos;
        const auto entry = next_entry(rest);
        if (entry.empty()) return refuse("an entry of the list is empty");
        if (!written.empty()) written += ',';
        written += entry;

        auto first = kind.protocol_names ? protocol_number(entry) : std::nullopt;
        auto last = first;
        if (!first) {
            const auto dash = entry.find('-');
            first = parse_number(trimmed(entry.substr(0, dash)), kind);
            last = dash == std::string_view::npos ? first : parse_number(trimmed(entry.substr(dash + 1)), kind);
        }
        if (!first || !last) return refuse(in_quotes(entry) + ": " + why_not(entry, kind));
        if (*last < *first) return refuse(in_quotes(entry) + ": the range ends before it begins");
        ++change[*first];
        --change[*last + 1];
    }
    NumberSet<N> set;
    int open_ranges = 0;
    for (std::size_t number = 0; number < N; ++number) set.numbers[number] = (open_ranges += change[number]) > 0;
    set.text = list_text(std::move(written), entries);
    return set;
}

}  // namespace

Result<NumberSet<65536>> parse_port_list(std::string_view option, std::string_view text) {
    return parse_list<65536>(option, text, {"a port", 65535, false});
}

Result<NumberSet<256>> parse_protocol_list(std::string_view option, std::string_view text) {
    return parse_list<256>(option, text, {"a protocol", 255, true});
}

Result<NumberSet<4096>> parse_vlan_list(std::string_view option, std::string_view text) {
    return parse_list<4096>(option, text, {"a VLAN id", 4095, false});
}

}  // namespace xdpsift::cli
