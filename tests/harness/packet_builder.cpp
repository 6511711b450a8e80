// SPDX-License-Identifier: BSD-2-Clause
#include "harness/packet_builder.h"

#include <arpa/inet.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>

namespace xdpsift::harness {

namespace {

constexpr int kNoNextHeader = 59;           // RFC 8200
constexpr int kExperimentalProtocol = 253;  // RFC 3692
constexpr int kExperimentalEthertype = 0x88b5;

void store16(std::span<std::uint8_t> at, unsigned value) {
    at[0] = static_cast<std::uint8_t>(value >> 8);
    at[1] = static_cast<std::uint8_t>(value);
}

// A one's complement sum of big-endian words, not yet folded; an odd last byte is padded with zero.
std::uint64_t add_words(std::span<const std::uint8_t> data, std::uint64_t sum) {
    for (std::size_t i = 0; i < data.size(); i += 2)
        sum += static_cast<std::uint64_t>(data[i]) << 8 | (i + 1 < data.size() ? data[i + 1] : 0U);
    return sum;
}

unsigned fold(std::uint64_t sum) {
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<unsigned>(~sum & 0xffff);
}

std::uint32_t crc32c(std::span<const std::uint8_t> data) {
    std::uint32_t crc = 0xffffffff;
    for (const std::uint8_t byte : data) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
    }
    return ~crc;
}

void address(Bytes& bytes, std::size_t at, int family, const std::string& text) {
    if (inet_pton(family, text.c_str(), bytes.data() + at) != 1) throw std::invalid_argument("address: " + text);
}

bool is_ip(const Header& header) { return header.format().ethertype == 0x0800 || header.format().ethertype == 0x86dd; }

constexpr HeaderFormat kEthernet = {
    .name = "ethernet", .next_space = NumberSpace::ethertype, .next_at = 12, .next_default = kExperimentalEthertype};
constexpr HeaderFormat kVlan = {.name = "vlan",
                                .ethertype = 0x8100,
                                .next_space = NumberSpace::ethertype,
                                .next_at = 2,
                                .next_default = kExperimentalEthertype};
constexpr HeaderFormat kIpv4 = {.name = "ipv4",
                                .ethertype = 0x0800,
                                .protocol = 4,
                                .next_space = NumberSpace::protocol,
                                .next_at = 9,
                                .next_default = kExperimentalProtocol,
                                .length_rule = LengthRule::from_header,
                                .length_at = 2,
                                .checksum_rule = ChecksumRule::header_only,
                                .checksum_at = 10};
constexpr HeaderFormat kIpv6 = {.name = "ipv6",
                                .ethertype = 0x86dd,
                                .protocol = 41,
                                .next_space = NumberSpace::protocol,
                                .next_at = 6,
                                .next_default = kNoNextHeader,
                                .length_rule = LengthRule::after_header,
                                .length_at = 4};
constexpr HeaderFormat kUdp = {.name = "udp",
                               .protocol = 17,
                               .length_rule = LengthRule::from_header,
                               .length_at = 4,
                               .checksum_rule = ChecksumRule::pseudo_header,
                               .checksum_at = 6};
constexpr HeaderFormat kGre = {.name = "gre",
                               .protocol = 47,
                               .next_space = NumberSpace::ethertype,
                               .next_at = 2,
                               .next_default = kExperimentalEthertype};

constexpr HeaderFormat extension(const char* name, int protocol) {
    return {.name = name,
            .protocol = protocol,
            .next_space = NumberSpace::protocol,
            .next_at = 0,
            .next_default = kNoNextHeader};
}

constexpr HeaderFormat summed(const char* name, int protocol, ChecksumRule rule, int checksum_at) {
    return {.name = name, .protocol = protocol, .checksum_rule = rule, .checksum_at = checksum_at};
}

}  // namespace

void Header::put8(std::size_t at, unsigned value) { bytes_.at(at) = static_cast<std::uint8_t>(value); }
void Header::put16(std::size_t at, unsigned value) { store16(std::span(bytes_).subspan(at, 2), value); }
void Header::put32(std::size_t at, std::uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}
void Header::put_address4(std::size_t at, const std::string& text) { address(bytes_, at, AF_INET, text); }
void Header::put_address6(std::size_t at, const std::string& text) { address(bytes_, at, AF_INET6, text); }

void Header::fix_next(unsigned value) {
    const int at = std::exchange(format_.next_at, kNone);
    if (at == kNone) throw std::logic_error("next header set twice");
    if (format_.next_space == NumberSpace::ethertype)
        put16(static_cast<std::size_t>(at), value);
    else
        put8(static_cast<std::size_t>(at), value);
}
void Header::fix_length(unsigned value) {
    put16(static_cast<std::size_t>(format_.length_at), value);
    format_.length_rule = LengthRule::none;
}
void Header::fix_checksum(unsigned value) {
    put16(static_cast<std::size_t>(format_.checksum_at), value);
    format_.checksum_rule = ChecksumRule::none;
}

Packet& Packet::append(const Header& header) {
    layers_.push_back(header);
    return *this;
}

