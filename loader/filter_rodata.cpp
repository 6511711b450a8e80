// SPDX-License-Identifier: BSD-2-Clause
#include "loader/filter_rodata.h"

#include <arpa/inet.h>

#include <bit>
#include <cstring>
#include <utility>

namespace xdpsift::loader {
namespace {

// 128-bit arithmetic on addresses; both compilers that we support have it.
__extension__ using Wide = unsigned __int128;

Wide to_wide(const Ipv6Address& address) {
    Wide value = 0;
    for (const auto byte : address) value = value << 8 | byte;
    return value;
}

int trailing_zeros(Wide value) {
    const auto lower = static_cast<std::uint64_t>(value);
    return lower != 0 ? std::countr_zero(lower) : 64 + std::countr_zero(static_cast<std::uint64_t>(value >> 64));
}

xs_prefix make_prefix(std::uint16_t list, std::uint16_t family, Wide address, int host_bits) {
    const int width = family == 4 ? 32 : 128;
    xs_prefix prefix{};
    prefix.prefix_len = static_cast<__u32>(XS_PREFIX_BITS + width - host_bits);
    prefix.list = list;
    prefix.family = family;
    for (int i = 0; i < width / 8; i++) prefix.address[i] = static_cast<__u8>(address >> (width - 8 - 8 * i));
    return prefix;
}

// Splits an inclusive range into the fewest prefixes.
void add_prefixes(std::uint16_t list, std::uint16_t family, Wide first, Wide last, std::vector<xs_prefix>& out) {
    const int width = family == 4 ? 32 : 128;
    const auto host_mask = [](int host_bits) { return host_bits == 128 ? ~Wide{0} : (Wide{1} << host_bits) - 1; };
    while (out.size() <= kMostPrefixes) {
        // The largest block that starts at `first`: bounded by its alignment and by what is left.
        int host_bits = first == 0 ? width : trailing_zeros(first);
        while (host_mask(host_bits) > last - first) host_bits--;
        out.push_back(make_prefix(list, family, first, host_bits));
        if (host_mask(host_bits) == last - first) return;
        first += host_mask(host_bits) + 1;
    }
}

void fill_list(const AddressSet& set, std::uint16_t list, std::size_t most_searched, xs_filter& out,
               std::vector<xs_prefix>& prefixes) {
    xs_address_list& target = out.addresses[list];
    if (set.v4.size() > most_searched) {
        target.v4_trie = 1;
        for (const auto& range : set.v4) add_prefixes(list, 4, range.first, range.last, prefixes);
    }
    if (set.v6.size() > most_searched) {
        target.v6_trie = 1;
        for (const auto& range : set.v6) add_prefixes(list, 6, to_wide(range.first), to_wide(range.last), prefixes);
    }
}

template <std::size_t N>
void fill_bitmap(const NumberSet<N>& set, __u64 (&words)[N / 64]) {
    for (std::size_t i = 0; i < N; i++) {
        if (set.numbers[i]) words[i / 64] |= 1ULL << (i % 64);
    }
}

// The only number of a set, which is compared in place.
template <std::size_t N>
std::optional<std::uint16_t> only(const NumberSet<N>& set) {
    if (set.numbers.count() != 1) return std::nullopt;
    std::uint16_t number = 0;
    while (!set.numbers[number]) number++;
    return number;
}

}  // namespace

std::vector<xs_prefix> fill_filter(const Filter& filter, std::size_t most_searched, xs_filter& out) {
    std::vector<xs_prefix> prefixes;
    const auto addresses = [&](const std::optional<AddressSet>& set, std::uint16_t list, __u32 field) {
        if (!set) return;
        out.fields |= field;
        fill_list(*set, list, most_searched, out, prefixes);
    };
    const auto numbers = [&](const auto& set, auto& words, __u32 field) {
        if (!set) return;
        out.fields |= field;
        fill_bitmap(*set, words);
    };
    const auto ports = [&](const std::optional<NumberSet<65536>>& set, std::uint16_t list, __u32 field) {
        numbers(set, out.ports[list], field);
        if (!set) return;
        const auto port = only(*set);
        out.only_port[list] = port ? htons(*port) : XS_SEVERAL;
    };
    addresses(filter.src, XS_LIST_SRC, XS_MATCH_SRC);
    addresses(filter.dst, XS_LIST_DST, XS_MATCH_DST);
    addresses(filter.host, XS_LIST_EITHER, XS_MATCH_HOST);
    ports(filter.sport, XS_LIST_SRC, XS_MATCH_SPORT);
    ports(filter.dport, XS_LIST_DST, XS_MATCH_DPORT);
    ports(filter.port, XS_LIST_EITHER, XS_MATCH_PORT);
    numbers(filter.proto, out.protocols, XS_MATCH_PROTO);
    if (filter.proto) {
        const auto protocol = only(*filter.proto);
        out.only_protocol = protocol ? *protocol : XS_SEVERAL;
    }
    numbers(filter.vlan, out.vlans, XS_MATCH_VLAN);
    return prefixes;
}

}  // namespace xdpsift::loader
