// SPDX-License-Identifier: BSD-2-Clause
#include "drain/bpf_records.h"

#include <linux/bpf.h>

#include <algorithm>

#include "drain/decode.h"

namespace xdpsift::drain {
namespace {

constexpr std::uint64_t kAlignment = BPF_RINGBUF_HDR_SZ;
static_assert(kAlignment == 8);

}  // namespace

void BpfRecords::set_head(std::uint64_t head) {
    if (head % kAlignment == 0 && head - tail_ <= ring_.size()) {
        head_ = head;
    } else {
        undecodable_++;
    }
}

bool BpfRecords::next_record() {
    while (head_ - tail_ >= kAlignment) {
        // The first word of a record's header: its length, and what the kernel's writer says of it.
        const auto* word = reinterpret_cast<const std::uint32_t*>(ring_.at(tail_));
        const std::uint32_t state = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        if ((state & BPF_RINGBUF_BUSY_BIT) != 0) return false;
        const std::uint64_t length = state & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
        const std::uint64_t bytes = (kAlignment + length + kAlignment - 1) / kAlignment * kAlignment;
        if (bytes > std::min<std::uint64_t>(head_ - tail_, ring_.size())) {
            // Where the next record begins is not known: nothing up to the head can be read.
            undecodable_++;
            tail_ = head_;
            return false;
        }
        if ((state & BPF_RINGBUF_DISCARD_BIT) == 0) {
            if (decode_sample(ring_.contiguous(tail_ + kAlignment, static_cast<std::size_t>(length)), current_)) {
                gaps_.note(current_);
                current_bytes_ = bytes;
                return true;
            }
            undecodable_++;
        }
        tail_ += bytes;
    }
    return false;
}

void BpfRecords::pop() {
    tail_ += current_bytes_;
    current_bytes_ = 0;
}

}  // namespace xdpsift::drain