std::size_t Packet::size() const {
    return std::accumulate(layers_.begin(), layers_.end(), std::size_t{0},
                           [](std::size_t sum, const Header& header) { return sum + header.bytes().size(); });
}

std::vector<LayerSpan> Packet::layers() const {
    std::vector<LayerSpan> spans;
    std::size_t offset = 0;
    for (const Header& header : layers_) {
        spans.push_back({header.format().name, offset, header.bytes().size()});
        offset += header.bytes().size();
    }
    return spans;
}

namespace {

void fill_next(const Header& header, const Header* next, std::span<std::uint8_t> at) {
    const HeaderFormat& format = header.format();
    if (format.next_at == kNone) return;
    const bool ethertype = format.next_space == NumberSpace::ethertype;
    int number = next == nullptr ? kNone : ethertype ? next->format().ethertype : next->format().protocol;
    if (number == kNone) number = format.next_default;
    const auto field = at.subspan(static_cast<std::size_t>(format.next_at));
    if (ethertype)
        store16(field, static_cast<unsigned>(number));
    else
        field[0] = static_cast<std::uint8_t>(number);
}

void fill_length(const Header& header, std::span<std::uint8_t> at) {
    const HeaderFormat& format = header.format();
    if (format.length_rule == LengthRule::none) return;
    const std::size_t skip = format.length_rule == LengthRule::after_header ? header.bytes().size() : 0;
    store16(at.subspan(static_cast<std::size_t>(format.length_at)), static_cast<unsigned>(at.size() - skip));
}

// `ip` is the header that the pseudo-header is made of, as it stands in the frame; empty: there is none.
void fill_checksum(const Header& header, std::span<std::uint8_t> at, std::span<const std::uint8_t> ip) {
    const HeaderFormat& format = header.format();
    if (format.checksum_rule == ChecksumRule::none) return;
    const auto field = at.subspan(static_cast<std::size_t>(format.checksum_at));
    if (format.checksum_rule == ChecksumRule::crc32c) {
        const std::uint32_t crc = crc32c(at);
        for (unsigned i = 0; i < 4; ++i) field[i] = static_cast<std::uint8_t>(crc >> (8 * i));
        return;
    }
    std::uint64_t sum = 0;
    if (format.checksum_rule == ChecksumRule::pseudo_header) {
        if (ip.empty()) return;
        sum = add_words(ip, at.size() + static_cast<std::uint64_t>(format.protocol));
    }
    const bool header_only = format.checksum_rule == ChecksumRule::header_only;
    const unsigned value = fold(add_words(header_only ? at.first(header.bytes().size()) : at, sum));
    // Zero means "no checksum" to UDP, which therefore sends its other representation.
    store16(field, value == 0 && format.protocol == 17 ? 0xffff : value);
}

}  // namespace

Bytes Packet::build() const {
    Bytes frame;
    frame.reserve(size());
    for (const Header& header : layers_) frame.insert(frame.end(), header.bytes().begin(), header.bytes().end());
    const std::vector<LayerSpan> spans = layers();
    const auto from = [&](std::size_t i) { return std::span(frame).subspan(spans[i].offset); };
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        fill_next(layers_[i], i + 1 < layers_.size() ? &layers_[i + 1] : nullptr, from(i));
        fill_length(layers_[i], from(i));
    }
    // Innermost first: an outer checksum covers the inner ones.
    for (std::size_t i = layers_.size(); i-- > 0;) {
        std::size_t outer = i;
        while (outer > 0 && !is_ip(layers_[outer - 1])) --outer;
        std::span<const std::uint8_t> addresses;
        if (outer > 0)
            addresses = layers_[outer - 1].format().ethertype == 0x0800 ? from(outer - 1).subspan(12, 8)
                                                                        : from(outer - 1).subspan(8, 32);
        fill_checksum(layers_[i], from(i), addresses);
    }
    return frame;
}

Payload::Payload(Bytes content) : Header(HeaderFormat{}) { bytes_ = std::move(content); }
Payload payload(std::size_t size, std::uint8_t first) {
    Bytes content(size);
    std::iota(content.begin(), content.end(), first);
    return Payload(std::move(content));
}
Payload raw(Bytes content) { return Payload(std::move(content)); }

Ethernet::Ethernet() : Header(kEthernet, 14) {
    put8(0, 0x02);  // locally administered addresses
    put8(5, 0x02);
    put8(6, 0x02);
    put8(11, 0x01);
}

Vlan::Vlan(unsigned id) : Header(kVlan, 4) { put16(0, id); }
Vlan& Vlan::priority(unsigned value) {
    put8(0, (bytes_[0] & 0x1fU) | value << 5);
    return *this;
}

Arp::Arp(const std::string& sender, const std::string& target) : Header({.name = "arp", .ethertype = 0x0806}, 28) {
    put16(0, 1);  // Ethernet
    put16(2, 0x0800);
    put8(4, 6);
    put8(5, 4);
    put16(6, 1);  // request
    put_address4(14, sender);
    put_address4(24, target);
}

