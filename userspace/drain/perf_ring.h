// SPDX-License-Identifier: BSD-2-Clause
// One CPU's perf ring (perf_event_open(2)).
#pragma once

#include <cstddef>
#include <cstdint>

#include "drain/ring.h"
#include "drain/ring_records.h"
#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::drain {

// Owns the event and its mapping.
class PerfRing final : public Ring {
   public:
    // `ring_bytes` is a power of two of pages. The fd becomes readable once `wakeup_bytes` are waiting.
    static Result<PerfRing> open(int cpu, std::size_t ring_bytes, std::size_t wakeup_bytes);

    PerfRing(PerfRing&&) noexcept;
    PerfRing& operator=(PerfRing&&) = delete;
    ~PerfRing() override;

    int fd() const override { return fd_.get(); }
    void refresh() override;
    void release() override;

    Record* peek() override { return records_.peek(); }
    void pop() override;
    bool pressed() const override { return records_.pressed(); }

    // PERF_RECORD_LOST.
    std::uint64_t lost_announced() const override { return records_.lost_announced(); }
    std::uint64_t undecodable() const override { return records_.undecodable(); }

   private:
    PerfRing() = default;

    UniqueFd fd_;
    std::byte* mapping_ = nullptr;  // a control page, then the ring
    std::size_t page_bytes_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t released_ = 0;  // bytes given back to the kernel
    RingRecords records_;
};

}  // namespace xdpsift::drain
