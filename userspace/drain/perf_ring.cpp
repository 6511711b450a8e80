// SPDX-License-Identifier: BSD-2-Clause
#include "drain/perf_ring.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace xdpsift::drain {
namespace {

perf_event_mmap_page* control_page(std::byte* mapping) { return reinterpret_cast<perf_event_mmap_page*>(mapping); }

}  // namespace

Result<PerfRing> PerfRing::open(int cpu, std::size_t ring_bytes, std::size_t wakeup_bytes) {
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
    attributes.sample_type = PERF_SAMPLE_RAW;
    attributes.sample_period = 1;
    attributes.watermark = 1;
    attributes.wakeup_watermark = static_cast<std::uint32_t>(wakeup_bytes);

    PerfRing ring;
    ring.fd_.reset(static_cast<int>(::syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
    if (!ring.fd_) {
        const int error = errno;
        const bool forbidden = error == EPERM || error == EACCES;
        const bool too_many = error == EMFILE || error == ENFILE;
        return fail(forbidden  ? ExitStatus::not_permitted
                    : too_many ? ExitStatus::failed
                               : ExitStatus::unsupported,
                    fmt::format("cannot open the perf ring of CPU {}: {}{}", cpu, std::strerror(error),
                                forbidden  ? "; it needs CAP_PERFMON, or CAP_SYS_ADMIN where "
                                             "kernel.perf_event_paranoid is above 2 on an older kernel; "
                                             "--ring bpf does without"
                                : too_many ? ": raise the limit (ulimit -n)"
                                           : ""));
    }
    ring.page_bytes_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    ring.size_ = ring_bytes;
    void* mapping =
        ::mmap(nullptr, ring.page_bytes_ + ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd_.get(), 0);
    if (mapping == MAP_FAILED && errno == EPERM) {
        return fail(
            ExitStatus::not_permitted,
            fmt::format("a perf ring of {} bytes for CPU {} is beyond the limit of locked memory: choose a "
                        "smaller --ring-size, raise the limit (ulimit -l, LimitMEMLOCK=), or grant CAP_IPC_LOCK",
                        ring_bytes, cpu));
    }
    if (mapping == MAP_FAILED) {
        const int error = errno;
        return fail(
            ExitStatus::failed,
            fmt::format("cannot map a perf ring of {} bytes for CPU {}: {}; choose a smaller --ring-size{}", ring_bytes,
                        cpu, std::strerror(error),
                        error == EPERM ? ", raise the limit of locked memory (ulimit -l), or grant CAP_IPC_LOCK" : ""));
    }
    ring.mapping_ = static_cast<std::byte*>(mapping);
    ring.records_ = RingRecords({ring.mapping_ + ring.page_bytes_, ring_bytes});
    return ring;
}

PerfRing::PerfRing(PerfRing&& other) noexcept
    : fd_(std::move(other.fd_)),
      mapping_(std::exchange(other.mapping_, nullptr)),
      page_bytes_(other.page_bytes_),
      size_(other.size_),
      released_(other.released_),
      records_(std::move(other.records_)) {}

PerfRing::~PerfRing() {
    if (mapping_ != nullptr) ::munmap(mapping_, page_bytes_ + size_);
}

void PerfRing::refresh() { records_.set_head(__atomic_load_n(&control_page(mapping_)->data_head, __ATOMIC_ACQUIRE)); }

void PerfRing::release() {
    if (released_ == records_.tail()) return;
    released_ = records_.tail();
    __atomic_store_n(&control_page(mapping_)->data_tail, released_, __ATOMIC_RELEASE);
}

void PerfRing::pop() {
    records_.pop();
    // Space goes back in portions: each store takes the cache line from the CPU that writes.
    if (records_.tail() - released_ > size_ / 16) release();
}

}  // namespace xdpsift::drain
