// SPDX-License-Identifier: BSD-2-Clause
// The rings that selected packets go through: one for each CPU.
#pragma once

#include <cstdint>

namespace xdpsift {

enum class RingKind {
    perf,  // perf_event_open(2)
    bpf,   // BPF_MAP_TYPE_RINGBUF, Linux 5.8
};

struct RingOptions {
    RingKind kind = RingKind::perf;
    std::uint64_t bytes = std::uint64_t{4} << 20;  // of each ring: a power of two of pages

    // The reader is woken once so many have been written since the last time; a timer does the rest.
    std::uint64_t wakeup_bytes() const { return bytes / 4; }
};

constexpr const char* to_string(RingKind kind) { return kind == RingKind::bpf ? "bpf" : "perf"; }

}  // namespace xdpsift
