// SPDX-License-Identifier: BSD-2-Clause
// How full the file system of the output is.
#pragma once

#include <cstdint>
#include <string>

#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::limit {

// Found by its path once, and asked by descriptor afterwards, when the path may be out of this process's reach.
class Disk {
   public:
    // The file system that holds `path`.
    static Result<Disk> open(std::string path);

    // Bytes that an ordinary user may still write to it (statvfs(3)).
    Result<std::uint64_t> free_bytes() const;

   private:
    std::string path_;
    UniqueFd fd_;
};

}  // namespace xdpsift::limit
