// SPDX-License-Identifier: BSD-2-Clause
#include "write/reserved_space.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

namespace xdpsift::write {

// tmpfs makes the pages themselves, and then once more looks for each: a tenth dearer than without.
ReservedSpace::ReservedSpace(int fd) {
    struct statfs status {};
    if (::fstatfs(fd, &status) == 0 && status.f_type != TMPFS_MAGIC) reserved_end_ = kChunkBytes;
}

void ReservedSpace::reserve(int fd, std::uint64_t end) {
    const std::uint64_t until = (end / kChunkBytes + 1) * kChunkBytes;
    const auto from = static_cast<off_t>(reserved_end_);
    if (::fallocate(fd, FALLOC_FL_KEEP_SIZE, from, static_cast<off_t>(until) - from) == 0) {
        reserved_end_ = until;
        reserved_ = true;
    } else if (errno != EINTR) {
        // Not offered, or no room for all of it: how much there is, the writes will show.
        reserved_end_ = kNever;
    }
}

void ReservedSpace::cut(std::uint64_t end) {
    reserved_ = false;
    if (reserved_end_ != kNever) reserved_end_ = end > kChunkBytes ? end : kChunkBytes;
}

// Cutting a file to its own length frees what lies beyond.
void ReservedSpace::give_back(int fd) {
    struct stat status {};
    if (reserved_ && ::fstat(fd, &status) == 0) (void)!::ftruncate(fd, status.st_size);
    reserved_ = false;
}

}  // namespace xdpsift::write
