// SPDX-License-Identifier: BSD-2-Clause
// A strict reader of pcapng (draft-ietf-opsawg-pcapng) and of nanosecond pcap, for judging files: it shares no code
// with the writer, and whatever the format forbids is a FormatError.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace xdpsift::harness {

using Bytes = std::vector<std::uint8_t>;

class FormatError : public std::runtime_error {
   public:
    using std::runtime_error::runtime_error;
};

struct PcapngOption {
    std::uint16_t code = 0;
    Bytes value;
};

// The options of one block.
class PcapngOptions {
   public:
    std::vector<PcapngOption> all;

    bool has(std::uint16_t code) const;
    std::size_t count(std::uint16_t code) const;
    // The one option with this code; a FormatError when it is absent, there twice, or of another size.
    std::string text(std::uint16_t code) const;
    std::uint8_t u8(std::uint16_t code) const;
    std::uint32_t u32(std::uint16_t code) const;
    std::uint64_t u64(std::uint16_t code) const;
    const Bytes& bytes(std::uint16_t code) const;
};

struct PcapngInterface {
    std::uint16_t link_type = 0;
    std::uint32_t snaplen = 0;
    PcapngOptions options;
};

struct PcapngPacket {
    std::uint32_t interface_id = 0;
    std::uint64_t time_ns = 0;
    std::uint32_t original_len = 0;
    Bytes data;
    PcapngOptions options;
    std::size_t end_offset = 0;  // in the file, behind its block
};

struct PcapngStatistics {
    std::uint32_t interface_id = 0;
    std::uint64_t time_ns = 0;
    PcapngOptions options;
};

struct PcapngFile {
    PcapngOptions section;
    std::vector<PcapngInterface> interfaces;
    std::vector<PcapngPacket> packets;
    std::vector<PcapngStatistics> statistics;
};

// Option codes that the tests look at.
inline constexpr std::uint16_t kOptComment = 1;
inline constexpr std::uint16_t kShbHardware = 2;
inline constexpr std::uint16_t kShbOs = 3;
inline constexpr std::uint16_t kShbUserAppl = 4;
inline constexpr std::uint16_t kIfName = 2;
inline constexpr std::uint16_t kIfDescription = 3;
inline constexpr std::uint16_t kIfMacAddr = 6;
inline constexpr std::uint16_t kIfTsresol = 9;
inline constexpr std::uint16_t kIfFilter = 11;
inline constexpr std::uint16_t kIfOs = 12;
inline constexpr std::uint16_t kEpbFlags = 2;
inline constexpr std::uint16_t kEpbDropcount = 4;
inline constexpr std::uint16_t kEpbPacketid = 5;
inline constexpr std::uint16_t kEpbQueue = 6;
inline constexpr std::uint16_t kIsbStartTime = 2;
inline constexpr std::uint16_t kIsbEndTime = 3;
inline constexpr std::uint16_t kIsbIfRecv = 4;
inline constexpr std::uint16_t kIsbFilterAccept = 6;
inline constexpr std::uint16_t kIsbOsDrop = 7;
inline constexpr std::uint16_t kIsbUsrDeliv = 8;

Bytes read_bytes(const std::filesystem::path& path);
PcapngFile parse_pcapng(std::span<const std::uint8_t> bytes);
PcapngFile read_pcapng(const std::filesystem::path& path);
// Classic pcap with nanoseconds, Ethernet: the same packets, without options.
std::vector<PcapngPacket> parse_nanosecond_pcap(std::span<const std::uint8_t> bytes);

}  // namespace xdpsift::harness
