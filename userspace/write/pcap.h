// SPDX-License-Identifier: BSD-2-Clause
// The legacy pcap format (draft-ietf-opsawg-pcap) with nanoseconds, in the machine's byte order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "write/buffer.h"
#include "xdpsift/record.h"

namespace xdpsift::write::pcap {

inline constexpr std::size_t kFileHeaderSize = 24;
inline constexpr std::size_t kPacketHeaderSize = 16;

// snaplen 0: packets are kept whole.
void append_file_header(Buffer& buffer, std::uint32_t snaplen);
// record.time_ns is since the epoch; the format's seconds are 32 bits wide and end in 2106.
void append_packet(Buffer& buffer, const Record& record);

// Bytes that append_packet() appends.
constexpr std::size_t packet_size(const Record& record) { return kPacketHeaderSize + record.data.size(); }
// The size of the packet, header included, that was appended here; reads kPacketHeaderSize bytes.
std::size_t packet_size_at(const std::byte* bytes);

}  // namespace xdpsift::write::pcap
