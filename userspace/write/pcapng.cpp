// SPDX-License-Identifier: BSD-2-Clause
#include "write/pcapng.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

namespace xdpsift::write::pcapng {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kInterfaceStatistics = 5;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint16_t kLinkTypeEthernet = 1;
constexpr std::size_t kMaxOptionSize = 65535;

enum Option : std::uint16_t {
    opt_endofopt = 0,
    opt_comment = 1,
    shb_hardware = 2,
    shb_os = 3,
    shb_userappl = 4,
    if_name = 2,
    if_description = 3,
    if_macaddr = 6,
    if_tsresol = 9,
    if_filter = 11,
    if_os = 12,
    epb_flags = 2,
    epb_dropcount = 4,
    epb_packetid = 5,
    epb_queue = 6,
    isb_starttime = 2,
    isb_endtime = 3,
    isb_ifrecv = 4,
    isb_filteraccept = 6,
    isb_osdrop = 7,
    isb_usrdeliv = 8,
};

constexpr std::uint32_t kFlagsInbound = 1;
constexpr std::byte kFilterIsText{0};
constexpr std::byte kNanoseconds{9};  // 10 to the power of -9

constexpr std::uint32_t upper(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }
constexpr std::uint32_t lower(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

// At most `limit` bytes of UTF-8 text; a character is kept whole or not at all.
std::string_view cut_text(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
    return text.substr(0, limit);
}

// A block that is seldom written: its length is filled in when it ends.
class SlowBlock {
   public:
    SlowBlock(Buffer& buffer, std::uint32_t type) : buffer_(buffer), start_(buffer.size()) {
        put(type);
        put(std::uint32_t{0});
    }
    template <typename T>
    void put(T value) {
        static_assert(std::is_trivially_copyable_v<T>);
        std::memcpy(buffer_.append(sizeof(value)), &value, sizeof(value));
    }
    void option(Option code, std::span<const std::byte> value) {
        put(static_cast<std::uint16_t>(code));
        put(static_cast<std::uint16_t>(value.size()));
        const std::size_t padded = (value.size() + 3) / 4 * 4;
        std::byte* out = buffer_.append(padded);
        std::memcpy(out, value.data(), value.size());
        std::memset(out + value.size(), 0, padded - value.size());
    }
    template <typename T>
    void value(Option code, const T& value) {
        option(code, std::as_bytes(std::span<const T, 1>(&value, 1)));
    }
    void text(Option code, std::string_view text) {
        const std::string_view kept = cut_text(text, kMaxOptionSize);
        if (!kept.empty()) option(code, std::as_bytes(std::span(kept)));
    }
    void end() {
        put(std::uint32_t{opt_endofopt});
        const auto size = static_cast<std::uint32_t>(buffer_.size() - start_ + sizeof(std::uint32_t));
        put(size);
        std::memcpy(buffer_.data() + start_ + sizeof(std::uint32_t), &size, sizeof(size));
    }

   private:
    Buffer& buffer_;
    std::size_t start_;
};

// The word in front of an option's value.
constexpr std::uint32_t option_head(Option code, std::uint16_t size) {
    return std::bit_cast<std::uint32_t>(std::array<std::uint16_t, 2>{code, size});
}

std::byte* put_words(std::byte* out, const auto&... words) {
    const std::array<std::uint32_t, sizeof...(words)> values{words...};
    std::memcpy(out, values.data(), sizeof(values));
    return out + sizeof(values);
}

}  // namespace

void append_section_header(Buffer& buffer, const FileDescription& file) {
    SlowBlock block(buffer, kSectionHeader);
    block.put(std::uint32_t{0x1a2b3c4d});  // byte order
    block.put(std::uint16_t{1});           // version 1.0
    block.put(std::uint16_t{0});
    block.put(std::int64_t{-1});  // the section's length: to the end of the file
    block.text(opt_comment, file.comment);
    block.text(shb_hardware, file.hardware);
    block.text(shb_os, file.os);
    block.text(shb_userappl, file.application);
    block.end();
}

void append_interface(Buffer& buffer, const InterfaceDescription& interface, std::string_view os) {
    SlowBlock block(buffer, kInterfaceDescription);
    block.put(kLinkTypeEthernet);
    block.put(std::uint16_t{0});
    block.put(interface.snaplen == 0 ? kWholePacketSnaplen : interface.snaplen);
    block.text(opt_comment, interface.selection);
    block.text(if_name, interface.name);
    block.text(if_description, interface.description);
    if (interface.mac) block.value(if_macaddr, *interface.mac);
    block.value(if_tsresol, kNanoseconds);
    if (!interface.filter.empty()) {
        std::string filter(1, static_cast<char>(kFilterIsText));
        filter += cut_text(interface.filter, kMaxOptionSize - 1);
        block.text(if_filter, filter);
    }
    block.text(if_os, os);
    block.end();
}

// The hot path: one look at the room, then nothing but stores.
void append_packet(Buffer& buffer, const Record& record) {
    const auto size = static_cast<std::uint32_t>(packet_size(record));
    const auto cap_len = static_cast<std::uint32_t>(record.data.size());
    const std::size_t padded = (record.data.size() + 3) / 4 * 4;
    std::byte* out = buffer.append(size);
    out = put_words(out, kEnhancedPacket, size, record.interface_id, upper(record.time_ns), lower(record.time_ns),
                    cap_len, std::max(record.frame_len, cap_len));
    if (padded > 0) {
        put_words(out + padded - sizeof(std::uint32_t), std::uint32_t{0});
        std::memcpy(out, record.data.data(), record.data.size());
        out += padded;
    }
    using Halves = std::array<std::uint32_t, 2>;
    out = put_words(out, option_head(epb_flags, 4), kFlagsInbound);
    if (record.dropped_before > 0) {
        const auto count = std::bit_cast<Halves>(record.dropped_before);
        out = put_words(out, option_head(epb_dropcount, 8), count[0], count[1]);
    }
    const auto id = std::bit_cast<Halves>(record.packet_id);
    put_words(out, option_head(epb_packetid, 8), id[0], id[1], option_head(epb_queue, 4), record.queue,
              std::uint32_t{opt_endofopt}, size);
}

void append_plain_packet(Buffer& buffer, std::uint64_t time_ns, std::uint32_t frame_len,
                         std::span<const std::byte> data) {
    constexpr std::size_t kAroundData = 32;
    const auto cap_len = static_cast<std::uint32_t>(data.size());
    const std::size_t padded = (data.size() + 3) / 4 * 4;
    const auto size = static_cast<std::uint32_t>(kAroundData + padded);
    std::byte* out = buffer.append(size);
    out = put_words(out, kEnhancedPacket, size, std::uint32_t{0}, upper(time_ns), lower(time_ns), cap_len,
                    std::max(frame_len, cap_len));
    std::memset(out + data.size(), 0, padded - data.size());
    if (!data.empty()) std::memcpy(out, data.data(), data.size());
    put_words(out + padded, size);
}

void append_statistics(Buffer& buffer, std::uint32_t interface_id, const InterfaceStatistics& statistics) {
    using Time = std::array<std::uint32_t, 2>;
    SlowBlock block(buffer, kInterfaceStatistics);
    block.put(interface_id);
    block.put(Time{upper(statistics.end_ns), lower(statistics.end_ns)});
    block.text(opt_comment, statistics.comment);
    block.value(isb_starttime, Time{upper(statistics.start_ns), lower(statistics.start_ns)});
    block.value(isb_endtime, Time{upper(statistics.end_ns), lower(statistics.end_ns)});
    block.value(isb_ifrecv, statistics.ledger.seen);
    block.value(isb_filteraccept, statistics.ledger.matched);
    block.value(isb_osdrop, statistics.ledger.ring_lost);
    block.value(isb_usrdeliv, statistics.ledger.written);
    block.end();
}

Block block_at(const std::byte* bytes) {
    std::array<std::uint32_t, 3> words{};
    static_assert(sizeof(words) == kBlockHeadSize);
    std::memcpy(words.data(), bytes, sizeof(words));
    return {words[1], words[0] == kEnhancedPacket, words[2]};
}

}  // namespace xdpsift::write::pcapng
