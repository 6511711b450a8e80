// SPDX-License-Identifier: BSD-2-Clause
#include "harness/pcapng_reader.h"

#include <cstring>
#include <fstream>
#include <iterator>

namespace xdpsift::harness {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kInterfaceStatistics = 5;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;
constexpr std::uint32_t kNanosecondMagic = 0xA1B23C4D;
constexpr std::uint32_t kLinkTypeEthernet = 1;

void require(bool holds, const std::string& what, std::size_t offset) {
    if (!holds) throw FormatError(what + " at byte " + std::to_string(offset));
}

// Reads numbers in the machine's own byte order: what a capture on this machine has to be written in.
class Cursor {
   public:
    explicit Cursor(std::span<const std::uint8_t> bytes, std::size_t base = 0) : bytes_(bytes), base_(base) {}

    std::size_t left() const { return bytes_.size() - at_; }
    std::size_t offset() const { return base_ + at_; }
    std::span<const std::uint8_t> take(std::size_t length) {
        require(length <= left(), "the file ends inside a block", offset());
        const auto out = bytes_.subspan(at_, length);
        at_ += length;
        return out;
    }
    template <typename T>
    T number() {
        T value;
        std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
        return value;
    }
    void padding(std::size_t length) {
        const std::size_t start = offset();
        for (const std::uint8_t byte : take((4 - length % 4) % 4)) require(byte == 0, "padding is not zero", start);
    }

   private:
    std::span<const std::uint8_t> bytes_;
    std::size_t base_;
    std::size_t at_ = 0;
};

PcapngOptions parse_options(Cursor& cursor) {
    PcapngOptions options;
    while (cursor.left() > 0) {
        const std::size_t start = cursor.offset();
        const auto code = cursor.number<std::uint16_t>();
        const auto length = cursor.number<std::uint16_t>();
        if (code == 0) {
            require(length == 0, "opt_endofopt with a length", start);
            require(cursor.left() == 0, "something behind opt_endofopt", cursor.offset());
            return options;
        }
        const auto value = cursor.take(length);
        options.all.push_back({code, Bytes(value.begin(), value.end())});
        cursor.padding(length);
    }
    require(options.all.empty(), "options without opt_endofopt", cursor.offset());
    return options;
}

std::uint64_t timestamp(Cursor& cursor) {
    const auto upper = cursor.number<std::uint32_t>();
    return (static_cast<std::uint64_t>(upper) << 32) | cursor.number<std::uint32_t>();
}

class Parser {
   public:
    PcapngFile parse(std::span<const std::uint8_t> bytes) {
        Cursor whole(bytes);
        while (whole.left() > 0) {
            const std::size_t start = whole.offset();
            const auto type = whole.number<std::uint32_t>();
            const auto length = whole.number<std::uint32_t>();
            require(length % 4 == 0, "a block's length is not a multiple of 4", start);
            require(length >= 12, "a block's length is below 12", start);
            require((start == 0) == (type == kSectionHeader), "the section header is not (only) the first block",
                    start);
            const std::size_t body_start = whole.offset();
            Cursor body(whole.take(length - 12), body_start);
            require(whole.number<std::uint32_t>() == length, "a block's length is not repeated", start);
            block(type, body, start + length);
        }
        require(bytes.size() > 0, "the file is empty", 0);
        return std::move(file_);
    }

   private:
    void block(std::uint32_t type, Cursor& body, std::size_t end) {
        switch (type) {
            case kSectionHeader: section(body); break;
            case kInterfaceDescription: interface(body); break;
            case kEnhancedPacket: packet(body, end); break;
            case kInterfaceStatistics: statistics(body); break;
            default: require(false, "a block of type " + std::to_string(type), body.offset());
        }
    }

    void section(Cursor& body) {
        require(body.number<std::uint32_t>() == kByteOrderMagic, "byte-order magic", 0);
        require(body.number<std::uint16_t>() == 1, "major version", 0);
        const auto minor = body.number<std::uint16_t>();
        require(minor == 0 || minor == 2, "minor version", 0);
        body.number<std::uint64_t>();  // the section's length; all ones when it is not known
        file_.section = parse_options(body);
    }

    void interface(Cursor& body) {
        PcapngInterface out;
        out.link_type = body.number<std::uint16_t>();
        require(body.number<std::uint16_t>() == 0, "reserved field of an interface is not zero", body.offset());
        out.snaplen = body.number<std::uint32_t>();
        out.options = parse_options(body);
        require(out.options.u8(kIfTsresol) == 9, "timestamps are not nanoseconds", body.offset());
        file_.interfaces.push_back(std::move(out));
    }

