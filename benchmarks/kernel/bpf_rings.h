// SPDX-License-Identifier: BSD-2-Clause
// BPF rings that are emptied by a thread which throws the records away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernel/drain_thread.h"
#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::kernel {

class BpfRings {
   public:
    // `bytes` for each ring: a power of two of pages. Makes a ring for each CPU and enters them into the array of maps.
    static Result<BpfRings> open(int rings_map_fd, std::uint32_t cpu_count, std::size_t bytes, unsigned busy_cpu);
    // Empties a ring that is there, and whose writer wakes nobody.
    static Result<BpfRings> around(int ring_fd, unsigned busy_cpu);
    BpfRings(BpfRings&&) noexcept;
    BpfRings& operator=(BpfRings&&) = delete;
    ~BpfRings();

   private:
    struct Ring;
    BpfRings() = default;
    Result<void> start(int patience_ms, unsigned busy_cpu);

    std::unique_ptr<std::vector<Ring>> rings_;  // at a fixed place: the thread refers to it
    std::unique_ptr<DrainThread> drainer_;
};

}  // namespace xdpsift::kernel
