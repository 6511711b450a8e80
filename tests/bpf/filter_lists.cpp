// SPDX-License-Identifier: BSD-2-Clause
#include "bpf/filter_lists.h"

#include <arpa/inet.h>

#include <algorithm>
#include <stdexcept>

namespace xdpsift::bpf {

namespace {

// Either family as bytes in network order; the size tells which.
std::vector<std::uint8_t> parse_address(const std::string& text) {
    const bool v6 = text.find(':') != std::string::npos;
    std::vector<std::uint8_t> bytes(v6 ? 16 : 4);
    if (inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1)
        throw std::invalid_argument("address: " + text);
    return bytes;
}

std::uint32_t to_ipv4(const std::vector<std::uint8_t>& bytes) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return value;
}

Ipv6Address to_ipv6(const std::vector<std::uint8_t>& bytes) {
    Ipv6Address address;
    std::copy_n(bytes.begin(), address.size(), address.begin());
    return address;
}

std::uint32_t successor(std::uint32_t address) { return address + 1; }
Ipv6Address successor(Ipv6Address address) {
    for (std::size_t i = address.size(); i-- > 0;)
        if (++address[i] != 0) break;
    return address;
}

template <typename Range>
void join(std::vector<Range>& ranges) {
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    std::vector<Range> out;
    for (const Range& range : ranges) {
        // The successor of the very last address is the first one, which no later range starts at.
        if (!out.empty() && (range.first <= out.back().last || range.first == successor(out.back().last)))
            out.back().last = std::max(out.back().last, range.last);
        else
            out.push_back(range);
    }
    ranges = std::move(out);
}

}  // namespace

void normalise(AddressSet& set) {
    join(set.v4);
    join(set.v6);
}

AddressSet addresses(const std::vector<std::string>& entries) {
    AddressSet set;
    for (const std::string& entry : entries) {
        const auto mark = entry.find_first_of("/-");
        std::vector<std::uint8_t> first = parse_address(entry.substr(0, mark));
        std::vector<std::uint8_t> last = first;
        if (mark != std::string::npos && entry[mark] == '-') last = parse_address(entry.substr(mark + 1));
        if (mark != std::string::npos && entry[mark] == '/') {
            for (std::size_t bit = std::stoul(entry.substr(mark + 1)); bit < first.size() * 8; ++bit) {
                const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
                first[bit / 8] = static_cast<std::uint8_t>(first[bit / 8] & ~mask);
                last[bit / 8] = static_cast<std::uint8_t>(last[bit / 8] | mask);
            }
        }
        if (first.size() == 4)
            set.v4.push_back({to_ipv4(first), to_ipv4(last)});
        else
            set.v6.push_back({to_ipv6(first), to_ipv6(last)});
        set.text += set.text.empty() ? entry : "," + entry;
    }
    normalise(set);
    return set;
}

}  // namespace xdpsift::bpf
