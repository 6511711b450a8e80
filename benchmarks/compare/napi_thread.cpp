// SPDX-License-Identifier: BSD-2-Clause
#include "compare/napi_thread.h"

#include <errno.h>
#include <fmt/format.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

namespace xdpsift::compare {
namespace {

namespace fs = std::filesystem;

// sysfs shows the interfaces of the namespace that it was mounted in: it is mounted once more, in a mount namespace
// that nobody else sees and that ends with the thread.
int write_threaded(int netns_fd, const std::string& interface) {
    if (unshare(CLONE_NEWNS) != 0 || setns(netns_fd, CLONE_NEWNET) != 0 ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("sysfs", "/sys", "sysfs", 0, nullptr) != 0)
        return errno;
    std::ofstream threaded("/sys/class/net/" + interface + "/threaded");
    errno = 0;
    threaded << "1\n" << std::flush;
    if (!threaded) return errno != 0 ? errno : ENOENT;
    return 0;
}

// The kernel names them "napi/INTERFACE-ID".
std::set<pid_t> napi_threads(const std::string& interface) {
    const std::string prefix = "napi/" + interface + '-';
    std::set<pid_t> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
        const pid_t pid = static_cast<pid_t>(std::strtol(entry.path().filename().c_str(), nullptr, 10));
        std::ifstream comm(entry.path() / "comm");
        std::string name;
        if (pid > 0 && std::getline(comm, name) && name.compare(0, prefix.size(), prefix) == 0) found.insert(pid);
    }
    return found;
}

}  // namespace

Result<NapiThread> NapiThread::make(int netns_fd, const std::string& interface, unsigned cpu) {
    const auto before = napi_threads(interface);
    int error = 0;
    std::thread([&] { error = write_threaded(netns_fd, interface); }).join();
    if (error != 0)
        return fail(ExitStatus::unsupported,
                    fmt::format("cannot make the NAPI of {} threaded (Linux 5.12): {}", interface, strerror(error)));
    auto made = napi_threads(interface);
    for (const pid_t pid : before) made.erase(pid);
    if (made.size() != 1)
        return fail(ExitStatus::unsupported, fmt::format("{} NAPI threads of {} instead of one are seen in /proc: the "
                                                         "receive path cannot be put on a CPU of its own",
                                                         made.size(), interface));
    const pid_t pid = *made.begin();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(pid, sizeof(one), &one) != 0)
        return fail(ExitStatus::failed, fmt::format("cannot put the NAPI thread on CPU {}: {}", cpu, strerror(errno)));
    // A softirq goes before processes, and so shall the thread that stands for it: a capturing process that took its
    // CPU for some milliseconds would overfill veth's queue of 256.
    const sched_param lowest{1};
    if (sched_setscheduler(pid, SCHED_FIFO, &lowest) != 0)
        return fail(ExitStatus::failed,
                    fmt::format("cannot put the NAPI thread before processes (CAP_SYS_NICE): {}", strerror(errno)));
    return NapiThread(pid);
}

double NapiThread::cpu_s() const {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace xdpsift::compare
