// SPDX-License-Identifier: BSD-2-Clause
#include "limit/free_disk.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

namespace xdpsift::limit {

Result<std::uint64_t> free_disk_bytes(const std::string& path) {
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0)
        return fail(ExitStatus::failed,
                    fmt::format("cannot ask how full the disk of {} is: {}", path, std::strerror(errno)));
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace xdpsift::limit
