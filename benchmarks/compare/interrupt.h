// SPDX-License-Identifier: BSD-2-Clause
// SIGINT, SIGTERM and SIGHUP end the benchmark in order: children stopped, files removed.
#pragma once

#include <signal.h>

namespace xdpsift::compare {

inline volatile sig_atomic_t interrupt_seen = 0;
inline bool interrupted() { return interrupt_seen != 0; }

// Without SA_RESTART, so that whatever blocks returns.
inline void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupt_seen = 1; };
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

}  // namespace xdpsift::compare
