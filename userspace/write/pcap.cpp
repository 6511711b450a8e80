// SPDX-License-Identifier: BSD-2-Clause
#include "write/pcap.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "write/description.h"

namespace xdpsift::write::pcap {
namespace {

constexpr std::uint32_t kNanosecondMagic = 0xa1b23c4d;
constexpr std::uint32_t kLinkTypeEthernet = 1;
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

}  // namespace

void append_file_header(Buffer& buffer, std::uint32_t snaplen) {
    const std::array<std::uint16_t, 2> version{2, 4};
    const std::array<std::uint32_t, 4> rest{0, 0, snaplen == 0 ? kWholePacketSnaplen : snaplen, kLinkTypeEthernet};
    std::byte* out = buffer.append(kFileHeaderSize);
    std::memcpy(out, &kNanosecondMagic, 4);
    std::memcpy(out + 4, version.data(), sizeof(version));
    std::memcpy(out + 8, rest.data(), sizeof(rest));
}

void append_packet(Buffer& buffer, const Record& record) {
    const auto cap_len = static_cast<std::uint32_t>(record.data.size());
    const std::array<std::uint32_t, 4> head{static_cast<std::uint32_t>(record.time_ns / kNanosecondsPerSecond),
                                            static_cast<std::uint32_t>(record.time_ns % kNanosecondsPerSecond), cap_len,
                                            std::max(record.frame_len, cap_len)};
    static_assert(sizeof(head) == kPacketHeaderSize);
    std::byte* out = buffer.append(packet_size(record));
    std::memcpy(out, head.data(), sizeof(head));
    if (cap_len > 0) std::memcpy(out + sizeof(head), record.data.data(), cap_len);
}

std::size_t packet_size_at(const std::byte* bytes) {
    std::uint32_t cap_len = 0;
    std::memcpy(&cap_len, bytes + 8, sizeof(cap_len));
    return kPacketHeaderSize + cap_len;
}

}  // namespace xdpsift::write::pcap
