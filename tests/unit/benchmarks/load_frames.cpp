// SPDX-License-Identifier: BSD-2-Clause
#include "load_frames.h"

#include <gtest/gtest.h>
#include <string.h>

#include <fstream>

#include "generator/udp_frame.h"

namespace xdpsift::compare {

std::vector<std::byte> load_frame(std::uint64_t sequence, std::size_t frame_bytes) {
    generator::UdpFrame frame;
    frame.frame_bytes = frame_bytes;
    auto bytes = frame.bytes();
    memcpy(bytes.data() + frame.payload_offset(), &sequence, sizeof(sequence));
    return bytes;
}

FileBytes& FileBytes::raw(const void* data, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
    return *this;
}

FileBytes& FileBytes::pcap_header() { return u32(0xa1b2c3d4).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(1); }

FileBytes& FileBytes::pcap_packet(std::span<const std::byte> frame) {
    const auto length = static_cast<std::uint32_t>(frame.size());
    return u32(1).u32(2).u32(length).u32(length).bytes(frame);
}

FileBytes& FileBytes::section_header() {
    return u32(0x0a0d0d0a).u32(28).u32(0x1a2b3c4d).u16(1).u16(0).u32(~0U).u32(~0U).u32(28);
}

FileBytes& FileBytes::interface() { return u32(1).u32(20).u16(1).u16(0).u32(0).u32(20); }

FileBytes& FileBytes::packet_block(std::span<const std::byte> frame) {
    const auto length = static_cast<std::uint32_t>(frame.size());
    const std::uint32_t padding = (4 - length % 4) % 4;
    const std::uint32_t whole = 32 + length + padding;
    u32(6).u32(whole).u32(0).u32(1).u32(2).u32(length).u32(length).bytes(frame);
    for (std::uint32_t i = 0; i < padding; i++) bytes_.push_back(std::byte{0});
    return u32(whole);
}

std::string FileBytes::write(const std::string& name, std::size_t cut) const {
    const std::string path = testing::TempDir() + name;
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes_.data()), static_cast<std::streamsize>(bytes_.size() - cut));
    return path;
}

}  // namespace xdpsift::compare
