// SPDX-License-Identifier: BSD-2-Clause
#include "capture/signals.h"

#include <fmt/format.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace xdpsift::capture {

Result<Signals> Signals::open() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) sigaddset(&set, number);
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0)
        return fail(ExitStatus::failed, fmt::format("cannot block signals: {}", std::strerror(errno)));
    Signals signals;
    signals.fd_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals.fd_) return fail(ExitStatus::failed, fmt::format("cannot receive signals: {}", std::strerror(errno)));
    return signals;
}

Signals::Pending Signals::take() {
    Pending pending;
    signalfd_siginfo info{};
    while (::read(fd_.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
        if (info.ssi_signo == SIGUSR1)
            pending.report = true;
        else
            pending.stop++;
    }
    return pending;
}

}  // namespace xdpsift::capture
