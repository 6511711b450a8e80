// SPDX-License-Identifier: BSD-2-Clause
// Classic pcap files (draft-ietf-opsawg-pcap), byte by byte.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace xdpsift::harness {

struct PcapPacket {
    std::uint32_t seconds = 0;
    std::uint32_t fraction = 0;
    std::uint32_t frame_len = 0;
    std::vector<std::uint8_t> data;
};

struct PcapFormat {
    bool nanoseconds = true;
    std::uint32_t snaplen = 262'144;
    std::uint32_t link_type = 1;
};

inline std::string pcap_bytes(const std::vector<PcapPacket>& packets, const PcapFormat& format = {}) {
    std::string out;
    const auto put = [&out](auto value) { out.append(reinterpret_cast<const char*>(&value), sizeof(value)); };
    put(format.nanoseconds ? std::uint32_t{0xa1b23c4d} : std::uint32_t{0xa1b2c3d4});
    put(std::uint16_t{2});
    put(std::uint16_t{4});
    put(std::uint64_t{0});
    put(format.snaplen);
    put(format.link_type);
    for (const auto& packet : packets) {
        put(packet.seconds);
        put(packet.fraction);
        put(static_cast<std::uint32_t>(packet.data.size()));
        put(packet.frame_len);
        out.append(packet.data.begin(), packet.data.end());
    }
    return out;
}

inline std::string write_file(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
}

}  // namespace xdpsift::harness
