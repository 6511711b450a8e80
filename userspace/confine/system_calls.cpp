// SPDX-License-Identifier: BSD-2-Clause
#include "confine/system_calls.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace xdpsift::confine {
namespace {

// In each line what needs them. A C library may choose between a call and its older or newer forms.
constexpr int kAlways[] = {
    // rings, signals, clock and link: waited for and read
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(read), SCMP_SYS(recvfrom),
    SCMP_SYS(sendto), SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_settime64), SCMP_SYS(restart_syscall),
    // outputs
    SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(lseek), SCMP_SYS(_llseek),
    SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(newfstatat),
    SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(fstatfs), SCMP_SYS(fstatfs64), SCMP_SYS(fallocate), SCMP_SYS(close),
    // the time, where the kernel's page for it is not enough
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    // the end of the hook
    SCMP_SYS(membarrier), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_nanosleep_time64),
    // memory
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(getrandom), SCMP_SYS(futex),
    // the end of the guard of the file's end
    SCMP_SYS(wait4), SCMP_SYS(waitid),
    // the process's end, also by abort(3)
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
    SCMP_SYS(getpid), SCMP_SYS(gettid)};

// What opening the next file, handing it to the guard of its end and removing the oldest one take, beside openat.
constexpr int kForNewFiles[] = {SCMP_SYS(sendmsg), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(lstat),
                                SCMP_SYS(lstat64)};

struct Conditional {
    int call;
    scmp_arg_cmp condition;
};

// A kind of call that is allowed for one purpose.
std::vector<Conditional> conditional(bool new_files) {
    const auto masked = [](unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
        return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, mask, value};
    };
    const auto equal = [](unsigned argument, scmp_datum_t value) {
        return scmp_arg_cmp{argument, SCMP_CMP_EQ, value, 0};
    };
    std::vector<Conditional> list = {
        {SCMP_SYS(mmap), masked(2, PROT_EXEC, 0)},
        {SCMP_SYS(mmap2), masked(2, PROT_EXEC, 0)},
        {SCMP_SYS(bpf), equal(0, BPF_LINK_DETACH)},
        {SCMP_SYS(ioctl), equal(1, TCGETS)},      // isatty(3)
        {SCMP_SYS(ioctl), equal(1, TIOCGWINSZ)},  // the live line's width
        {SCMP_SYS(tgkill), equal(0, static_cast<scmp_datum_t>(::getpid()))},
    };
    // Nothing is opened for reading, also where the kernel has no rules for files.
    if (new_files) list.push_back({SCMP_SYS(openat), masked(2, O_ACCMODE, O_WRONLY)});
    return list;
}

// A call that the machine does not have is passed over by libseccomp.
int fill(scmp_filter_ctx filter, bool new_files) {
    // Searched as a tree, and the filters of other architectures' calls kill the process too.
    int error = ::seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (error == 0) error = ::seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    for (const int call : kAlways)
        if (error == 0) error = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    if (new_files)
        for (const int call : kForNewFiles)
            if (error == 0) error = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    for (const auto& [call, condition] : conditional(new_files))
        if (error == 0) error = ::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition);
    return error;
}

tl::unexpected<Error> refused(int error) {
    return fail(ExitStatus::failed, fmt::format("cannot restrict the system calls: {}", std::strerror(-error)));
}

}  // namespace

bool system_call_filters_offered() {
    const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

void SystemCalls::Release::operator()(void* filter) const { ::seccomp_release(filter); }

Result<SystemCalls> SystemCalls::prepare(bool new_files) {
    SystemCalls calls;
    if (!system_call_filters_offered()) return calls;
    calls.filter_.reset(::seccomp_init(SCMP_ACT_KILL_PROCESS));
    if (!calls.filter_) return fail(ExitStatus::failed, "cannot make a list of system calls");
    if (const int error = fill(calls.filter_.get(), new_files); error != 0) return refused(error);
    return calls;
}

Result<void> SystemCalls::enter() const {
    if (!filter_) return {};
    if (const int error = ::seccomp_load(filter_.get()); error != 0) return refused(error);
    return {};
}

}  // namespace xdpsift::confine
