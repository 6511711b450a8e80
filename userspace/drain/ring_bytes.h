// SPDX-License-Identifier: BSD-2-Clause
// The data area of a ring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace xdpsift::drain {

// Positions count bytes since the ring was made; they are not cut to its size.
class RingBytes {
   public:
    RingBytes() = default;
    // A power of two of bytes, which stay where they are.
    explicit RingBytes(std::span<const std::byte> ring) : ring_(ring) {}

    std::size_t size() const { return ring_.size(); }
    // Up to the ring's end.
    const std::byte* at(std::uint64_t position) const { return ring_.data() + index(position); }
    // In place, or put together where they wrap around the end: valid until the next call. Not more than size().
    std::span<const std::byte> contiguous(std::uint64_t from, std::size_t length) {
        const std::size_t start = index(from);
        if (start + length <= ring_.size()) return ring_.subspan(start, length);
        const std::size_t before_end = ring_.size() - start;
        bounce_.resize(length);
        std::memcpy(bounce_.data(), ring_.data() + start, before_end);
        std::memcpy(bounce_.data() + before_end, ring_.data(), length - before_end);
        return bounce_;
    }

   private:
    std::size_t index(std::uint64_t position) const { return static_cast<std::size_t>(position & (ring_.size() - 1)); }

    std::span<const std::byte> ring_;
    std::vector<std::byte> bounce_;
};

}  // namespace xdpsift::drain
