// SPDX-License-Identifier: BSD-2-Clause
#include "drain/kernel_counters.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace xdpsift::drain {

Result<KernelCounters> KernelCounters::map(int counters_map_fd, std::uint32_t interfaces, std::uint32_t cpu_count) {
    const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t bytes = std::size_t{interfaces} * cpu_count * sizeof(xs_counters);
    const std::size_t mapped_bytes = (bytes + page_bytes - 1) / page_bytes * page_bytes;
    void* mapping = ::mmap(nullptr, mapped_bytes, PROT_READ, MAP_SHARED, counters_map_fd, 0);
    if (mapping == MAP_FAILED)
        return fail(ExitStatus::unsupported, fmt::format("cannot map the counters: {}", std::strerror(errno)));
    KernelCounters counters;
    counters.rows_ = static_cast<const xs_counters*>(mapping);
    counters.bytes_ = mapped_bytes;
    counters.interfaces_ = interfaces;
    counters.cpu_count_ = cpu_count;
    return counters;
}

KernelCounters::KernelCounters(KernelCounters&& other) noexcept
    : rows_(std::exchange(other.rows_, nullptr)),
      bytes_(other.bytes_),
      interfaces_(other.interfaces_),
      cpu_count_(other.cpu_count_) {}

KernelCounters::~KernelCounters() {
    if (rows_ != nullptr) ::munmap(const_cast<xs_counters*>(rows_), bytes_);
}

Ledger KernelCounters::read(std::uint32_t interface_id) const {
    const auto load = [](const __u64& counter) { return __atomic_load_n(&counter, __ATOMIC_RELAXED); };
    Ledger sum;
    for (std::uint32_t cpu = 0; cpu < cpu_count_; cpu++) {
        const xs_counters& row = rows_[interface_id * cpu_count_ + cpu];
        sum.seen += load(row.seen);
        sum.filtered_out += load(row.filtered_out);
        sum.matched += load(row.matched);
        sum.sampled_out += load(row.sampled_out);
        sum.rate_limited += load(row.rate_limited);
        sum.over_budget += load(row.over_budget);
        sum.selected += load(row.selected);
        sum.ring_lost += load(row.ring_lost);
        sum.malformed += load(row.malformed);
        sum.oversize += load(row.oversize);
        sum.ringless += load(row.ringless);
    }
    return sum;
}

}  // namespace xdpsift::drain
