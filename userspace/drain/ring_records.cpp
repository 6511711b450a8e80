// SPDX-License-Identifier: BSD-2-Clause
#include "drain/ring_records.h"

#include <linux/perf_event.h>

#include <algorithm>
#include <cstring>

#include "drain/decode.h"

namespace xdpsift::drain {
namespace {

// A raw sample: the header, its length in 32 bits, the bytes.
constexpr std::size_t kSampleOffset = sizeof(perf_event_header) + sizeof(std::uint32_t);
// Records are multiples of this, so that a header never wraps.
constexpr std::size_t kRecordAlignment = sizeof(perf_event_header);
static_assert(kRecordAlignment == 8);

template <typename T>
T read_at(std::span<const std::byte> bytes, std::size_t offset) {
    T value{};
    if (offset + sizeof(T) <= bytes.size()) std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

}  // namespace

// Whether it is a packet, which current_ then shows.
bool RingRecords::decode(std::span<const std::byte> perf_record, std::uint32_t type) {
    if (type == PERF_RECORD_LOST) {
        // struct { header; u64 id; u64 lost; }
        lost_announced_ += read_at<std::uint64_t>(perf_record, sizeof(perf_event_header) + sizeof(std::uint64_t));
        return false;
    }
    if (type != PERF_RECORD_SAMPLE) return false;
    const auto length = read_at<std::uint32_t>(perf_record, sizeof(perf_event_header));
    if (perf_record.size() < kSampleOffset || length > perf_record.size() - kSampleOffset ||
        !decode_sample(perf_record.subspan(kSampleOffset, length), current_)) {
        undecodable_++;
        return false;
    }
    // The kernel announces a full ring as PERF_RECORD_LOST in the same place, but not what the program itself refused.
    gaps_.note(current_);
    return true;
}

bool RingRecords::next_record() {
    while (head_ - tail_ >= sizeof(perf_event_header)) {
        perf_event_header header;
        std::memcpy(&header, ring_.at(tail_), sizeof(header));
        if (header.size < sizeof(header) || header.size % kRecordAlignment != 0 ||
            header.size > std::min<std::uint64_t>(head_ - tail_, ring_.size())) {
            // Where the next record begins is not known: nothing up to the head can be read.
            undecodable_++;
            tail_ = head_;
            return false;
        }
        if (decode(ring_.contiguous(tail_, header.size), header.type)) {
            current_bytes_ = header.size;
            return true;
        }
        tail_ += header.size;
    }
    return false;
}

void RingRecords::pop() {
    tail_ += current_bytes_;
    current_bytes_ = 0;
}

}  // namespace xdpsift::drain
