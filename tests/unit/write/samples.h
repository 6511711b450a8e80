// SPDX-License-Identifier: BSD-2-Clause
// What the tests write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "write/capture_writer.h"

namespace xdpsift::test {

inline constexpr std::uint64_t kStartNs = 1'735'689'600'123'456'789;  // 2025-01-01 00:00:00 UTC and a bit

write::FileDescription sample_description(std::size_t interfaces = 1);

// A valid UDP packet of documentation addresses, `size` >= 42 bytes; `number` varies its payload.
std::vector<std::byte> udp_frame(std::size_t size, std::uint8_t number = 0);

// The n-th record of a capture; a view of `data`.
Record sample_record(std::uint64_t n, const std::vector<std::byte>& data, std::uint32_t interface_id = 0);

// A statistics source that tells what `writer` says was written.
write::StatisticsSource written_statistics(const std::optional<write::CaptureWriter>& writer);

}  // namespace xdpsift::test
