// SPDX-License-Identifier: BSD-2-Clause
#include "drain/perf_ring.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "drain/decode.h"
#include "xdpsift/event.h"

namespace xdpsift::drain {
namespace {

// A raw sample: the header, its length in 32 bits, the bytes.
constexpr std::size_t kSampleOffset = sizeof(perf_event_header) + sizeof(std::uint32_t);

perf_event_mmap_page* control_page(std::byte* mapping) { return reinterpret_cast<perf_event_mmap_page*>(mapping); }

template <typename T>
T read_at(std::span<const std::byte> bytes, std::size_t offset) {
    T value{};
    if (offset + sizeof(T) <= bytes.size()) std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

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
    ring.cpu_ = cpu;
    ring.fd_.reset(static_cast<int>(::syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
    if (!ring.fd_) {
        const int error = errno;
        const bool forbidden = error == EPERM || error == EACCES;
        return fail(
            forbidden ? ExitStatus::not_permitted : ExitStatus::unsupported,
            fmt::format("cannot open the perf ring of CPU {}: {}{}", cpu, std::strerror(error),
                        forbidden ? "; it needs CAP_PERFMON, or CAP_SYS_ADMIN where kernel.perf_event_paranoid is "
                                    "above 2 on an older kernel"
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
    return ring;
}

PerfRing::PerfRing(PerfRing&& other) noexcept
    : fd_(std::move(other.fd_)),
      cpu_(other.cpu_),
      mapping_(std::exchange(other.mapping_, nullptr)),
      page_bytes_(other.page_bytes_),
      size_(other.size_),
      head_(other.head_),
      tail_(other.tail_),
      released_(other.released_),
      current_bytes_(other.current_bytes_),
      current_(other.current_),
      bounce_(std::move(other.bounce_)),
      last_count_(std::move(other.last_count_)),
      lost_announced_(other.lost_announced_),
      undecodable_(other.undecodable_) {}

PerfRing::~PerfRing() {
    if (mapping_ != nullptr) ::munmap(mapping_, page_bytes_ + size_);
}

void PerfRing::refresh() { head_ = __atomic_load_n(&control_page(mapping_)->data_head, __ATOMIC_ACQUIRE); }

void PerfRing::release() {
    if (released_ == tail_) return;
    released_ = tail_;
    __atomic_store_n(&control_page(mapping_)->data_tail, tail_, __ATOMIC_RELEASE);
}

// The record that starts at tail_, put together where it wraps around the ring's end.
std::span<const std::byte> PerfRing::contiguous(std::size_t length) {
    const std::byte* base = mapping_ + page_bytes_;
    const auto start = static_cast<std::size_t>(tail_ & (size_ - 1));
    if (start + length <= size_) return {base + start, length};
    const std::size_t before_end = size_ - start;
    bounce_.resize(length);
    std::memcpy(bounce_.data(), base + start, before_end);
    std::memcpy(bounce_.data() + before_end, base, length - before_end);
    return bounce_;
}

// Whether it is a packet, which current_ then shows.
bool PerfRing::decode(std::span<const std::byte> perf_record, std::uint32_t type) {
    if (type == PERF_RECORD_LOST) {
        // struct { header; u64 id; u64 lost; }
        lost_announced_ += read_at<std::uint64_t>(perf_record, sizeof(perf_event_header) + sizeof(std::uint64_t));
        return false;
    }
    if (type != PERF_RECORD_SAMPLE) return false;
    const auto length = read_at<std::uint32_t>(perf_record, sizeof(perf_event_header));
    if (perf_record.size() < kSampleOffset || length > perf_record.size() - kSampleOffset ||
        !decode_sample(perf_record.subspan(kSampleOffset, length), current_)) {
        undecodable_++;
        return false;
    }
    note_gap();
    return true;
}

// The ids of one CPU and interface count its selected packets one by one. The kernel announces a full ring as
// PERF_RECORD_LOST in the same place, but not what the program itself refused.
void PerfRing::note_gap() {
    if (current_.interface_id >= last_count_.size()) last_count_.resize(current_.interface_id + 1);
    const std::uint64_t count = current_.packet_id & XS_PACKET_ID_COUNT_MASK;
    std::uint64_t& last = last_count_[current_.interface_id];
    current_.dropped_before = count > last ? count - last - 1 : 0;
    last = count;
}

bool PerfRing::next_record() {
    while (head_ - tail_ >= sizeof(perf_event_header)) {
        // Records are multiples of eight bytes, so that a header never wraps.
        perf_event_header header;
        std::memcpy(&header, mapping_ + page_bytes_ + (tail_ & (size_ - 1)), sizeof(header));
        if (header.size < sizeof(header) || header.size > head_ - tail_) {
            undecodable_++;
            tail_ = head_;
            return false;
        }
        if (decode(contiguous(header.size), header.type)) {
            current_bytes_ = header.size;
            return true;
        }
        tail_ += header.size;
    }
    return false;
}

Record* PerfRing::peek() { return current_bytes_ != 0 || next_record() ? &current_ : nullptr; }

void PerfRing::pop() {
    tail_ += current_bytes_;
    current_bytes_ = 0;
    // Space goes back in portions: each store takes the cache line from the CPU that writes.
    if (tail_ - released_ > size_ / 16) release();
}

}  // namespace xdpsift::drain
