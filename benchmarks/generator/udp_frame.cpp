// SPDX-License-Identifier: BSD-2-Clause
#include "generator/udp_frame.h"

#include <algorithm>

namespace xdpsift::generator {
namespace {

constexpr std::uint16_t kEthertypeIpv4 = 0x0800;
constexpr std::uint16_t kEthertypeIpv6 = 0x86dd;
constexpr std::uint16_t kEthertypeVlan = 0x8100;
constexpr std::uint8_t kProtocolUdp = 17;

class Writer {
   public:
    void u8(unsigned value) { out_.push_back(static_cast<std::byte>(value & 0xff)); }
    void u16(unsigned value) {
        u8(value >> 8);
        u8(value);
    }
    void u32(std::uint32_t value) {
        u16(value >> 16);
        u16(value & 0xffff);
    }
    template <typename Bytes>
    void all(const Bytes& bytes) {
        for (const auto byte : bytes) u8(byte);
    }
    std::size_t size() const { return out_.size(); }
    unsigned u16_at(std::size_t offset) const {
        return std::to_integer<unsigned>(out_[offset]) << 8 | std::to_integer<unsigned>(out_[offset + 1]);
    }
    void set_u16(std::size_t offset, unsigned value) {
        out_[offset] = static_cast<std::byte>(value >> 8 & 0xff);
        out_[offset + 1] = static_cast<std::byte>(value & 0xff);
    }
    std::vector<std::byte> padded(std::size_t bytes) && {
        out_.resize(bytes);
        return std::move(out_);
    }

   private:
    std::vector<std::byte> out_;
};

void write_ipv4(Writer& writer, const UdpFrame& frame, std::size_t udp_bytes) {
    const std::size_t start = writer.size();
    writer.u16(0x4500);
    writer.u16(static_cast<unsigned>(kIpv4HeaderBytes + udp_bytes));
    writer.u32(0x00004000);  // no identification, do not fragment
    writer.u8(64);
    writer.u8(kProtocolUdp);
    writer.u16(0);
    writer.u32(frame.source_v4);
    writer.u32(frame.destination_v4);
    unsigned sum = 0;
    for (std::size_t offset = 0; offset < kIpv4HeaderBytes; offset += 2) sum += writer.u16_at(start + offset);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    writer.set_u16(start + 10, ~sum & 0xffff);
}

void write_ipv6(Writer& writer, const UdpFrame& frame, std::size_t udp_bytes) {
    writer.u32(0x60000000);
    writer.u16(static_cast<unsigned>(udp_bytes));
    writer.u8(kProtocolUdp);
    writer.u8(64);
    writer.all(*frame.source_v6);
    writer.all(*frame.destination_v6);
}

bool is_ipv6(const UdpFrame& frame) { return frame.source_v6 && frame.destination_v6; }

}  // namespace

std::size_t UdpFrame::payload_offset() const {
    return kEthernetHeaderBytes + (vlan ? kVlanTagBytes : 0) + (is_ipv6(*this) ? kIpv6HeaderBytes : kIpv4HeaderBytes) +
           kUdpHeaderBytes;
}

std::vector<std::byte> UdpFrame::bytes() const {
    const std::size_t total = std::max(frame_bytes, payload_offset());
    const std::size_t udp_bytes = total - payload_offset() + kUdpHeaderBytes;
    Writer writer;
    writer.all(destination_mac);
    writer.all(source_mac);
    if (vlan) {
        writer.u16(kEthertypeVlan);
        writer.u16(*vlan);
    }
    writer.u16(is_ipv6(*this) ? kEthertypeIpv6 : kEthertypeIpv4);
    if (is_ipv6(*this)) {
        write_ipv6(writer, *this, udp_bytes);
    } else {
        write_ipv4(writer, *this, udp_bytes);
    }
    writer.u16(source_port);
    writer.u16(destination_port);
    writer.u16(static_cast<unsigned>(udp_bytes));
    writer.u16(0);
    return std::move(writer).padded(total);
}

}  // namespace xdpsift::generator
