// SPDX-License-Identifier: BSD-2-Clause
// What is kept of the matching packets, and when the capture ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace xdpsift {

// PSAMP (RFC 5475, RFC 5477): uniform probabilistic sampling is selectorAlgorithm 4.
struct Selection {
    std::uint32_t sample_rate = 1;  // 1 in N
    std::uint64_t seed = 0;         // of the uniform sampler
    std::uint32_t snaplen = 0;      // bytes kept of each packet; 0: all
};
inline constexpr int kPsampUniformProbabilistic = 4;

// Whichever comes first ends the capture; without a value there is no such limit.
struct Limits {
    std::optional<std::uint64_t> packets;
    std::optional<std::uint64_t> bytes;  // packet bytes kept, not the file's
    std::optional<std::chrono::nanoseconds> duration;
    std::optional<std::uint64_t> min_free_disk_bytes;
};

enum class StopReason {
    packet_limit,
    time_limit,
    byte_limit,
    signal,
    disk_low,
    interface_gone,
    output_closed,
    error,
};

constexpr const char* to_string(StopReason reason) {
    switch (reason) {
        case StopReason::packet_limit: return "packet_limit";
        case StopReason::time_limit: return "time_limit";
        case StopReason::byte_limit: return "byte_limit";
        case StopReason::signal: return "signal";
        case StopReason::disk_low: return "disk_low";
        case StopReason::interface_gone: return "interface_gone";
        case StopReason::output_closed: return "output_closed";
        case StopReason::error: return "error";
    }
    return "error";
}

}  // namespace xdpsift
