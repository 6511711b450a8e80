// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/bpf_rings.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace xdpsift::kernel {
namespace {

// Of a ring whose writer wakes nobody; a ring of 4 MiB is full after some 3.
constexpr int kPatienceMs = 1;

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

// The pages with the positions; what stands in the ring is not looked at.
struct BpfRings::Ring {
    static Result<Ring> map(UniqueFd fd) {
        Ring ring;
        const auto at = [&](int protection, std::size_t offset) {
            return mmap(nullptr, page_bytes(), protection, MAP_SHARED, fd.get(), static_cast<off_t>(offset));
        };
        void* consumer = at(PROT_READ | PROT_WRITE, 0);
        void* producer = at(PROT_READ, page_bytes());
        if (consumer == MAP_FAILED || producer == MAP_FAILED)
            return fail(ExitStatus::failed, fmt::format("cannot map a BPF ring: {}", strerror(errno)));
        ring.map_fd = std::move(fd);
        ring.consumer = static_cast<std::uint64_t*>(consumer);
        ring.producer = static_cast<std::uint64_t*>(producer);
        return ring;
    }
    Ring() = default;
    Ring(Ring&& other) noexcept
        : map_fd(std::move(other.map_fd)),
          consumer(std::exchange(other.consumer, nullptr)),
          producer(std::exchange(other.producer, nullptr)) {}
    Ring& operator=(Ring&&) = delete;
    ~Ring() {
        for (auto* page : {consumer, producer})
            if (page != nullptr) munmap(page, page_bytes());
    }
    void discard() const { __atomic_store_n(consumer, __atomic_load_n(producer, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE); }

    UniqueFd map_fd;
    std::uint64_t* consumer = nullptr;
    std::uint64_t* producer = nullptr;
};

BpfRings::BpfRings(BpfRings&&) noexcept = default;
BpfRings::~BpfRings() = default;

Result<BpfRings> BpfRings::open(int rings_map_fd, std::uint32_t cpu_count, std::size_t bytes, unsigned busy_cpu) {
    BpfRings out;
    out.rings_ = std::make_unique<std::vector<Ring>>();
    for (std::uint32_t cpu = 0; cpu < cpu_count; cpu++) {
        UniqueFd fd(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, static_cast<__u32>(bytes), nullptr));
        if (!fd)
            return fail(ExitStatus::failed,
                        fmt::format("cannot make a BPF ring of {} bytes: {}", bytes, strerror(errno)));
        const int ring_fd = fd.get();
        if (bpf_map_update_elem(rings_map_fd, &cpu, &ring_fd, BPF_ANY) != 0)
            return fail(ExitStatus::failed, fmt::format("cannot enter a BPF ring: {}", strerror(errno)));
        auto ring = Ring::map(std::move(fd));
        if (!ring) return tl::unexpected(ring.error());
        out.rings_->push_back(std::move(*ring));
    }
    if (auto started = out.start(-1, busy_cpu); !started) return tl::unexpected(started.error());
    return out;
}

Result<BpfRings> BpfRings::around(int ring_fd, unsigned busy_cpu) {
    BpfRings out;
    auto ring = Ring::map(UniqueFd(dup(ring_fd)));
    if (!ring) return tl::unexpected(ring.error());
    out.rings_ = std::make_unique<std::vector<Ring>>();
    out.rings_->push_back(std::move(*ring));
    if (auto started = out.start(kPatienceMs, busy_cpu); !started) return tl::unexpected(started.error());
    return out;
}

Result<void> BpfRings::start(int patience_ms, unsigned busy_cpu) {
    std::vector<int> fds;
    for (const Ring& ring : *rings_) fds.push_back(ring.map_fd.get());
    auto drainer = DrainThread::start(fds, patience_ms, busy_cpu, [rings = rings_.get()] {
        for (const Ring& ring : *rings) ring.discard();
    });
    if (!drainer) return tl::unexpected(drainer.error());
    drainer_ = std::make_unique<DrainThread>(std::move(*drainer));
    return {};
}

}  // namespace xdpsift::kernel
