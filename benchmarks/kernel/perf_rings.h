// SPDX-License-Identifier: BSD-2-Clause
// A perf ring for each CPU behind a perf event array, emptied by a thread that throws the records away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernel/drain_thread.h"
#include "xdpsift/result.h"

namespace xdpsift::kernel {

enum class Wakeup {
    watermark,    // once a quarter of the ring is filled
    each_record,  // what libbpf's perf_buffer asks for by default
};

class PerfRings {
   public:
    // `bytes` for each ring: a power of two of pages. Enters the rings into the map and starts the thread, which
    // keeps off `busy_cpu` where there is another CPU.
    static Result<PerfRings> open(int events_map_fd, std::uint32_t cpu_count, std::size_t bytes, Wakeup wakeup,
                                  unsigned busy_cpu);
    PerfRings(PerfRings&&) noexcept;
    PerfRings& operator=(PerfRings&&) = delete;
    ~PerfRings();

   private:
    struct Ring;
    PerfRings() = default;

    std::unique_ptr<std::vector<Ring>> rings_;  // at a fixed place: the thread refers to it
    std::unique_ptr<DrainThread> drainer_;
};

}  // namespace xdpsift::kernel
