// SPDX-License-Identifier: BSD-2-Clause
#include "cli/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace xdpsift::cli {
namespace {

std::string holder(int fd) {
    std::array<char, 32> text{};
    const ssize_t length = ::pread(fd, text.data(), text.size() - 1, 0);
    std::string pid(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    pid.erase(pid.find_last_not_of(" \n") + 1);
    return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

Result<UniqueFd> take_lock(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!fd)
        return fail(ExitStatus::failed, fmt::format("cannot open the lock file {}: {}", path, std::strerror(errno)));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return fail(ExitStatus::unavailable, fmt::format("the lock {} is held by {}", path, holder(fd.get())));
        return fail(ExitStatus::failed, fmt::format("cannot lock {}: {}", path, std::strerror(errno)));
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0)
        return fail(ExitStatus::failed, fmt::format("cannot write the lock file {}: {}", path, std::strerror(errno)));
    return fd;
}

}  // namespace xdpsift::cli
