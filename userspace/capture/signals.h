// SPDX-License-Identifier: BSD-2-Clause
// The signals that a capture answers, as a file descriptor.
#pragma once

#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::capture {

class Signals {
   public:
    // Blocks SIGINT, SIGTERM, SIGHUP and SIGUSR1 in the calling thread: call it before anything that has to be finished
    // in order is begun.
    static Result<Signals> open();

    int fd() const { return fd_.get(); }

    struct Pending {
        int stop = 0;         // how many SIGINT, SIGTERM and SIGHUP came
        bool report = false;  // SIGUSR1
    };
    // What came since the last call; does not block.
    Pending take();

   private:
    UniqueFd fd_;
};

}  // namespace xdpsift::capture
