// SPDX-License-Identifier: BSD-2-Clause
// One CPU's perf ring (perf_event_open(2)), read in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "xdpsift/record.h"
#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::drain {

// Owns the event and its mapping. One thread reads it; the kernel writes it.
class PerfRing final : public RecordSource {
   public:
    // `ring_bytes` is a power of two of pages. The fd becomes readable once `wakeup_bytes` are waiting: the kernel
    // wakes nobody for a single record.
    static Result<PerfRing> open(int cpu, std::size_t ring_bytes, std::size_t wakeup_bytes);

    PerfRing(PerfRing&&) noexcept;
    PerfRing& operator=(PerfRing&&) = delete;
    ~PerfRing() override;

    int fd() const { return fd_.get(); }
    int cpu() const { return cpu_; }

    // Looks at how far the kernel has written; peek() shows no record beyond.
    void refresh();
    // Gives the space of the records taken so far back to the kernel.
    void release();

    Record* peek() override;
    void pop() override;
    bool pressed() const override { return head_ - tail_ > size_ / 2; }

    // What the kernel itself announced as lost (PERF_RECORD_LOST).
    std::uint64_t lost_announced() const { return lost_announced_; }
    // Samples that are not ours to read; none unless the ring is damaged.
    std::uint64_t undecodable() const { return undecodable_; }

   private:
    PerfRing() = default;
    bool next_record();
    bool decode(std::span<const std::byte> perf_record, std::uint32_t type);
    void note_gap();
    std::span<const std::byte> contiguous(std::size_t length);

    UniqueFd fd_;
    int cpu_ = 0;
    std::byte* mapping_ = nullptr;  // a control page, then the ring
    std::size_t page_bytes_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t head_ = 0;  // bytes written, as of the last refresh
    std::uint64_t tail_ = 0;  // bytes read
    std::uint64_t released_ = 0;
    std::size_t current_bytes_ = 0;  // of the record that peek() shows; 0: none
    Record current_;
    std::vector<std::byte> bounce_;          // a record that wraps around the ring's end
    std::vector<std::uint64_t> last_count_;  // of each interface's packet ids: a gap is a loss
    std::uint64_t lost_announced_ = 0;
    std::uint64_t undecodable_ = 0;
};

}  // namespace xdpsift::drain
