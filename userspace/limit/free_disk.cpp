// SPDX-License-Identifier: BSD-2-Clause
#include "limit/free_disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace xdpsift::limit {
namespace {

tl::unexpected<Error> cannot_ask(const std::string& path) {
    return fail(ExitStatus::failed,
                fmt::format("cannot ask how full the disk of {} is: {}", path, std::strerror(errno)));
}

}  // namespace

Result<Disk> Disk::open(std::string path) {
    Disk disk;
    disk.fd_.reset(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!disk.fd_) return cannot_ask(path);
    disk.path_ = std::move(path);
    return disk;
}

Result<std::uint64_t> Disk::free_bytes() const {
    struct statvfs status {};
    if (::fstatvfs(fd_.get(), &status) != 0) return cannot_ask(path_);
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace xdpsift::limit
