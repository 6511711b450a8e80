// SPDX-License-Identifier: BSD-2-Clause
// How many packets stand in a capture file, counted by its own framing, not by what its writer says.
#pragma once

#include <cstdint>
#include <string>

#include "xdpsift/result.h"

namespace xdpsift::compare {

struct PacketCount {
    std::uint64_t packets = 0;
    std::uint64_t file_bytes = 0;
};

// pcap and pcapng in the machine's byte order. A last packet that is cut short is an error.
Result<PacketCount> count_packets(const std::string& file);

}  // namespace xdpsift::compare
