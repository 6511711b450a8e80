// SPDX-License-Identifier: BSD-2-Clause
#include "loader/hook_watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace xdpsift::loader {

HookWatch HookWatch::open(int link_fd) {
    HookWatch watch;
    // An open file of /proc tells what is true when it is read, and can be read when no file can be opened any more.
    watch.fdinfo_.reset(::open(fmt::format("/proc/self/fdinfo/{}", link_fd).c_str(), O_RDONLY | O_CLOEXEC));
    watch.attached_state_ = watch.state();
    return watch;
}

std::string HookWatch::state() const {
    std::array<char, 1024> buffer;
    // One that is read from its start is made anew.
    if (!fdinfo_ || ::lseek(fdinfo_.get(), 0, SEEK_SET) != 0) return {};
    const ssize_t length = ::read(fdinfo_.get(), buffer.data(), buffer.size());
    if (length <= 0) return {};
    std::string state;
    for (std::string_view text(buffer.data(), static_cast<std::size_t>(length)); !text.empty();) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.starts_with("prog_id:") || line.starts_with("ifindex:")) state += fmt::format("{} ", line);
    }
    return state;
}

bool HookWatch::intact() const {
    const auto now = state();
    // What cannot be read says nothing.
    return now.empty() || attached_state_.empty() || now == attached_state_;
}

}  // namespace xdpsift::loader
