// SPDX-License-Identifier: BSD-2-Clause
// A small, strict reader of pcapng and pcap, written from the drafts and apart from the writer's code.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace xdpsift::test {

using Bytes = std::string;

// Option code to value; a code that stands twice is an error of the file.
using Options = std::map<std::uint16_t, Bytes>;

struct ReadInterface {
    std::uint16_t link_type = 0;
    std::uint32_t snaplen = 0;
    Options options;
};
struct ReadPacket {
    std::uint32_t interface_id = 0;
    std::uint64_t time_ns = 0;
    std::uint32_t original_length = 0;
    Bytes data;
    Options options;
};
struct ReadStatistics {
    std::uint32_t interface_id = 0;
    std::uint64_t time_ns = 0;
    Options options;
};
struct ReadCapture {
    std::string error;          // empty: the file is valid
    std::uint32_t snaplen = 0;  // pcap's
    Options section;
    std::vector<ReadInterface> interfaces;
    std::vector<ReadPacket> packets;
    std::vector<ReadStatistics> statistics;
};

ReadCapture read_pcapng(std::span<const std::byte> bytes);
ReadCapture read_pcap(std::span<const std::byte> bytes);

// An option's value as a number in the machine's byte order.
std::uint64_t number(const Bytes& value);
// An option's value as a time: two words, upper first.
std::uint64_t time_of(const Bytes& value);

}  // namespace xdpsift::test
