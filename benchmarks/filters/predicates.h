// SPDX-License-Identifier: BSD-2-Clause
// What is asked of a packet, in each language, and the packets that are asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "xdpsift/filter.h"

namespace xdpsift::filters {

struct Packet {
    std::string name;
    bool matches = false;
    std::vector<std::byte> bytes;
};

struct Predicate {
    std::string name;              // for the table: the expression, unless it is too long
    std::string expression;        // pcap-filter(7)
    std::optional<Filter> filter;  // the structured options; none: they cannot say it
    std::string by_hand;           // program in by_hand.bpf.c
    std::vector<Packet> packets;
};

std::vector<Predicate> predicates();

// Of the long list: first addresses of networks of 256, host byte order.
std::vector<std::uint32_t> networks();

}  // namespace xdpsift::filters
