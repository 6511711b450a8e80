// SPDX-License-Identifier: BSD-2-Clause
#include "drain/bpf_ring.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace xdpsift::drain {
namespace {

std::uint64_t* position(std::span<std::byte> page) { return reinterpret_cast<std::uint64_t*>(page.data()); }

}  // namespace

Result<BpfRing> BpfRing::open(int cpu, std::size_t ring_bytes) {
    BpfRing ring;
    ring.fd_.reset(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, static_cast<__u32>(ring_bytes), nullptr));
    if (!ring.fd_) {
        const int error = errno;
        const bool forbidden = error == EPERM || error == EACCES;
        return fail(
            forbidden ? ExitStatus::not_permitted : ExitStatus::failed,
            fmt::format("cannot make a BPF ring of {} bytes for CPU {}: {}; {}", ring_bytes, cpu, std::strerror(error),
                        forbidden ? "it needs CAP_BPF, and before Linux 5.11 room in the limit of locked "
                                    "memory (ulimit -l)"
                        : error == EMFILE || error == ENFILE ? "raise the limit of open files (ulimit -n)"
                                                             : "choose a smaller --ring-size"));
    }
    if (auto mapped = ring.map(cpu, ring_bytes); !mapped) return tl::unexpected(mapped.error());
    return ring;
}

// The kernel would let the ring be mapped twice in a row, so that no record is split. It fills in all of a mapping at
// once, which takes longer than copying the few records that are.
Result<void> BpfRing::map(int cpu, std::size_t ring_bytes) {
    const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto map = [&](std::size_t bytes, int protection, std::size_t offset) -> std::span<std::byte> {
        void* at = ::mmap(nullptr, bytes, protection, MAP_SHARED, fd_.get(), static_cast<off_t>(offset));
        if (at == MAP_FAILED) return {};
        return {static_cast<std::byte*>(at), bytes};
    };
    consumer_ = map(page_bytes, PROT_READ | PROT_WRITE, 0);
    if (!consumer_.empty()) producer_ = map(page_bytes + ring_bytes, PROT_READ, page_bytes);
    if (producer_.empty())
        return fail(ExitStatus::failed,
                    fmt::format("cannot map a BPF ring of {} bytes for CPU {}: {}; choose a smaller --ring-size",
                                ring_bytes, cpu, std::strerror(errno)));
    size_ = ring_bytes;
    records_ = BpfRecords(producer_.subspan(page_bytes));
    return {};
}

BpfRing::BpfRing(BpfRing&& other) noexcept
    : fd_(std::move(other.fd_)),
      consumer_(std::exchange(other.consumer_, {})),
      producer_(std::exchange(other.producer_, {})),
      size_(other.size_),
      released_(other.released_),
      records_(std::move(other.records_)) {}

BpfRing::~BpfRing() {
    for (const auto mapping : {consumer_, producer_})
        if (!mapping.empty()) ::munmap(mapping.data(), mapping.size());
}

void BpfRing::refresh() { records_.set_head(__atomic_load_n(position(producer_), __ATOMIC_ACQUIRE)); }

void BpfRing::release() {
    if (released_ == records_.tail()) return;
    released_ = records_.tail();
    __atomic_store_n(position(consumer_), released_, __ATOMIC_RELEASE);
}

void BpfRing::pop() {
    records_.pop();
    // Space goes back in portions: each store takes the cache line from the CPU that writes.
    if (records_.tail() - released_ > size_ / 16) release();
}

}  // namespace xdpsift::drain
