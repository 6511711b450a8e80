// SPDX-License-Identifier: BSD-2-Clause
// Random filters and frames, drawn from small worlds of addresses, ports and ids, so that they meet often. Seeded.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "bpf/filter_lists.h"
#include "harness/packet_builder.h"

namespace xdpsift::bpf {

using namespace harness;

class World {
   public:
    explicit World(std::uint64_t seed) : random_(seed) {}

    unsigned below(unsigned bound) { return std::uniform_int_distribution<unsigned>(0, bound - 1)(random_); }
    bool chance(unsigned percent) { return below(100) < percent; }

    unsigned port() {
        static constexpr std::array kEdges = {0U, 63U, 64U, 127U, 128U, 65472U, 65535U};
        return chance(50) ? below(40) : kEdges[below(kEdges.size())];
    }
    unsigned vlan() { return chance(80) ? below(8) : 4088 + below(8); }
    unsigned protocol() {
        static constexpr std::array kKnown = {0U,  1U,  6U,  17U, 33U,  43U,  44U,  47U,
                                              50U, 51U, 58U, 60U, 132U, 135U, 136U, 139U};
        return chance(90) ? kKnown[below(kKnown.size())] : below(256);
    }
    std::string ipv4() { return fmt::format("10.0.{}.{}", below(2), below(256)); }
    std::string ipv6() { return fmt::format("2001:db8:0:{:x}::{:x}", below(4), below(256)); }

    AddressSet address_set() {
        const unsigned count = chance(50) ? 1 + below(6) : 9 + below(60);
        AddressSet set;
        std::string text;
        for (unsigned i = 0; i < count; ++i) {
            const bool v6 = chance(50);
            std::string entry = v6 ? ipv6() : ipv4();
            if (chance(40)) {
                entry += fmt::format("/{}", (v6 ? 120 : 24) + below(9));
            } else if (chance(50)) {
                std::string other = v6 ? ipv6() : ipv4();
                const AddressSet pair = addresses({entry, other});
                // Written the right way round; long ranges would swallow the world.
                if (!v6 && pair.v4.size() == 2 && pair.v4[1].first - pair.v4[0].first < 40)
                    entry = addresses({entry}).v4[0] == pair.v4[0] ? entry + "-" + other : other + "-" + entry;
                if (v6 && pair.v6.size() == 2 && (count < 4 || pair.v6[0].first[7] == pair.v6[1].first[7]))
                    entry = addresses({entry}).v6[0] == pair.v6[0] ? entry + "-" + other : other + "-" + entry;
            }
            const AddressSet one = addresses({entry});
            set.v4.insert(set.v4.end(), one.v4.begin(), one.v4.end());
            set.v6.insert(set.v6.end(), one.v6.begin(), one.v6.end());
            set.text += set.text.empty() ? entry : "," + entry;
        }
        normalise(set);
        return set;
    }

    template <typename Draw>
    std::vector<NumberRange> numbers(unsigned most, unsigned greatest, Draw&& draw) {
        std::vector<NumberRange> out;
        for (unsigned i = 0, count = 1 + below(most); i < count; ++i) {
            const unsigned first = draw();
            out.push_back(chance(60) ? NumberRange(first) : NumberRange(first, std::min(greatest, first + below(12))));
        }
        return out;
    }

    Filter filter() {
        Filter out;
        const unsigned percent = 10 + below(40);
        if (chance(percent)) out.src = address_set();
        if (chance(percent)) out.dst = address_set();
        if (chance(percent)) out.host = address_set();
        const auto draw_port = [this] { return port(); };
        if (chance(percent)) out.sport = ports(numbers(8, 65535, draw_port));
        if (chance(percent)) out.dport = ports(numbers(8, 65535, draw_port));
        if (chance(percent)) out.port = ports(numbers(8, 65535, draw_port));
        if (chance(percent)) out.proto = protocols(numbers(6, 255, [this] { return protocol(); }));
        if (chance(percent / 2)) out.vlan = vlans(numbers(6, 4095, [this] { return vlan(); }));
        return out;
    }

    Bytes frame() {
        Packet packet = Ethernet();
        static constexpr std::array kTpids = {0x8100, 0x88a8, 0x9100};
        for (unsigned tags = chance(60) ? 0 : below(4); tags > 0; --tags)
            packet.append(Vlan(vlan() | below(16) << 12).tpid(kTpids[below(kTpids.size())]));
        const unsigned kind = below(20);
        if (kind == 0)
            packet.append(Arp(ipv4(), ipv4()));
        else if (kind == 1)
            packet.append(payload(below(64)));
        else if (kind < 10)
            append_ipv4(packet);
        else
            append_ipv6(packet);
        Bytes bytes = packet.build();
        if (chance(25)) bytes.resize(14 + below(static_cast<unsigned>(bytes.size()) - 13));
        if (chance(25) && bytes.size() > 14) {
            for (unsigned spoilt = 1 + below(3); spoilt > 0; --spoilt) {
                const unsigned range = static_cast<unsigned>(std::min<std::size_t>(bytes.size(), 100)) - 12;
                bytes[12 + below(range)] = static_cast<std::uint8_t>(chance(50) ? below(256) : protocol());
            }
        }
        return bytes;
    }

   private:
    void append_ipv4(Packet& packet) {
        Ipv4 ip(ipv4(), ipv4());
        if (chance(30)) ip.options(4 * below(11));
        if (chance(15)) ip.fragment(8 * below(3), chance(50));
        if (chance(5)) ip.total_length(below(80));
        if (chance(3)) ip.ihl(below(16));
        if (chance(3)) ip.version(below(16));
        append_upper(packet.append(ip));
    }

    void append_ipv6(Packet& packet) {
        Ipv6 ip(ipv6(), ipv6());
        if (chance(5)) ip.payload_length(below(80));
        if (chance(3)) ip.version(below(16));
        packet.append(ip);
        for (unsigned count = chance(50) ? 0 : below(11); count > 0; --count) append_extension(packet);
        append_upper(packet);
    }

    void append_extension(Packet& packet) {
        switch (below(8)) {
            case 0: packet.append(HopByHop(8 + 8 * below(3))); break;
            case 1: packet.append(Routing(8 + 8 * below(4))); break;
            case 2: packet.append(Fragment(chance(80) ? 0 : 8 * below(4), chance(50))); break;
            case 3: packet.append(Authentication(4 + 8 * below(3))); break;
            case 4: packet.append(DestinationOptions(8 + 8 * below(3))); break;
            case 5: packet.append(Mobility(8 + 8 * below(2))); break;
            case 6: packet.append(Hip(8 + 8 * below(5))); break;
            default: packet.append(Shim6(8 + 8 * below(2))); break;
        }
    }

    void append_upper(Packet& packet) {
        switch (below(10)) {
            case 0: packet.append(Tcp(port(), port()).options(4 * below(5))); break;
            case 1: packet.append(Sctp(port(), port())); break;
            case 2: packet.append(Dccp(port(), port())); break;
            case 3: packet.append(UdpLite(port(), port())); break;
            case 4: packet.append(Icmp()); break;
            case 5: packet.append(Icmpv6()); break;
            case 6: packet.append(Gre()).append(Ipv4(ipv4(), ipv4())).append(Udp(port(), port())); break;
            case 7: packet.append(Esp()); break;
            default: packet.append(Udp(port(), port())); break;
        }
        packet.append(payload(below(24)));
    }

    std::mt19937_64 random_;
};

}  // namespace xdpsift::bpf
