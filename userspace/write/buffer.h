// SPDX-License-Identifier: BSD-2-Clause
// Bytes in a row that grow at the end. Unlike a vector it leaves room that is appended uninitialised.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace xdpsift::write {

class Buffer {
   public:
    Buffer() = default;
    explicit Buffer(std::size_t capacity)
        : bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity) {}

    std::byte* data() { return bytes_.get(); }
    const std::byte* data() const { return bytes_.get(); }
    std::size_t size() const { return size_; }
    std::span<const std::byte> bytes() const { return {data(), size_}; }

    // Room for `count` bytes more at the end, to be filled by the caller; valid until the next append.
    std::byte* append(std::size_t count) {
        if (count > capacity_ - size_) [[unlikely]]
            grow(std::max(size_ + count, 2 * capacity_));
        std::byte* room = data() + size_;
        size_ += count;
        return room;
    }
    void drop_front(std::size_t count) {
        size_ -= count;
        if (size_ > 0) std::memmove(data(), data() + count, size_);
    }
    void clear() { size_ = 0; }

   private:
    void grow(std::size_t capacity) {
        auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
        if (size_ > 0) std::memcpy(larger.get(), data(), size_);
        bytes_ = std::move(larger);
        capacity_ = capacity;
    }

    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace xdpsift::write
