// SPDX-License-Identifier: BSD-2-Clause
// The structured filter as the user asked for it: lists joined by OR inside, by AND between them.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xdpsift {

// Inclusive ranges; IPv4 in host byte order, IPv6 in network byte order (compares as it sorts).
struct Ipv4Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    bool operator==(const Ipv4Range&) const = default;
};
using Ipv6Address = std::array<std::uint8_t, 16>;
struct Ipv6Range {
    Ipv6Address first{};
    Ipv6Address last{};
    bool operator==(const Ipv6Range&) const = default;
};

// A list of addresses. Ranges are sorted, disjoint and not adjacent.
struct AddressSet {
    std::vector<Ipv4Range> v4;
    std::vector<Ipv6Range> v6;
    std::string text;  // as the user wrote it
};

// A list of numbers below N: ports, protocols, VLAN ids.
template <std::size_t N>
struct NumberSet {
    std::bitset<N> numbers;
    std::string text;  // as the user wrote it
};

// A field without a value is not asked for. A packet matches when it satisfies every field that is.
struct Filter {
    std::optional<AddressSet> src, dst, host;
    std::optional<NumberSet<65536>> sport, dport, port;
    std::optional<NumberSet<256>> proto;
    std::optional<NumberSet<4096>> vlan;

    // "src 10.0.0.0/8 and port 53,80-90"; empty when everything matches.
    std::string text() const {
        std::string out;
        const auto add = [&out](const char* name, const auto& field) {
            if (!field) return;
            if (!out.empty()) out += " and ";
            out += name;
            out += ' ';
            out += field->text;
        };
        add("src", src);
        add("dst", dst);
        add("host", host);
        add("sport", sport);
        add("dport", dport);
        add("port", port);
        add("proto", proto);
        add("vlan", vlan);
        return out;
    }
};

}  // namespace xdpsift
