// SPDX-License-Identifier: BSD-2-Clause
#include "cli/say.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace xdpsift::cli {

void say(std::string_view words) {
    while (!words.empty()) {
        const ssize_t count = ::write(STDERR_FILENO, words.data(), words.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        words.remove_prefix(static_cast<std::size_t>(count));
    }
}

void occupy_standard_streams() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        // open() takes the lowest number that is free, which is this one.
        if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)!::open("/dev/null", O_RDONLY);
    }
}

}  // namespace xdpsift::cli
