// SPDX-License-Identifier: BSD-2-Clause
// The records in the data area of a perf ring (perf_event_open(2)), read in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "drain/packet_gaps.h"
#include "drain/ring_bytes.h"
#include "xdpsift/record.h"

namespace xdpsift::drain {

// Positions count bytes since the ring was made; they are not cut to its size. Believes nothing that stands in the
// ring: what contradicts itself is counted as undecodable and left.
class RingRecords {
   public:
    RingRecords() = default;
    // `ring` is a power of two of bytes, 8 at least, and stays where it is.
    explicit RingRecords(std::span<const std::byte> ring) : ring_(ring) {}

    // How far has been written; peek() shows no record beyond.
    void set_head(std::uint64_t head) { head_ = head; }
    // How far has been taken.
    std::uint64_t tail() const { return tail_; }

    // As RecordSource has them.
    Record* peek() { return current_bytes_ != 0 || next_record() ? &current_ : nullptr; }
    void pop();
    bool pressed() const { return head_ - tail_ > ring_.size() / 2; }

    std::uint64_t lost_announced() const { return lost_announced_; }
    std::uint64_t undecodable() const { return undecodable_; }

   private:
    bool next_record();
    bool decode(std::span<const std::byte> perf_record, std::uint32_t type);

    RingBytes ring_;
    std::uint64_t head_ = 0;
    std::uint64_t tail_ = 0;
    std::size_t current_bytes_ = 0;  // of the record that peek() shows; 0: none
    Record current_;
    PacketGaps gaps_;
    std::uint64_t lost_announced_ = 0;
    std::uint64_t undecodable_ = 0;
};

}  // namespace xdpsift::drain
