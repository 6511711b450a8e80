// SPDX-License-Identifier: BSD-2-Clause
#include "harness/fault_injector.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <new>

#include "harness/process.h"

namespace xdpsift::harness {
namespace {

constexpr std::size_t kMostNumbers = 32;
constexpr int kNotYet = -1;
constexpr int kRefused = -2;
constexpr auto kStartDeadline = std::chrono::seconds(10);

// Of another process.
// NOLINTNEXTLINE(performance-no-int-to-ptr)
void* pointer(std::uint64_t address) { return reinterpret_cast<void*>(address); }

ssize_t read_memory(pid_t pid, std::uint64_t address, void* bytes, std::size_t count) {
    const iovec here{bytes, count};
    const iovec there{pointer(address), count};
    return ::process_vm_readv(pid, &here, 1, &there, 1, 0);
}

// On behalf of the caller: the offset belongs to the file description, which is the same one.
ssize_t write_for(const SystemCall& call, std::size_t count) {
    std::vector<char> bytes(count);
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, call.pid, 0)));
    const UniqueFd file(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), call.arguments[0], 0)));
    if (!file) throw_errno("pidfd_getfd");
    if (read_memory(call.pid, call.arguments[1], bytes.data(), count) != static_cast<ssize_t>(count))
        throw_errno("process_vm_readv");
    return ::write(file.get(), bytes.data(), count);
}

seccomp_notif_resp response_to(const seccomp_notif& notice, const SystemCall& call, const Answer& answer) {
    seccomp_notif_resp response{};
    response.id = notice.id;
    switch (answer.kind) {
        case Answer::Kind::go_on: response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE; break;
        case Answer::Kind::fail: response.error = -answer.error; break;
        case Answer::Kind::write_in_part: {
            const ssize_t written = write_for(call, std::min<std::size_t>(answer.bytes, call.arguments[2]));
            if (written < 0)
                response.error = -errno;
            else
                response.val = written;
        }
    }
    return response;
}

}  // namespace

std::string SystemCall::file() const {
    std::error_code none;
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/fd/" + std::to_string(arguments[0]), none);
}

std::string SystemCall::text(std::size_t argument) const {
    std::string text;
    // Byte by byte: what follows the NUL need not be readable.
    for (char byte = 0; read_memory(pid, arguments[argument] + text.size(), &byte, 1) == 1 && byte != '\0';)
        text += byte;
    return text;
}

void SystemCall::read(std::size_t argument, void* bytes, std::size_t count) const {
    if (read_memory(pid, arguments[argument], bytes, count) != static_cast<ssize_t>(count))
        throw_errno("process_vm_readv");
}

void SystemCall::write_memory(std::uint64_t address, const void* bytes, std::size_t count) const {
    const iovec here{const_cast<void*>(bytes), count};
    const iovec there{pointer(address), count};
    if (::process_vm_writev(pid, &here, 1, &there, 1, 0) != static_cast<ssize_t>(count))
        throw_errno("process_vm_writev");
}

bool SystemCall::by_loader() const {
    std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
    for (std::string line; std::getline(maps, line);) {
        std::size_t dash = 0;
        const std::uint64_t begin = std::stoull(line, &dash, 16);
        const std::uint64_t end = std::stoull(line.substr(dash + 1), nullptr, 16);
        if (instruction >= begin && instruction < end) return line.find("/ld-") != std::string::npos;
    }
    return false;
}

FaultInjector::FaultInjector(std::vector<int> numbers, std::function<Answer(const SystemCall&)> decide)
    : numbers_(std::move(numbers)), decide_(std::move(decide)) {
    if (numbers_.size() >= kMostNumbers) throw HarnessError("too many kinds of system calls to ask about");
    void* memory = ::mmap(nullptr, sizeof(*child_listener_), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw_errno("mmap");
    child_listener_ = new (memory) std::atomic<int>(kNotYet);
}

FaultInjector::~FaultInjector() {
    if (thread_.joinable()) thread_.join();
    ::munmap(child_listener_, sizeof(*child_listener_));
}

// Between fork and exec: only calls that are safe there, and no allocation.
bool FaultInjector::enter() {
    const auto count = static_cast<std::uint8_t>(numbers_.size() + 1);
    std::array<sock_filter, kMostNumbers + 3> filter{};
    filter[0] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    for (std::uint8_t i = 0; i < count; i++) {
        const auto number = static_cast<std::uint32_t>(i == 0 ? SYS_execve : numbers_[i - 1u]);
        filter[i + 1u] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, static_cast<std::uint8_t>(count - i), 0);
    }
    filter[count + 1u] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[count + 2u] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    const sock_fprog program{static_cast<std::uint16_t>(count + 3), filter.data()};
    const auto fd = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    child_listener_->store(fd < 0 ? kRefused : static_cast<int>(fd));
    return fd >= 0;
}

void FaultInjector::adopt(int pidfd) {
    if (!wait_until([this] { return child_listener_->load() != kNotYet; }, kStartDeadline) ||
        child_listener_->load() == kRefused)
        throw HarnessError("the kernel has no seccomp user notification for a child");
    listener_.reset(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd, child_listener_->load(), 0)));
    if (!listener_) throw_errno("pidfd_getfd");
    thread_ = std::thread([this] { serve(); });
}

bool FaultInjector::nobody_left(std::chrono::milliseconds deadline) const {
    return wait_until([this] { return served_.load(); }, deadline);
}

Answer FaultInjector::ask(const SystemCall& call) {
    if (std::find(numbers_.begin(), numbers_.end(), call.number) == numbers_.end()) return Answer::go_on();
    SystemCall counted = call;
    counted.nth = ++asked_;
    return decide_(counted);
}

void FaultInjector::serve() {
    for (;;) {
        pollfd ready{listener_.get(), POLLIN, 0};
        if (::poll(&ready, 1, -1) < 0 && errno == EINTR) continue;
        // The last process with the filter is gone.
        if ((ready.revents & POLLIN) == 0) break;
        seccomp_notif notice{};
        // A caller may be killed before it is heard, and after.
        if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &notice) != 0) continue;
        SystemCall call;
        call.number = notice.data.nr;
        std::copy_n(notice.data.args, call.arguments.size(), call.arguments.begin());
        call.instruction = notice.data.instruction_pointer;
        call.pid = static_cast<pid_t>(notice.pid);
        seccomp_notif_resp response = response_to(notice, call, ask(call));
        ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response);
    }
    served_ = true;
}

}  // namespace xdpsift::harness
