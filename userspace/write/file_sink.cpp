// SPDX-License-Identifier: BSD-2-Clause
#include "write/file_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace xdpsift::write {
namespace {

// Captures hold other people's traffic, so that nobody but the owner may read them.
constexpr mode_t kFileMode = 0600;

const char* advice(int error) {
    switch (error) {
        case ENOSPC: return "; free space there (--min-free-disk ends a capture before the disk is full)";
        case EDQUOT: return "; the disk quota is used up: write elsewhere (--max-bytes limits a capture)";
        case EFBIG: return "; write elsewhere (--file-size limits each file of a capture)";
        case ENOENT:
        case ENOTDIR: return "; create the folder first";
        case EACCES:
        case EPERM: return "; choose a folder that this user may write to";
        case EROFS: return "; choose a file system that is writable";
        case EISDIR: return "; name a file in it";
        default: return "";
    }
}

auto system_error(std::string_view action, std::string_view name, int error) {
    return fail(ExitStatus::failed,
                fmt::format("cannot {} {}: {}{}", action, name, std::strerror(error), advice(error)));
}

auto terminal_refused(std::string_view name) {
    return fail(ExitStatus::usage,
                fmt::format("{} is a terminal, and a capture is binary: write to a file with -w FILE, "
                            "or pipe it into a reader, as in '-w - | tcpdump -r -'",
                            name));
}

// What open() left as ENXIO: nobody at the other end.
std::string without_reader(const std::string& path, const std::string& name) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode))
        return fmt::format("cannot open {}: nobody reads this FIFO; start its reader first", name);
    return fmt::format("cannot open {}: it is a socket, or a device that is not there", name);
}

}  // namespace

Result<std::unique_ptr<Sink>> FileSink::open(const std::string& path) {
    return path == "-" ? open_standard_output() : open_path(path);
}

Result<std::unique_ptr<Sink>> FileSink::open_path(const std::string& path) {
    std::unique_ptr<FileSink> sink(new FileSink);
    sink->name_ = fmt::format("'{}'", path);
    // O_NONBLOCK means nothing to a regular file, and keeps a FIFO without a reader from holding us up.
    constexpr int kFlags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    sink->fd_.reset(::open(path.c_str(), kFlags | O_EXCL, kFileMode));
    sink->made_ = static_cast<bool>(sink->fd_);
    if (!sink->made_) sink->fd_.reset(::open(path.c_str(), kFlags | O_TRUNC, kFileMode));
    if (!sink->fd_) {
        if (errno == ENXIO) return fail(ExitStatus::failed, without_reader(path, sink->name_));
        return system_error("open", sink->name_, errno);
    }
    struct stat status {};
    if (::fstat(sink->fd_.get(), &status) != 0) return system_error("look at", sink->name_, errno);
    if (S_ISCHR(status.st_mode) && ::isatty(sink->fd_.get()) == 1) return terminal_refused(sink->name_);
    sink->kind_ = S_ISREG(status.st_mode) ? Kind::regular : Kind::nonblocking;
    sink->live_reader_ = S_ISFIFO(status.st_mode);
    if (sink->kind_ == Kind::regular) sink->space_ = ReservedSpace(sink->fd_.get());
    return sink;
}

Result<std::unique_ptr<Sink>> FileSink::open_standard_output() {
    std::unique_ptr<FileSink> sink(new FileSink);
    sink->name_ = "standard output";
    struct stat status {};
    const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return system_error("write to", sink->name_, EBADF);
    if (::fstat(STDOUT_FILENO, &status) != 0) return system_error("write to", sink->name_, errno);
    if (S_ISCHR(status.st_mode) && ::isatty(STDOUT_FILENO) == 1) return terminal_refused(sink->name_);

    if (S_ISREG(status.st_mode)) {
        const off_t offset = ::lseek(STDOUT_FILENO, 0, (flags & O_APPEND) != 0 ? SEEK_END : SEEK_CUR);
        if (offset < 0) return system_error("look at", sink->name_, errno);
        sink->start_ = static_cast<std::uint64_t>(offset);
    } else {
        sink->live_reader_ = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
        // A file description of our own may be non-blocking; the one we were given is the shell's and the reader's too.
        if (!S_ISSOCK(status.st_mode))
            sink->fd_.reset(::open("/proc/self/fd/1", O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
        sink->kind_ = sink->fd_ ? Kind::nonblocking : S_ISSOCK(status.st_mode) ? Kind::socket : Kind::polled;
    }
    if (!sink->fd_) sink->fd_.reset(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!sink->fd_) return system_error("duplicate", sink->name_, errno);
    return sink;
}

Result<std::size_t> FileSink::write(std::span<const std::byte> bytes) {
    for (;;) {
        ssize_t count = 0;
        if (kind_ == Kind::socket) {
            count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        } else if (kind_ == Kind::polled) {
            // A pipe that polls writable has room for PIPE_BUF bytes at least.
            pollfd ready{fd_.get(), POLLOUT, 0};
            count = ::poll(&ready, 1, 0);
            if (count > 0) count = ::write(fd_.get(), bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
        } else {
            space_.cover(fd_.get(), end_ + bytes.size());
            count = ::write(fd_.get(), bytes.data(), bytes.size());
        }
        if (count >= 0) {
            end_ += static_cast<std::uint64_t>(count);
            return static_cast<std::size_t>(count);
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
        const int error = errno;
        reader_closed_ = error == EPIPE || error == ECONNRESET;
        if (reader_closed_) return fail(ExitStatus::failed, fmt::format("the reader of {} closed it", name_));
        return system_error("write to", name_, error);
    }
}

Result<bool> FileSink::cut_back(std::uint64_t length) {
    if (kind_ != Kind::regular) return false;
    const auto end = static_cast<off_t>(start_ + length);
    if (::ftruncate(fd_.get(), end) != 0 || ::lseek(fd_.get(), end, SEEK_SET) != end)
        return system_error("cut back", name_, errno);
    end_ = length;
    space_.cut(end_);
    return true;
}

Result<void> FileSink::close() {
    space_.give_back(fd_.get());
    // The descriptor is gone after close(), whatever close() says.
    const int fd = fd_.release();
    if (fd >= 0 && ::close(fd) != 0 && errno != EINTR) return system_error("close", name_, errno);
    return {};
}

}  // namespace xdpsift::write
