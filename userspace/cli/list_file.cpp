// SPDX-License-Identifier: BSD-2-Clause
#include "cli/list_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cli/quoted.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::cli {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;
// A file always has something to say, if only that it ends.
bool has_something(int fd, std::chrono::milliseconds patience) {
    pollfd ready{fd, POLLIN, 0};
    int count = 0;
    while ((count = ::poll(&ready, 1, static_cast<int>(patience.count()))) < 0 && errno == EINTR) {
    }
    return count > 0;
}

Result<std::string> read_file(std::string_view kind, const std::string& path, std::size_t most_bytes,
                              std::chrono::milliseconds patience) {
    const auto refuse = [&](std::string_view why) {
        return fail(ExitStatus::usage, fmt::format("{} {}: {}", kind, printable(path, 4096), why));
    };
    // Non-blocking, or the opening of a FIFO would wait for its writer.
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file) return refuse(std::strerror(errno));

    std::string text;
    struct stat status {};
    // One byte more than the size, so that the read that finds the end needs no further room.
    if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        text.reserve(std::min(static_cast<std::size_t>(status.st_size), most_bytes) + 1);
    while (text.size() <= most_bytes) {
        const std::size_t used = text.size();
        text.resize(text.capacity() > used ? text.capacity() : used + std::max(used, kReadBytes));
        const bool asked = has_something(file.get(), patience);
        const ssize_t count = asked ? ::read(file.get(), text.data() + used, text.size() - used) : 0;
        const int error = errno;
        text.resize(used + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (!asked)
            return refuse(
                fmt::format("nobody has written to it for {} s", static_cast<double>(patience.count()) / 1000));
        if (count == 0) return text;
        if (count < 0 && error != EINTR && error != EAGAIN) return refuse(std::strerror(error));
    }
    return refuse(fmt::format("larger than {} MiB", most_bytes >> 20));
}

// From a '#' to the end of its line, as tcpdump -F has it. Blanks take their place, so that no two words become one.
void blank_comments(std::string& text) {
    for (auto at = text.find('#'); at != text.npos; at = text.find('#', at)) {
        const auto end = std::min(text.find('\n', at), text.size());
        std::fill(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    }
}

}  // namespace

Result<std::string> read_list_file(const std::string& path, std::chrono::milliseconds patience) {
    if (path.empty()) return fail(ExitStatus::usage, "a file name must follow the @");
    return read_file("list file", path, kListFileBytes, patience);
}

Result<std::string> read_expression_file(const std::string& path, std::chrono::milliseconds patience) {
    if (path.empty()) return fail(ExitStatus::usage, "-F needs the name of a file");
    auto text = read_file("expression file", path, kExpressionFileBytes, patience);
    if (text) blank_comments(*text);
    return text;
}

}  // namespace xdpsift::cli
