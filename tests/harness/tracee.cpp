// SPDX-License-Identifier: BSD-2-Clause
#include "harness/tracee.h"

#if defined(__x86_64__)

#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <iterator>

#include "harness/process.h"

namespace xdpsift::harness {
namespace {

constexpr std::uint64_t kInstructionBytes = 2;  // of `syscall`
constexpr std::uint64_t kRedZoneBytes = 128;    // below the stack pointer; nothing is kept farther down
constexpr int kSystemCallStop = SIGTRAP | 0x80;

// A signal on its way, which goes on with the process; 0: the stop is an event of ptrace's.
int signal_of(int stop) { return stop >> 8 == 0 ? stop : 0; }

user_regs_struct registers(pid_t pid) {
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, pid, nullptr, &registers) != 0) throw_errno("PTRACE_GETREGS");
    return registers;
}

// Some kernels let a forbidden call return, to its caller's death.
bool is_dying(pid_t pid) {
    siginfo_t pending[8];
    __ptrace_peeksiginfo_args which{0, 0, std::size(pending)};
    const auto count = ::ptrace(PTRACE_PEEKSIGINFO, pid, &which, pending);
    if (count < 0) throw_errno("PTRACE_PEEKSIGINFO");
    return std::any_of(pending, pending + count, [](const siginfo_t& signal) { return signal.si_signo == SIGSYS; });
}

void set_registers(pid_t pid, const user_regs_struct& registers) {
    if (::ptrace(PTRACE_SETREGS, pid, nullptr, &registers) != 0) throw_errno("PTRACE_SETREGS");
}

}  // namespace

Tracee::Tracee(pid_t pid) : pid_(pid) {
    if (::ptrace(PTRACE_SEIZE, pid_, nullptr, PTRACE_O_TRACESYSGOOD) != 0) throw_errno("PTRACE_SEIZE");
    // Of all that waits this is sure to be over when it is interrupted: nothing is left to be started again.
    const bool waits = wait_until([this] {
        if (::ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr) != 0) throw_errno("PTRACE_INTERRUPT");
        std::optional<int> stop = next_stop();
        for (; stop && signal_of(*stop) != 0; stop = next_stop()) resume(PTRACE_CONT, signal_of(*stop));
        if (!stop) throw HarnessError("the process ended when it was stopped");
        waiting_ = registers(pid_);
        if (waiting_.orig_rax == SYS_epoll_wait || waiting_.orig_rax == SYS_epoll_pwait) return true;
        resume(PTRACE_CONT);
        return false;
    });
    if (!waits) throw HarnessError("the process does not wait in epoll_wait");
}

Tracee::~Tracee() {
    if (alive_) ::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
}

std::optional<std::int64_t> Tracee::call(std::int64_t number, std::initializer_list<std::uint64_t> arguments) {
    user_regs_struct regs = waiting_;
    regs.rip -= kInstructionBytes;
    regs.rax = static_cast<std::uint64_t>(number);
    // Otherwise the kernel takes `rax` for the result of the call that it was stopped in.
    regs.orig_rax = ~std::uint64_t{0};
    decltype(&regs.rdi) places[] = {&regs.rdi, &regs.rsi, &regs.rdx, &regs.r10, &regs.r8, &regs.r9};
    if (arguments.size() > std::size(places)) throw HarnessError("a system call has six arguments");
    auto* const* place = places;
    for (const std::uint64_t argument : arguments) **place++ = argument;
    set_registers(pid_, regs);
    const bool came_back = reach_system_call() && reach_system_call();
    if (!came_back) return std::nullopt;
    if (is_dying(pid_)) {
        resume(PTRACE_CONT);
        if (next_stop()) throw HarnessError("the process outlives SIGSYS");
        return std::nullopt;
    }
    const auto result = static_cast<std::int64_t>(registers(pid_).rax);
    set_registers(pid_, waiting_);
    return result;
}

std::uint64_t Tracee::place(const std::string& text) {
    const std::uint64_t address = waiting_.rsp - kRedZoneBytes - (text.size() + 1);
    const iovec here{const_cast<char*>(text.c_str()), text.size() + 1};
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    const iovec there{reinterpret_cast<void*>(address), here.iov_len};
    if (::process_vm_writev(pid_, &here, 1, &there, 1, 0) != static_cast<ssize_t>(here.iov_len))
        throw_errno("process_vm_writev");
    return address;
}

std::optional<int> Tracee::next_stop() {
    siginfo_t seen{};
    const auto look = [&] {
        seen.si_pid = 0;
        // An end is left where it is for whoever owns the process.
        const int flags = WEXITED | WSTOPPED | WNOWAIT | WNOHANG;
        if (::waitid(P_PID, static_cast<id_t>(pid_), &seen, flags) != 0) throw_errno("waitid");
        return seen.si_pid == pid_;
    };
    if (!wait_until(look)) throw HarnessError("the process does not stop");
    alive_ = seen.si_code == CLD_TRAPPED || seen.si_code == CLD_STOPPED;
    if (!alive_) return std::nullopt;
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) throw_errno("waitpid");
    return status >> 8;
}

void Tracee::resume(__ptrace_request request, int signal) {
    if (::ptrace(request, pid_, nullptr, signal) != 0) throw_errno("cannot let a traced process go on");
}

bool Tracee::reach_system_call() {
    resume(PTRACE_SYSCALL);
    for (auto stop = next_stop(); stop; stop = next_stop()) {
        if (*stop == kSystemCallStop) return true;
        resume(PTRACE_SYSCALL, signal_of(*stop));
    }
    return false;
}

}  // namespace xdpsift::harness

#endif
