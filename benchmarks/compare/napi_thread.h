// SPDX-License-Identifier: BSD-2-Clause
// The receive path in a thread of the kernel's: threaded NAPI, put on a CPU of choice.
#pragma once

#include <sys/types.h>

#include "xdpsift/result.h"

namespace xdpsift::compare {

class NapiThread {
   public:
    // Of an interface with one queue whose NAPI runs already, in the namespace. It stays threaded as long as the
    // interface lives.
    static Result<NapiThread> make(int netns_fd, const std::string& interface, unsigned cpu);
    // CPU seconds so far.
    double cpu_s() const;

   private:
    explicit NapiThread(pid_t pid) : pid_(pid) {}
    pid_t pid_;
};

}  // namespace xdpsift::compare
