// SPDX-License-Identifier: BSD-2-Clause
// Which system calls may be made: a seccomp filter (seccomp(2)) that kills the process on any other.
#pragma once

#include <memory>

#include "xdpsift/result.h"

namespace xdpsift::confine {

// Whether the kernel has filters that can kill a process.
bool system_call_filters_offered();

class SystemCalls {
   public:
    // The list of a running capture. `new_files`: it opens further files for writing, and removes old ones.
    // On a kernel without filters there is none.
    static Result<SystemCalls> prepare(bool new_files);

    Result<void> enter() const;
    bool in_force() const { return filter_ != nullptr; }

   private:
    struct Release {
        void operator()(void* filter) const;
    };
    SystemCalls() = default;

    std::unique_ptr<void, Release> filter_;  // libseccomp's scmp_filter_ctx
};

}  // namespace xdpsift::confine
