// SPDX-License-Identifier: BSD-2-Clause
// Empties rings, and throws the records away, whenever their kernel side wakes it or a while has passed.
#pragma once

#include <functional>
#include <span>
#include <thread>

#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::kernel {

class DrainThread {
   public:
    DrainThread() = default;
    // Waits for `fds`, and calls `discard` on a thread of its own that keeps off `busy_cpu` where there is another CPU.
    // `patience_ms`: how long it waits at most; -1: until it is woken.
    static Result<DrainThread> start(std::span<const int> fds, int patience_ms, unsigned busy_cpu,
                                     std::function<void()> discard);
    DrainThread(DrainThread&&) noexcept = default;
    DrainThread& operator=(DrainThread&&) = delete;
    ~DrainThread();

   private:
    UniqueFd stop_;
    UniqueFd epoll_;
    std::thread thread_;
};

}  // namespace xdpsift::kernel
