// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/perf_rings.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fmt/format.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace xdpsift::kernel {
namespace {

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

UniqueFd open_event(std::uint32_t cpu, std::size_t ring_bytes, Wakeup wakeup) {
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
    attributes.sample_type = PERF_SAMPLE_RAW;
    attributes.sample_period = 1;
    if (wakeup == Wakeup::watermark) {
        attributes.watermark = 1;
        attributes.wakeup_watermark = static_cast<__u32>(ring_bytes / 4);
    } else {
        attributes.wakeup_events = 1;
    }
    return UniqueFd(static_cast<int>(
        syscall(SYS_perf_event_open, &attributes, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace

struct PerfRings::Ring {
    Ring() = default;
    Ring(Ring&& other) noexcept
        : event(std::move(other.event)), page(std::exchange(other.page, nullptr)), mapped_bytes(other.mapped_bytes) {}
    Ring& operator=(Ring&&) = delete;
    ~Ring() {
        if (page != nullptr) munmap(page, mapped_bytes);
    }
    void discard() const {
        const std::uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
        __atomic_store_n(&page->data_tail, head, __ATOMIC_RELEASE);
    }

    UniqueFd event;
    perf_event_mmap_page* page = nullptr;
    std::size_t mapped_bytes = 0;
};

PerfRings::PerfRings(PerfRings&&) noexcept = default;

PerfRings::~PerfRings() = default;

Result<PerfRings> PerfRings::open(int events_map_fd, std::uint32_t cpu_count, std::size_t bytes, Wakeup wakeup,
                                  unsigned busy_cpu) {
    PerfRings out;
    out.rings_ = std::make_unique<std::vector<Ring>>();
    std::vector<int> fds;
    for (std::uint32_t cpu = 0; cpu < cpu_count; cpu++) {
        Ring ring;
        ring.event = open_event(cpu, bytes, wakeup);
        if (!ring.event && errno == ENODEV) continue;  // possible, but not online
        if (!ring.event)
            return fail(ExitStatus::failed, fmt::format("cannot open a perf ring on CPU {}: {}", cpu, strerror(errno)));
        ring.mapped_bytes = bytes + page_bytes();
        void* mapped = mmap(nullptr, ring.mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring.event.get(), 0);
        if (mapped == MAP_FAILED)
            return fail(ExitStatus::failed,
                        fmt::format("cannot map a perf ring of {} bytes: {}", bytes, strerror(errno)));
        ring.page = static_cast<perf_event_mmap_page*>(mapped);
        const int fd = ring.event.get();
        if (bpf_map_update_elem(events_map_fd, &cpu, &fd, BPF_ANY) != 0 || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) != 0)
            return fail(ExitStatus::failed, fmt::format("cannot enable a perf ring: {}", strerror(errno)));
        fds.push_back(fd);
        out.rings_->push_back(std::move(ring));
    }
    auto drainer = DrainThread::start(fds, -1, busy_cpu, [rings = out.rings_.get()] {
        for (const Ring& ring : *rings) ring.discard();
    });
    if (!drainer) return tl::unexpected(drainer.error());
    out.drainer_ = std::make_unique<DrainThread>(std::move(*drainer));
    return out;
}

}  // namespace xdpsift::kernel
