// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/drain_thread.h"

#include <errno.h>
#include <fmt/format.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <utility>

namespace xdpsift::kernel {
namespace {

constexpr std::uint64_t kRing = 0;
constexpr std::uint64_t kStop = 1;

void keep_off(unsigned busy_cpu) {
    cpu_set_t cpus;
    if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0) return;
    CPU_CLR(busy_cpu, &cpus);
    if (CPU_COUNT(&cpus) > 0) sched_setaffinity(0, sizeof(cpus), &cpus);
}

bool add(int epoll_fd, int fd, std::uint64_t what) {
    epoll_event event{};
    // By edge, as the capture waits: a BPF ring is readable as long as anything stands in it.
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = what;
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Result<DrainThread> DrainThread::start(std::span<const int> fds, int patience_ms, unsigned busy_cpu,
                                       std::function<void()> discard) {
    DrainThread out;
    out.stop_ = UniqueFd(eventfd(0, EFD_CLOEXEC));
    out.epoll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
    bool added = add(out.epoll_.get(), out.stop_.get(), kStop);
    for (const int fd : fds) added = added && add(out.epoll_.get(), fd, kRing);
    if (!added) return fail(ExitStatus::failed, fmt::format("cannot wait for rings: {}", strerror(errno)));
    out.thread_ = std::thread([epoll_fd = out.epoll_.get(), patience_ms, busy_cpu, discard = std::move(discard)] {
        keep_off(busy_cpu);
        while (true) {
            epoll_event event{};
            const int count = epoll_wait(epoll_fd, &event, 1, patience_ms);
            if (count < 0 && errno != EINTR) return;
            if (count == 1 && event.data.u64 == kStop) return;
            discard();
        }
    });
    return out;
}

DrainThread::~DrainThread() {
    if (!thread_.joinable()) return;
    eventfd_write(stop_.get(), 1);
    thread_.join();
}

}  // namespace xdpsift::kernel
