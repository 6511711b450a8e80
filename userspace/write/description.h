// SPDX-License-Identifier: BSD-2-Clause
// What a capture file says about itself, beside its packets. All text is UTF-8; empty text is left out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "xdpsift/ledger.h"

namespace xdpsift::write {

enum class Format { pcapng, pcap };

struct InterfaceDescription {
    std::string name;
    std::string description;
    std::string filter;     // the effective filter
    std::string selection;  // the selection's parameters as key=value; becomes the interface's comment
    std::optional<std::array<std::uint8_t, 6>> mac;
    std::uint32_t snaplen = 0;  // bytes kept of each packet; 0: whole
};

struct FileDescription {
    std::string hardware;
    std::string os;
    std::string application;
    std::string comment;
    std::vector<InterfaceDescription> interfaces;  // a record's interface_id is an index into these
};

// One interface's totals from the start of the capture on; times are nanoseconds since the epoch.
struct InterfaceStatistics {
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    Ledger ledger;
    std::string comment;  // the ledger and notes as text
};

// Stands in the file where packets are kept whole: the largest that libpcap accepts for Ethernet.
inline constexpr std::uint32_t kWholePacketSnaplen = 262144;

}  // namespace xdpsift::write
