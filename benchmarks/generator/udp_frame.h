// SPDX-License-Identifier: BSD-2-Clause
// Ethernet frames that carry UDP, for the load and for the kernel benchmark.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "xdpsift/filter.h"

namespace xdpsift::generator {

using MacAddress = std::array<std::uint8_t, 6>;

inline constexpr std::size_t kEthernetHeaderBytes = 14;
inline constexpr std::size_t kVlanTagBytes = 4;
inline constexpr std::size_t kIpv4HeaderBytes = 20;
inline constexpr std::size_t kIpv6HeaderBytes = 40;
inline constexpr std::size_t kUdpHeaderBytes = 8;

// Addresses are of the blocks for documentation and benchmarking (RFC 5737, RFC 3849).
struct UdpFrame {
    MacAddress source_mac{0x02, 0, 0, 0, 0, 1};
    MacAddress destination_mac{0x02, 0, 0, 0, 0, 2};
    std::uint32_t source_v4 = 0xc0000201;       // 192.0.2.1, host byte order
    std::uint32_t destination_v4 = 0xc0000202;  // 192.0.2.2
    // With both set the frame is IPv6.
    std::optional<Ipv6Address> source_v6, destination_v6;
    std::optional<std::uint16_t> vlan;
    std::uint16_t source_port = 40000;
    std::uint16_t destination_port = 9;
    std::size_t frame_bytes = 64;  // without FCS; raised to what the headers need

    // The payload is zero and so is the UDP checksum (none, over IPv4).
    std::vector<std::byte> bytes() const;
    // Where the payload begins.
    std::size_t payload_offset() const;
};

}  // namespace xdpsift::generator
