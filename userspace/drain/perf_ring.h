// SPDX-License-Identifier: BSD-2-Clause
// One CPU's perf ring (perf_event_open(2)).
#pragma once

#include <cstddef>
#include <cstdint>

#include "drain/ring_records.h"
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

    Record* peek() override { return records_.peek(); }
    void pop() override;
    bool pressed() const override { return records_.pressed(); }

    // What the kernel itself announced as lost (PERF_RECORD_LOST).
    std::uint64_t lost_announced() const { return records_.lost_announced(); }
    // Samples that are not ours to read; none unless the ring is damaged.
    std::uint64_t undecodable() const { return records_.undecodable(); }

   private:
    PerfRing() = default;

    UniqueFd fd_;
    int cpu_ = 0;
    std::byte* mapping_ = nullptr;  // a control page, then the ring
    std::size_t page_bytes_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t released_ = 0;  // bytes given back to the kernel
    RingRecords records_;
};

}  // namespace xdpsift::drain
