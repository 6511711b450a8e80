// SPDX-License-Identifier: BSD-2-Clause
#include "cli/text_output.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

namespace xdpsift::cli {
namespace {

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(fd, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

tl::unexpected<Error> cannot_write(const std::string& what, const std::string& path) {
    return fail(ExitStatus::failed, fmt::format("cannot write {} to {}: {}", what, path, std::strerror(errno)));
}

}  // namespace

Result<TextOutput> TextOutput::open(std::string what, const std::string& path) {
    TextOutput output;
    output.what_ = std::move(what);
    output.path_ = path == "-" ? "standard output" : path;
    if (path == "-") {
        output.fd_.reset(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
    } else {
        output.fd_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        output.made_ = static_cast<bool>(output.fd_);
        // A FIFO without a reader must not hold us up; with one, writing may wait.
        if (!output.made_) output.fd_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644));
        if (!output.fd_ && errno == ENXIO)
            return fail(
                ExitStatus::failed,
                fmt::format("cannot write {} to {}: nobody reads it; start its reader first", output.what_, path));
        if (output.fd_) ::fcntl(output.fd_.get(), F_SETFL, 0);
    }
    const int flags = output.fd_ ? ::fcntl(output.fd_.get(), F_GETFL) : -1;
    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) errno = EBADF;
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return cannot_write(output.what_, output.path_);
    return output;
}

TextOutput::TextOutput(TextOutput&& other) noexcept
    : what_(std::move(other.what_)),
      path_(std::move(other.path_)),
      made_(std::exchange(other.made_, false)),
      fd_(std::move(other.fd_)) {}

TextOutput::~TextOutput() {
    if (made_) ::unlink(path_.c_str());
}

Result<void> TextOutput::write(const std::string& text) {
    made_ = false;
    // Only a regular file can be cut, and only one has an old content.
    if (::ftruncate(fd_.get(), 0) != 0 && errno != EINVAL) return cannot_write(what_, path_);
    if (!write_all(fd_.get(), text)) return cannot_write(what_, path_);
    if (::close(fd_.release()) != 0) return cannot_write(what_, path_);
    return {};
}

Result<ReadyFile> ReadyFile::prepare(const std::string& path) {
    ReadyFile file;
    file.path_ = path;
    file.temporary_ = fmt::format("{}.{}", path, ::getpid());
    file.fd_.reset(::open(file.temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file.fd_) {
        file.temporary_.clear();
        return cannot_write("the ready file", path);
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return cannot_write("the ready file", path);
    return file;
}

ReadyFile::ReadyFile(ReadyFile&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})), fd_(std::move(other.fd_)) {}

ReadyFile::~ReadyFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<void> ReadyFile::publish() {
    if (!write_all(fd_.get(), fmt::format("{}\n", ::getpid()))) return cannot_write("the ready file", path_);
    fd_.reset();
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return cannot_write("the ready file", path_);
    temporary_.clear();
    return {};
}

}  // namespace xdpsift::cli
