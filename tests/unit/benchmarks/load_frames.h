// SPDX-License-Identifier: BSD-2-Clause
// Frames as the generator makes them, and files with them in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xdpsift::compare {

std::vector<std::byte> load_frame(std::uint64_t sequence, std::size_t frame_bytes = 64);

// Little by little, in the machine's byte order.
class FileBytes {
   public:
    FileBytes& u16(std::uint16_t value) { return raw(&value, sizeof(value)); }
    FileBytes& u32(std::uint32_t value) { return raw(&value, sizeof(value)); }
    FileBytes& bytes(std::span<const std::byte> all) { return raw(all.data(), all.size()); }
    FileBytes& pcap_header();
    FileBytes& pcap_packet(std::span<const std::byte> frame);
    FileBytes& section_header();
    FileBytes& interface();
    FileBytes& packet_block(std::span<const std::byte> frame);
    // Less so many bytes at the end.
    std::string write(const std::string& name, std::size_t cut = 0) const;

   private:
    FileBytes& raw(const void* data, std::size_t size);
    std::vector<std::byte> bytes_;
};

}  // namespace xdpsift::compare