    void packet(Cursor& body, std::size_t end) {
        PcapngPacket out;
        const std::size_t start = body.offset();
        out.interface_id = known_interface(body);
        out.time_ns = timestamp(body);
        const auto captured_len = body.number<std::uint32_t>();
        out.original_len = body.number<std::uint32_t>();
        require(captured_len <= out.original_len, "captured length above the original length", start);
        const std::uint32_t snaplen = file_.interfaces[out.interface_id].snaplen;
        require(snaplen == 0 || captured_len <= snaplen, "captured length above the snapshot length", start);
        const auto data = body.take(captured_len);
        out.data.assign(data.begin(), data.end());
        body.padding(captured_len);
        out.options = parse_options(body);
        out.end_offset = end;
        file_.packets.push_back(std::move(out));
    }

    void statistics(Cursor& body) {
        PcapngStatistics out;
        out.interface_id = known_interface(body);
        out.time_ns = timestamp(body);
        out.options = parse_options(body);
        file_.statistics.push_back(std::move(out));
    }

    std::uint32_t known_interface(Cursor& body) const {
        const auto id = body.number<std::uint32_t>();
        require(id < file_.interfaces.size(), "an interface that was not described", body.offset());
        return id;
    }

    PcapngFile file_;
};

template <typename T>
T number_of(const Bytes& value, std::uint16_t code) {
    if (value.size() != sizeof(T)) throw FormatError("option " + std::to_string(code) + " has another length");
    T out;
    std::memcpy(&out, value.data(), sizeof(T));
    return out;
}

}  // namespace

std::size_t PcapngOptions::count(std::uint16_t code) const {
    std::size_t found = 0;
    for (const PcapngOption& option : all) found += option.code == code;
    return found;
}

bool PcapngOptions::has(std::uint16_t code) const { return count(code) > 0; }

const Bytes& PcapngOptions::bytes(std::uint16_t code) const {
    if (count(code) != 1)
        throw FormatError("option " + std::to_string(code) + " is there " + std::to_string(count(code)) + " times");
    for (const PcapngOption& option : all) {
        if (option.code == code) return option.value;
    }
    throw FormatError("unreachable");
}

std::string PcapngOptions::text(std::uint16_t code) const {
    const Bytes& value = bytes(code);
    return std::string(value.begin(), value.end());
}

std::uint8_t PcapngOptions::u8(std::uint16_t code) const { return number_of<std::uint8_t>(bytes(code), code); }
std::uint32_t PcapngOptions::u32(std::uint16_t code) const { return number_of<std::uint32_t>(bytes(code), code); }
std::uint64_t PcapngOptions::u64(std::uint16_t code) const { return number_of<std::uint64_t>(bytes(code), code); }

Bytes read_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw FormatError(path.string() + " cannot be opened");
    return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

PcapngFile parse_pcapng(std::span<const std::uint8_t> bytes) { return Parser().parse(bytes); }

PcapngFile read_pcapng(const std::filesystem::path& path) { return parse_pcapng(read_bytes(path)); }

std::vector<PcapngPacket> parse_nanosecond_pcap(std::span<const std::uint8_t> bytes) {
    Cursor cursor(bytes);
    require(cursor.number<std::uint32_t>() == kNanosecondMagic, "magic of nanosecond pcap", 0);
    require(cursor.number<std::uint16_t>() == 2 && cursor.number<std::uint16_t>() == 4, "version", 4);
    require(cursor.number<std::uint64_t>() == 0, "time zone and accuracy", 8);
    const auto snaplen = cursor.number<std::uint32_t>();
    require(cursor.number<std::uint32_t>() == kLinkTypeEthernet, "link type", 20);
    std::vector<PcapngPacket> packets;
    while (cursor.left() > 0) {
        const std::size_t start = cursor.offset();
        PcapngPacket packet;
        const auto seconds = cursor.number<std::uint32_t>();
        const auto nanoseconds = cursor.number<std::uint32_t>();
        require(nanoseconds < 1'000'000'000, "nanoseconds of a whole second or more", start);
        packet.time_ns = seconds * 1'000'000'000ULL + nanoseconds;
        const auto captured_len = cursor.number<std::uint32_t>();
        packet.original_len = cursor.number<std::uint32_t>();
        require(captured_len <= packet.original_len && captured_len <= snaplen, "captured length", start);
        const auto data = cursor.take(captured_len);
        packet.data.assign(data.begin(), data.end());
        packet.end_offset = cursor.offset();
        packets.push_back(std::move(packet));
    }
    return packets;
}

}  // namespace xdpsift::harness
