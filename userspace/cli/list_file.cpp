// SPDX-License-Identifier: BSD-2-Clause
#include "cli/list_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cli/quoted.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::cli {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;

Result<std::string> read_file(std::string_view kind, const std::string& path, std::size_t most_bytes) {
    const auto refuse = [&](std::string_view why) {
        return fail(ExitStatus::usage, fmt::format("{} {}: {}", kind, printable(path, 4096), why));
    };
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) return refuse(std::strerror(errno));

    std::string text;
    struct stat status {};
    // One byte more than the size, so that the read that finds the end needs no further room.
    if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        text.reserve(std::min(static_cast<std::size_t>(status.st_size), most_bytes) + 1);
    while (text.size() <= most_bytes) {
        const std::size_t used = text.size();
        text.resize(text.capacity() > used ? text.capacity() : used + std::max(used, kReadBytes));
        const ssize_t count = ::read(file.get(), text.data() + used, text.size() - used);
        const int error = errno;
        text.resize(used + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count == 0) return text;
        if (count < 0 && error != EINTR) return refuse(std::strerror(error));
    }
    return refuse(fmt::format("larger than {} MiB", most_bytes >> 20));
}

}  // namespace

Result<std::string> read_list_file(const std::string& path) {
    if (path.empty()) return fail(ExitStatus::usage, "a file name must follow the @");
    return read_file("list file", path, kListFileBytes);
}

Result<std::string> read_expression_file(const std::string& path) {
    if (path.empty()) return fail(ExitStatus::usage, "-F needs the name of a file");
    return read_file("expression file", path, kExpressionFileBytes);
}

}  // namespace xdpsift::cli
