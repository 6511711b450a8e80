// SPDX-License-Identifier: BSD-2-Clause
#include "bpf/reference_match.h"

#include <algorithm>
#include <bitset>
#include <optional>
#include <vector>

namespace xdpsift::bpf {

namespace {

using Frame = std::span<const std::uint8_t>;

unsigned word16(Frame frame, std::size_t at) { return static_cast<unsigned>(frame[at]) << 8 | frame[at + 1]; }

// What the Ethernet header and up to two tags say.
struct Link {
    bool malformed = false;  // a tag is cut short
    std::vector<unsigned> vlans;
    unsigned ethertype = 0;
    std::size_t network = 0;  // offset of what follows
};

Link decode_link(Frame frame) {
    Link link;
    if (frame.size() < 14) {
        link.malformed = true;
        return link;
    }
    link.ethertype = word16(frame, 12);
    link.network = 14;
    while (link.vlans.size() < 2 &&
           (link.ethertype == 0x8100 || link.ethertype == 0x88a8 || link.ethertype == 0x9100)) {
        if (frame.size() < link.network + 4) {
            link.malformed = true;
            return link;
        }
        link.vlans.push_back(word16(frame, link.network) & 0xfff);
        link.ethertype = word16(frame, link.network + 2);
        link.network += 4;
    }
    return link;
}

// What the IP header and what follows it say. Empty optionals: not held.
struct Ip {
    enum class State { not_ip, malformed, good };
    State state = State::not_ip;
    bool v6 = false;
    std::uint32_t src4 = 0, dst4 = 0;
    Ipv6Address src6{}, dst6{};
    std::vector<unsigned> protocols;  // every number of the chain
    bool broken_chain = false;        // the chain of extension headers is cut short or too long
    bool has_ports = false;           // the upper layer has ports, and this fragment should hold them
    std::optional<unsigned> sport, dport;
};

bool port_protocol(unsigned number) {
    return number == 6 || number == 17 || number == 33 || number == 132 || number == 136;
}

bool extension_header(unsigned number) {
    for (const unsigned known : {0U, 43U, 44U, 51U, 60U, 135U, 139U, 140U})
        if (number == known) return true;
    return false;
}

// `end`: where the datagram ends by its own length, or the frame does.
void decode_ports(Ip& ip, Frame frame, std::size_t transport, std::size_t end) {
    ip.has_ports = true;
    if (transport + 4 > frame.size() || transport + 4 > end) return;
    ip.sport = word16(frame, transport);
    ip.dport = word16(frame, transport + 2);
}

Ip decode_ipv4(Frame frame, std::size_t at) {
    Ip ip;
    ip.state = Ip::State::malformed;
    if (at + 20 > frame.size() || frame[at] >> 4 != 4) return ip;
    const std::size_t header = (frame[at] & 0xfU) * 4U;
    const std::size_t total = word16(frame, at + 2);
    if (header < 20 || (total != 0 && total < header)) return ip;
    ip.state = Ip::State::good;
    ip.src4 = word16(frame, at + 12) << 16 | word16(frame, at + 14);
    ip.dst4 = word16(frame, at + 16) << 16 | word16(frame, at + 18);
    const unsigned protocol = frame[at + 9];
    ip.protocols.push_back(protocol);
    const bool later_fragment = (word16(frame, at + 6) & 0x1fff) != 0;
    if (!later_fragment && port_protocol(protocol))
        decode_ports(ip, frame, at + header, total == 0 ? frame.size() : at + total);
    return ip;
}

Ip decode_ipv6(Frame frame, std::size_t at) {
    Ip ip;
    ip.v6 = true;
    ip.state = Ip::State::malformed;
    if (at + 40 > frame.size() || frame[at] >> 4 != 6) return ip;
    ip.state = Ip::State::good;
    std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(at) + 8, 16, ip.src6.begin());
    std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(at) + 24, 16, ip.dst6.begin());
    const std::size_t payload = word16(frame, at + 4);
    const std::size_t end = payload == 0 ? frame.size() : std::min(frame.size(), at + 40 + payload);
    unsigned number = frame[at + 6];
    ip.protocols.push_back(number);
    std::size_t header = at + 40;
    for (int walked = 0; extension_header(number); ++walked) {
        if (walked == kMaxExtensions || header + 8 > end) {
            ip.broken_chain = true;
            return ip;
        }
        const bool later_fragment = number == 44 && word16(frame, header + 2) >> 3 != 0;
        std::size_t size = (frame[header + 1] + 1U) * 8U;
        if (number == 44) size = 8;
        if (number == 51) size = (frame[header + 1] + 2U) * 4U;
        number = frame[header];
        ip.protocols.push_back(number);
        if (later_fragment) return ip;
        header += size;
    }
    if (port_protocol(number)) decode_ports(ip, frame, header, end);
    return ip;
}

