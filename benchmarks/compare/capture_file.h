// SPDX-License-Identifier: BSD-2-Clause
// The packets of a capture file, found by its own framing, not by what its writer says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "xdpsift/result.h"

namespace xdpsift::compare {

using PacketVisitor = std::function<void(std::span<const std::byte>)>;

// Calls `visit` with the kept bytes of each packet, in the file's order; returns the file's size in bytes. pcap and
// pcapng in the machine's byte order. A last packet that is cut short is an error, after all before it were visited.
Result<std::uint64_t> visit_packets(const std::string& file, const PacketVisitor& visit);

}  // namespace xdpsift::compare
