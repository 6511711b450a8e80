// SPDX-License-Identifier: BSD-2-Clause
#include "bpf/expression/corpus.h"

namespace xdpsift::bpf {
namespace {

// Addresses and ports are those of the random world.
constexpr std::string_view kPrimitives[] = {
    // Hosts and networks.
    "host 10.0.0.7",
    "src host 10.0.0.7",
    "dst host 10.0.1.9",
    "src or dst host 10.0.0.1",
    "src and dst host 10.0.0.1",
    "ip host 10.0.0.3",
    "arp host 10.0.0.3",
    "rarp host 10.0.0.3",
    "net 10.0.0.0/25",
    "src net 10.0.1.0/24",
    "dst net 10.0.0.0 mask 255.255.255.128",
    "net 10",
    "net 10.0",
    "host 2001:db8:0:1::7",
    "src host 2001:db8::9",
    "dst host 2001:db8:0:2::1",
    "net 2001:db8:0:1::/64",
    "src net 2001:db8::/33",
    "dst net 2001:db8:0:2::80/121",
    "ip6 host 2001:db8::1",
    "ether host 00:00:5e:00:53:01",
    "ether src 02:00:00:00:00:01",
    "ether dst 02:00:00:00:00:02",
    "ether broadcast",
    "ether multicast",
    "ip broadcast",
    "ip multicast",
    "ip6 multicast",
    "broadcast",
    "multicast",
    // Ports.
    "port 7",
    "src port 7",
    "dst port 12",
    "tcp port 5",
    "udp port 5",
    "sctp port 5",
    "tcp src port 3",
    "udp dst port 9",
    "sctp dst port 11",
    "portrange 3-12",
    "src portrange 0-20",
    "dst portrange 64-65535",
    "tcp portrange 1-9",
    "udp portrange 20-39",
    "sctp portrange 0-65535",
    "src or dst port 20",
    "src and dst port 8",
    // Protocols.
    "ip",
    "ip6",
    "arp",
    "rarp",
    "atalk",
    "aarp",
    "decnet",
    "iso",
    "stp",
    "ipx",
    "netbeui",
    "moprc",
    "mopdl",
    "lat",
    "sca",
    "tcp",
    "udp",
    "sctp",
    "icmp",
    "icmp6",
    "igmp",
    "igrp",
    "pim",
    "ah",
    "esp",
    "vrrp",
    "carp",
    "ip proto 47",
    "ip proto \\tcp",
    "ip6 proto 17",
    "ip6 proto \\udp",
    "proto 50",
    "ether proto 0x0806",
    "ether proto \\ip6",
    "ether proto 40",
    "ether proto \\ipx",
    "esis",
    "isis",
    "clnp",
    "l1",
    "l2",
    "iih",
    "lsp",
    "snp",
    "csnp",
    "psnp",
    "iso proto 130",
    "iso proto \\clnp",
    "llc",
    "llc i",
    "llc s",
    "llc u",
    "llc rr",
    "llc rnr",
    "llc rej",
    "llc ui",
    "llc ua",
    "llc disc",
    "llc sabme",
    "llc test",
    "llc xid",
    "llc frmr",
    // Chains of headers: loops.
    "ip protochain 6",
    "ip6 protochain 17",
    "protochain 58",
    "ip6 protochain \\tcp",
    // Lengths.
    "less 60",
    "greater 100",
    "len > 64",
    "len = 60",
    "len & 3 = 1",
    "len / 2 > 40",
    "len % 7 = 3",
    // Tags, labels, sessions, tunnels: what follows is shifted.
    "vlan",
    "vlan 3",
    "vlan and ip",
    "vlan 5 and udp port 7",
    "vlan and vlan",
    "vlan and vlan 2 and ip6",
    "vlan and host 10.0.0.7",
    "not vlan",
    "vlan or ip",
    "mpls",
    "mpls 100",
    "mpls and ip",
    "mpls 7 and mpls and tcp",
    "mpls and host 10.0.0.1",
    "pppoed",
    "pppoes",
    "pppoes 9",
    "pppoes and ip",
    "pppoes and ip6 and udp",
    "geneve",
    "geneve 5",
    "geneve and ip",
    "geneve and udp port 7",
    "vlan and mpls and ip",
    "vlan and pppoes and tcp port 5",
    // Bytes and arithmetic.
    "ether[0] & 1 = 0",
    "ether[12:2] = 0x0800",
    "ether[14:4] > 0x45000000",
    "ether[len - 1] = 3",
    "ether[len - 4:4] != 0",
    "ether[70000] = 1",
    "ether[0xffffffff] = 0",
    "ether[len] = 0",
    "ether[ether[14] & 0xf] = 0",
    "ether[ether[ether[13]]:2] > 5",
    "ip[0] & 0xf != 5",
    "ip[6:2] & 0x1fff = 0",
    "ip[2:2] - ((ip[0] & 0xf) << 2) > 20",
    "ip[8] < 64",
    "ip[ip[0] & 0xf] = 0",
    "ip6[6] = 17",
    "ip6[4:2] > 32",
    "ip6[40] = 58",
    "tcp[13] & 2 != 0",
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
    "tcp[tcpflags] == tcp-ack",
    "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x00010203",
    "tcp[0:2] = tcp[2:2]",
    "tcp[4:4] % 3 = 1",
    "udp[4:2] > 20",
    "udp[0:2] > udp[2:2]",
    "udp[8:4] ^ 0x01020304 = 0",
    "icmp[icmptype] = icmp-echo",
    "icmp[icmpcode] = 0",
    "icmp[icmptype] = icmp-unreach or icmp[0] = 8",
    "icmp6[icmp6type] = icmp6-echo",
    "icmp6[0] = 135",
    "sctp[12] = 1",
    "arp[6:2] = 1",
    "arp[7] = 2",
    "len - 60 > 0",
    "len * 3 > 300",
    "len | 1 = 61",
    "len << 30 = 0",
    "len >> 3 > 10",
    "ether[5] << ether[6] > 0",
    "ether[5] >> ether[6] = 1",
    "len / ether[20] > 3",
    "len % ether[20] = 1",
    "- ether[20] < 0xffffff00",
    "ether[20] - ether[21] > 0x80000000",
    "ether[20] * ether[21] * ether[22:4] > 99",
    "(ether[14] ^ ether[15]) & 0x0f = 5",
    "ether[16:2] / 256 = 0",
    "ether[30:4] & ether[34:4] = 0",
};

// What libpcap knows and the builder does not build: bytes behind these types.
constexpr std::array<unsigned, 17> kTypes = {0x8847, 0x8848, 0x8863, 0x8864, 0x8035, 0x80f3, 0x6003, 0x6004, 0x6007,
                                             0x809b, 0x8137, 0x0806, 0x05dc, 20,     40,     4,      0x22f3};

constexpr std::array<std::uint8_t, 14> kLikely = {0x45, 0x60, 0xaa, 0xfe, 0x42, 0xe0, 0xff,
                                                  0x00, 0x03, 0x83, 0x11, 0x06, 0x21, 0x57};

Bytes frame_of_type(World& world) {
    Packet packet = Ethernet();
    if (world.chance(30)) packet.append(Vlan(world.vlan()));
    Bytes behind(world.below(80));
    for (auto& byte : behind)
        byte = world.chance(50) ? kLikely[world.below(kLikely.size())] : static_cast<std::uint8_t>(world.below(256));
    Bytes bytes = packet.append(raw(behind)).build();
    const auto type = kTypes[world.below(kTypes.size())];
    const std::size_t at = packet.layers().size() > 2 ? 16 : 12;
    bytes[at] = static_cast<std::uint8_t>(type >> 8);
    bytes[at + 1] = static_cast<std::uint8_t>(type);
    return bytes;
}

// A frame of the world behind MPLS labels, a PPPoE session, or Geneve.
Bytes encapsulated(World& world) {
    const Bytes inner = world.frame();
    const Bytes payload_bytes(inner.begin() + std::min<std::ptrdiff_t>(14, std::ssize(inner)), inner.end());
    const bool ip6 = inner.size() > 13 && inner[12] == 0x86;
    Bytes between;
    unsigned type = 0;
    switch (world.below(3)) {
        case 0:
            type = 0x8847;
            for (unsigned labels = 1 + world.below(3); labels > 0; labels--) {
                const unsigned label = world.chance(50) ? 7 : 100;
                between.insert(between.end(), {0, static_cast<std::uint8_t>(label >> 4),
                                               static_cast<std::uint8_t>(label << 4 | (labels == 1 ? 1 : 0)), 64});
            }
            break;
        case 1:
            type = 0x8864;
            between = {0x11, 0,  0, static_cast<std::uint8_t>(7 + world.below(4)),
                       0,    40, 0, static_cast<std::uint8_t>(ip6 ? 0x57 : 0x21)};
            break;
        default: {
            Bytes geneve = {static_cast<std::uint8_t>(world.below(3)),     0, 0x65, 0x58, 0, 0,
                            static_cast<std::uint8_t>(4 + world.below(3)), 0};
            geneve.resize(8 + 4u * (geneve[0] & 0x3f));
            geneve.insert(geneve.end(), inner.begin(), inner.end());
            Packet outer = Ethernet();
            if (world.chance(50))
                outer.append(Ipv4(world.ipv4(), world.ipv4()));
            else
                outer.append(Ipv6(world.ipv6(), world.ipv6()));
            return outer.append(Udp(world.port(), 6081)).append(raw(geneve)).build();
        }
    }
    Packet packet = Ethernet();
    packet.append(raw(between)).append(raw(payload_bytes));
    Bytes bytes = packet.build();
    bytes[12] = static_cast<std::uint8_t>(type >> 8);
    bytes[13] = static_cast<std::uint8_t>(type);
    return bytes;
}

}  // namespace

std::span<const std::string_view> primitives() { return kPrimitives; }

std::string random_expression(World& world) {
    std::string out;
    for (unsigned i = 0, count = 1 + world.below(4); i < count; i++) {
        std::string one(kPrimitives[world.below(static_cast<unsigned>(std::size(kPrimitives)))]);
        if (world.chance(25)) one = "not (" + one + ")";
        if (i > 0) out += world.chance(50) ? " and " : " or ";
        out += world.chance(50) ? "(" + one + ")" : one;
        if (world.chance(20)) out = "(" + out + ")";
    }
    return out;
}

Bytes random_frame(World& world) {
    Bytes bytes = world.chance(60) ? world.frame() : world.chance(50) ? frame_of_type(world) : encapsulated(world);
    if (world.chance(5)) bytes[0] = 0xff;
    if (world.chance(5)) bytes[6] = static_cast<std::uint8_t>(world.below(256));
    if (world.chance(10)) bytes.resize(14 + world.below(200), 0);
    if (bytes.size() < 14) bytes.resize(14);
    return bytes;
}

}  // namespace xdpsift::bpf