Ipv4::Ipv4(const std::string& src, const std::string& dst) : Header(kIpv4, 20) {
    put8(0, 0x45);
    put8(8, 64);
    put_address4(12, src);
    put_address4(16, dst);
}
Ipv4& Ipv4::options(std::size_t bytes) {
    bytes_.resize(20 + bytes, 1);
    return ihl(static_cast<unsigned>(bytes_.size() / 4));
}
Ipv4& Ipv4::version(unsigned value) {
    put8(0, (bytes_[0] & 0x0fU) | value << 4);
    return *this;
}
Ipv4& Ipv4::ihl(unsigned value) {
    put8(0, (bytes_[0] & 0xf0U) | value);
    return *this;
}
Ipv4& Ipv4::fragment(unsigned offset_bytes, bool more, unsigned id) {
    put16(4, id);
    put16(6, offset_bytes / 8 | (more ? 0x2000U : 0U));
    return *this;
}
Ipv4& Ipv4::dont_fragment() {
    put8(6, bytes_[6] | 0x40U);
    return *this;
}

Ipv6::Ipv6(const std::string& src, const std::string& dst) : Header(kIpv6, 40) {
    put8(0, 0x60);
    put8(7, 64);
    put_address6(8, src);
    put_address6(24, dst);
}
Ipv6& Ipv6::version(unsigned value) {
    put8(0, value << 4);
    return *this;
}

Extension::Extension(const char* name, int protocol, std::size_t size) : Header(extension(name, protocol), size) {
    put8(1, static_cast<unsigned>(size / 8 - 1));
}
HopByHop::HopByHop(std::size_t size) : Extension("hop-by-hop", 0, size) {
    put8(2, 1);  // PadN over all of it; what does not fit into one option stays Pad1, which is zero
    put8(3, static_cast<unsigned>(std::min<std::size_t>(size - 4, 255)));
}
DestinationOptions::DestinationOptions(std::size_t size) : Extension("destination-options", 60, size) {
    put8(2, 1);
    put8(3, static_cast<unsigned>(std::min<std::size_t>(size - 4, 255)));
}

Authentication::Authentication(std::size_t icv_bytes) : Header(extension("authentication", 51), 12 + icv_bytes) {
    put8(1, static_cast<unsigned>(bytes_.size() / 4 - 2));
    put32(4, 0x2000);
    put32(8, 1);
}

Fragment::Fragment(unsigned offset_bytes, bool more, std::uint32_t id) : Header(extension("fragment", 44), 8) {
    put16(2, (offset_bytes & ~7U) | (more ? 1U : 0U));
    put32(4, id);
}

Tcp::Tcp(unsigned sport, unsigned dport) : Header(summed("tcp", 6, ChecksumRule::pseudo_header, 16), 20) {
    put16(0, sport);
    put16(2, dport);
    put32(4, 1);
    put8(12, 5 << 4);
    put8(13, 0x02);  // SYN
    put16(14, 64240);
}
Tcp& Tcp::options(std::size_t bytes) {
    bytes_.resize(20 + bytes, 1);
    put8(12, static_cast<unsigned>(bytes_.size() / 4 << 4));
    return *this;
}

Udp::Udp(unsigned sport, unsigned dport) : Header(kUdp, 8) {
    put16(0, sport);
    put16(2, dport);
}

// The checksum covers all of the datagram, which is what a coverage of 0 says (RFC 3828).
UdpLite::UdpLite(unsigned sport, unsigned dport) : Header(summed("udp-lite", 136, ChecksumRule::pseudo_header, 6), 8) {
    put16(0, sport);
    put16(2, dport);
}

Dccp::Dccp(unsigned sport, unsigned dport) : Header(summed("dccp", 33, ChecksumRule::pseudo_header, 6), 16) {
    put16(0, sport);
    put16(2, dport);
    put8(4, 4);           // data offset, in words
    put8(8, 2 << 1 | 1);  // DCCP-Data with the long sequence number
}

Sctp::Sctp(unsigned sport, unsigned dport) : Header(summed("sctp", 132, ChecksumRule::crc32c, 8), 12) {
    put16(0, sport);
    put16(2, dport);
    put32(4, 1);
}

Icmp::Icmp(unsigned type, unsigned code, unsigned id, unsigned sequence)
    : Header(summed("icmp", 1, ChecksumRule::plain, 2), 8) {
    put8(0, type);
    put8(1, code);
    put16(4, id);
    put16(6, sequence);
}

Icmpv6::Icmpv6(unsigned type, unsigned code, unsigned id, unsigned sequence)
    : Header(summed("icmpv6", 58, ChecksumRule::pseudo_header, 2), 8) {
    put8(0, type);
    put8(1, code);
    put16(4, id);
    put16(6, sequence);
}

Gre::Gre() : Header(kGre, 4) {}

Esp::Esp(std::uint32_t spi, std::uint32_t sequence) : Header({.name = "esp", .protocol = 50}, 8) {
    put32(0, spi);
    put32(4, sequence);
}

}  // namespace xdpsift::harness
