// SPDX-License-Identifier: BSD-2-Clause
// One selected packet on its way from a ring to the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace xdpsift {

// A view: `data` points into the ring that the record stands in and is valid until that ring moves on.
struct Record {
    std::uint64_t time_ns = 0;         // CLOCK_MONOTONIC as drained; since the epoch once ordered
    std::uint64_t packet_id = 0;       // CPU << 48 | the CPU's count of selected packets
    std::uint64_t dropped_before = 0;  // packets of this CPU and interface lost just before this one
    std::uint32_t frame_len = 0;       // bytes on the wire
    std::uint32_t interface_id = 0;    // index of the interface in this capture
    std::uint32_t queue = 0;           // receive queue
    std::span<const std::byte> data;   // the bytes kept; never longer than frame_len
};

// One producer's records in the order of their time: what the order stage merges.
// Not thread-safe: one thread reads a source.
class RecordSource {
   public:
    virtual ~RecordSource() = default;
    // The oldest unread record, or nullptr when there is none now. Valid until pop(), and the reader's to adjust.
    virtual Record* peek() = 0;
    // Takes the record that peek() showed. Only after a peek() that showed one.
    virtual void pop() = 0;
    // More than half of the producer's buffer is in use: records should be taken without waiting.
    virtual bool pressed() const = 0;
};

}  // namespace xdpsift
