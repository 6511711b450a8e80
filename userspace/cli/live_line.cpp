// SPDX-License-Identifier: BSD-2-Clause
#include "cli/live_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "cli/say.h"
#include "cli/summary.h"

namespace xdpsift::cli {
namespace {

// A line that wraps cannot be written over.
std::string cut_to_terminal(std::string line) {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 && line.size() >= size.ws_col)
        line.resize(size.ws_col - 1u);
    return line;
}

}  // namespace

LiveLine::LiveLine(const CaptureOptions& options)
    : options_(options), on_terminal_(!options.quiet && ::isatty(STDERR_FILENO) == 1) {}

LiveLine::~LiveLine() { clear(); }

void LiveLine::clear() {
    if (shown_) say("\r\033[K");
    shown_ = false;
}

std::string LiveLine::limits_left(const capture::Progress& progress) const {
    std::vector<std::string> left;
    const auto& limits = options_.limits;
    if (limits.packets) {
        const auto used = progress.total.received;
        left.push_back(fmt::format("{} packets", *limits.packets > used ? *limits.packets - used : 0));
    }
    if (limits.bytes) {
        const auto used = progress.admitted_bytes;
        left.push_back(fmt::format("{} bytes", *limits.bytes > used ? *limits.bytes - used : 0));
    }
    if (limits.duration) {
        const auto remaining = std::chrono::duration_cast<std::chrono::seconds>(*limits.duration - progress.elapsed);
        left.push_back(fmt::format("{} s", std::max<std::int64_t>(remaining.count(), 0)));
    }
    return left.empty() ? "no limit" : fmt::format("{} left", fmt::join(left, ", "));
}

void LiveLine::every_second(const capture::Progress& progress) {
    if (!on_terminal_) return;
    say("\r" + cut_to_terminal(counters_line(progress.total) + ": " + limits_left(progress)) + "\033[K");
    shown_ = true;
}

void LiveLine::on_request(const capture::Progress& progress) {
    clear();
    say(fmt::format("xdpsift: after {:.1f} s: {}; {}\n", std::chrono::duration<double>(progress.elapsed).count(),
                    counters_line(progress.total), limits_left(progress)));
}

}  // namespace xdpsift::cli
