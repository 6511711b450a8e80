// SPDX-License-Identifier: BSD-2-Clause
// Room on the disk ahead of the end of a file that grows.
#pragma once

#include <cstdint>

namespace xdpsift::write {

// A file system that has to find a place for every page of a write(2) takes half as long again as one that found it for
// many at once (fallocate(2) with FALLOC_FL_KEEP_SIZE: the file's size stays what was written). A small file gets none,
// nor does one where that brings nothing (tmpfs) or is not offered. Borrows the descriptor; it never fails: a file
// without reserved room is written all the same.
class ReservedSpace {
   public:
    // What is reserved at once, and how much is written before the first time.
    static constexpr std::uint64_t kChunkBytes = 1 << 20;

    // Of an empty file.
    explicit ReservedSpace(int fd);
    // Of a file that gets none.
    ReservedSpace() = default;

    // The file is about to grow to `end` bytes.
    void cover(int fd, std::uint64_t end) {
        if (end > reserved_end_) [[unlikely]]
            reserve(fd, end);
    }
    // The file was cut to `end` bytes, and with it what was reserved.
    void cut(std::uint64_t end);
    // Nothing more will be written.
    void give_back(int fd);

   private:
    static constexpr std::uint64_t kNever = ~std::uint64_t{0};
    void reserve(int fd, std::uint64_t end);

    std::uint64_t reserved_end_ = kNever;  // kNever: nothing is reserved from now on
    bool reserved_ = false;
};

}  // namespace xdpsift::write
