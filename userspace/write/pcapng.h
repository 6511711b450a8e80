// SPDX-License-Identifier: BSD-2-Clause
// The blocks of a pcapng file (draft-ietf-opsawg-pcapng), in the machine's byte order, appended to a buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "write/buffer.h"
#include "write/description.h"
#include "xdpsift/record.h"

namespace xdpsift::write::pcapng {

void append_section_header(Buffer& buffer, const FileDescription& file);
// The interfaces of a section are numbered in the order in which they are appended.
void append_interface(Buffer& buffer, const InterfaceDescription& interface, std::string_view os);
// record.time_ns is since the epoch.
void append_packet(Buffer& buffer, const Record& record);
// One that no ring of ours delivered: without options, for nothing else is known of it.
void append_plain_packet(Buffer& buffer, std::uint64_t time_ns, std::uint32_t frame_len,
                         std::span<const std::byte> data);
void append_statistics(Buffer& buffer, std::uint32_t interface_id, const InterfaceStatistics& statistics);

// Bytes that append_packet() appends.
constexpr std::size_t packet_size(const Record& record) {
    const std::size_t options = 8 + (record.dropped_before > 0 ? 12 : 0) + 12 + 8 + 4;
    return 28 + (record.data.size() + 3) / 4 * 4 + options + 4;
}

// The start of a block as it was appended.
struct Block {
    std::size_t size = 0;
    bool is_packet = false;
    std::uint32_t interface_id = 0;  // of a packet
};
inline constexpr std::size_t kBlockHeadSize = 12;  // the bytes that block_at() reads
Block block_at(const std::byte* bytes);

}  // namespace xdpsift::write::pcapng
