// SPDX-License-Identifier: BSD-2-Clause
// The kernel's half of the ledger, memory-mapped: reading it costs no system call and no privilege.
#pragma once

#include <cstddef>
#include <cstdint>

#include "xdpsift/event.h"
#include "xdpsift/ledger.h"
#include "xdpsift/result.h"

namespace xdpsift::drain {

class KernelCounters {
   public:
    static Result<KernelCounters> map(int counters_map_fd, std::uint32_t interfaces, std::uint32_t cpu_count);
    KernelCounters(KernelCounters&& other) noexcept;
    KernelCounters& operator=(KernelCounters&&) = delete;
    ~KernelCounters();

    std::uint32_t interfaces() const { return interfaces_; }
    // The sum over the CPUs. While the hook is live each counter is exact, but they are not of one moment.
    Ledger read(std::uint32_t interface_id) const;

   private:
    KernelCounters() = default;

    const xs_counters* rows_ = nullptr;
    std::size_t bytes_ = 0;
    std::uint32_t interfaces_ = 0;
    std::uint32_t cpu_count_ = 0;
};

}  // namespace xdpsift::drain
