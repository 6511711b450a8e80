// SPDX-License-Identifier: BSD-2-Clause
// A child process that is made to attempt system calls of the test's choice (ptrace(2)), and goes on unharmed: what it
// may do is then seen in itself, not in the code that confines it.
#pragma once

#if defined(__x86_64__)

#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

namespace xdpsift::harness {

// Of one thread, which waits in epoll_wait(2) now and then: there it is stopped, and meets an EINTR when it goes on.
// All from one thread of the test.
class Tracee {
   public:
    explicit Tracee(pid_t pid);
    Tracee(const Tracee&) = delete;
    Tracee& operator=(const Tracee&) = delete;
    ~Tracee();  // lets it go on

    // What the kernel returns: a value, or -errno. Empty when the process ended of it, which is left to be waited for.
    std::optional<std::int64_t> call(std::int64_t number, std::initializer_list<std::uint64_t> arguments);
    // Where in the process the text stands, up to the next one.
    std::uint64_t place(const std::string& text);

   private:
    // The signal of its next stop, with ptrace's event above it; empty when it has ended.
    std::optional<int> next_stop();
    void resume(__ptrace_request request, int signal = 0);
    // True at the next entry into a system call, or exit from one; false when it has ended.
    bool reach_system_call();

    pid_t pid_;
    user_regs_struct waiting_{};  // as it was found
    bool alive_ = true;
};

}  // namespace xdpsift::harness

#endif
