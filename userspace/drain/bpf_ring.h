// SPDX-License-Identifier: BSD-2-Clause
// One CPU's BPF ring (BPF_MAP_TYPE_RINGBUF).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "drain/bpf_records.h"
#include "drain/ring.h"
#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::drain {

// Owns the map and its mappings.
class BpfRing final : public Ring {
   public:
    // `ring_bytes` is a power of two of pages. Who writes it says when its reader is woken.
    static Result<BpfRing> open(int cpu, std::size_t ring_bytes);

    BpfRing(BpfRing&&) noexcept;
    BpfRing& operator=(BpfRing&&) = delete;
    ~BpfRing() override;

    int fd() const override { return fd_.get(); }
    void refresh() override;
    void release() override;

    Record* peek() override { return records_.peek(); }
    void pop() override;
    bool pressed() const override { return records_.pressed(); }

    // It announces nothing: the program itself counts what was refused.
    std::uint64_t lost_announced() const override { return 0; }
    std::uint64_t undecodable() const override { return records_.undecodable(); }

   private:
    BpfRing() = default;
    Result<void> map(int cpu, std::size_t ring_bytes);

    UniqueFd fd_;
    std::span<std::byte> consumer_;  // a page with how far has been taken, ours to write
    std::span<std::byte> producer_;  // a page with how far has been reserved, then the ring
    std::uint64_t size_ = 0;
    std::uint64_t released_ = 0;  // bytes given back to the kernel
    BpfRecords records_;
};

}  // namespace xdpsift::drain