Ip decode_ip(Frame frame, const Link& link) {
    if (link.malformed) {
        Ip ip;
        ip.state = Ip::State::malformed;
        return ip;
    }
    if (link.ethertype == 0x0800) return decode_ipv4(frame, link.network);
    if (link.ethertype == 0x86dd) return decode_ipv6(frame, link.network);
    return {};
}

FieldVerdict verdict(bool holds) { return holds ? FieldVerdict::holds : FieldVerdict::fails; }

// A second tag that is cut short makes the frame malformed, even where the first one is in the list.
FieldVerdict match_vlan(const std::bitset<4096>& list, const Link& link) {
    if (link.malformed) return FieldVerdict::malformed;
    return verdict(std::any_of(link.vlans.begin(), link.vlans.end(), [&](unsigned id) { return list[id]; }));
}

bool contains(const AddressSet& set, const Ip& ip, bool source) {
    if (ip.v6) {
        const Ipv6Address& address = source ? ip.src6 : ip.dst6;
        return std::any_of(set.v6.begin(), set.v6.end(),
                           [&](const Ipv6Range& range) { return range.first <= address && address <= range.last; });
    }
    const std::uint32_t address = source ? ip.src4 : ip.dst4;
    return std::any_of(set.v4.begin(), set.v4.end(),
                       [&](const Ipv4Range& range) { return range.first <= address && address <= range.last; });
}

FieldVerdict match_address(const AddressSet& set, const Ip& ip, bool source, bool destination) {
    if (ip.state == Ip::State::malformed) return FieldVerdict::malformed;
    if (ip.state == Ip::State::not_ip) return FieldVerdict::fails;
    return verdict((source && contains(set, ip, true)) || (destination && contains(set, ip, false)));
}

FieldVerdict match_port(const std::bitset<65536>& list, const Ip& ip, bool source, bool destination) {
    if (ip.state == Ip::State::malformed) return FieldVerdict::malformed;
    if (ip.state == Ip::State::not_ip) return FieldVerdict::fails;
    if (ip.broken_chain || (ip.has_ports && !ip.sport)) return FieldVerdict::malformed;
    if (!ip.has_ports) return FieldVerdict::fails;
    return verdict((source && list[*ip.sport]) || (destination && list[*ip.dport]));
}

// A number that was read before the chain broke off is held.
FieldVerdict match_protocol(const std::bitset<256>& list, const Ip& ip) {
    if (ip.state == Ip::State::malformed) return FieldVerdict::malformed;
    if (ip.state == Ip::State::not_ip) return FieldVerdict::fails;
    for (const unsigned number : ip.protocols)
        if (list[number]) return FieldVerdict::holds;
    return ip.broken_chain ? FieldVerdict::malformed : FieldVerdict::fails;
}

}  // namespace

Expectation reference_match(const Filter& filter, std::span<const std::uint8_t> frame) {
    const Link link = decode_link(frame);
    const Ip ip = decode_ip(frame, link);
    std::vector<FieldVerdict> fields;
    if (filter.vlan) fields.push_back(match_vlan(filter.vlan->numbers, link));
    if (filter.src) fields.push_back(match_address(*filter.src, ip, true, false));
    if (filter.dst) fields.push_back(match_address(*filter.dst, ip, false, true));
    if (filter.host) fields.push_back(match_address(*filter.host, ip, true, true));
    if (filter.proto) fields.push_back(match_protocol(filter.proto->numbers, ip));
    if (filter.sport) fields.push_back(match_port(filter.sport->numbers, ip, true, false));
    if (filter.dport) fields.push_back(match_port(filter.dport->numbers, ip, false, true));
    if (filter.port) fields.push_back(match_port(filter.port->numbers, ip, true, true));

    const auto any = [&](FieldVerdict wanted) {
        return std::find(fields.begin(), fields.end(), wanted) != fields.end();
    };
    Expectation expected;
    expected.matches = !any(FieldVerdict::fails) && !any(FieldVerdict::malformed);
    if (any(FieldVerdict::malformed))
        expected.malformed = any(FieldVerdict::fails) ? Expectation::Malformed::either : Expectation::Malformed::yes;
    return expected;
}

}  // namespace xdpsift::bpf
