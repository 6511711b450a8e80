// SPDX-License-Identifier: BSD-2-Clause
#include "compare/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <utility>

#include "compare/interrupt.h"

namespace xdpsift::compare {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kCommandTimeout{10'000};
constexpr std::chrono::milliseconds kLastTimeout{2'000};
constexpr int kPollMs = 2;

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// In the child, between fork and exec.
[[noreturn]] void become(const std::vector<std::string>& command, int netns_fd, int output) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);  // a Ctrl-C is for the benchmark, which ends its children itself
    const int null = ::open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    std::vector<char*> arguments;
    for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    if (netns_fd < 0 || setns(netns_fd, CLONE_NEWNET) == 0) execvp(arguments[0], arguments.data());
    dprintf(STDERR_FILENO, "cannot start %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& command, int netns_fd) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail(ExitStatus::failed, fmt::format("cannot make a pipe: {}", strerror(errno)));
    UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    fcntl(reader.get(), F_SETFL, O_NONBLOCK);
    const pid_t pid = fork();
    if (pid < 0) return fail(ExitStatus::failed, fmt::format("cannot fork: {}", strerror(errno)));
    if (pid == 0) become(command, netns_fd, writer.get());
    return ChildProcess(pid, std::move(reader));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)),
      text_(std::move(other.text_)),
      ending_(other.ending_) {}

ChildProcess::~ChildProcess() {
    if (pid_ < 0 || ending_) return;
    kill(pid_, SIGINT);
    if (wait(kLastTimeout)) return;
    kill(pid_, SIGKILL);
    reap(true);
}

bool ChildProcess::reap(bool block) {
    if (ending_) return true;
    int status = 0;
    rusage usage{};
    pid_t reaped = 0;
    do reaped = wait4(pid_, &status, block ? 0 : WNOHANG, &usage);
    while (reaped < 0 && errno == EINTR);
    if (reaped != pid_) return false;
    ending_ = Ending{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), seconds(usage.ru_utime),
                     seconds(usage.ru_stime)};
    return true;
}

bool ChildProcess::running() { return !reap(false); }

double ChildProcess::cpu_s() const {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

const std::string& ChildProcess::read_output() {
    char buffer[4096];
    for (ssize_t got = 0; (got = read(output_.get(), buffer, sizeof(buffer))) > 0;)
        text_.append(buffer, static_cast<std::size_t>(got));
    return text_;
}

Result<void> ChildProcess::wait_for_text(const std::string& text, std::chrono::milliseconds timeout) {
    const auto until = Clock::now() + timeout;
    while (read_output().find(text) == std::string::npos) {
        if (interrupted()) return fail(ExitStatus::failed, "interrupted");
        if (!running()) return fail(ExitStatus::failed, "it ended at once: " + read_output());
        if (Clock::now() > until) return fail(ExitStatus::failed, fmt::format("it never said \"{}\"", text));
        pollfd waiting{output_.get(), POLLIN, 0};
        poll(&waiting, 1, kPollMs);
    }
    return {};
}

void ChildProcess::signal(int number) const { kill(pid_, number); }

Result<Ending> ChildProcess::wait(std::chrono::milliseconds timeout) {
    const auto until = Clock::now() + timeout;
    while (running()) {
        read_output();  // a full pipe must not hold it back
        if (Clock::now() > until) return fail(ExitStatus::failed, "it does not end");
        poll(nullptr, 0, kPollMs);
    }
    read_output();
    return *ending_;
}

namespace {

struct Ended {
    int exit_status = 0;
    std::string said;
};

Result<Ended> run_to_end(const std::vector<std::string>& command) {
    auto child = ChildProcess::start(command, -1);
    if (!child) return tl::unexpected(child.error());
    const auto ending = child->wait(kCommandTimeout);
    if (!ending) return with_context(command.front(), ending.error());
    return Ended{ending->exit_status, child->read_output()};
}

}  // namespace

Result<void> run_command(const std::vector<std::string>& command) {
    const auto ended = run_to_end(command);
    if (!ended) return tl::unexpected(ended.error());
    if (ended->exit_status == 0) return {};
    std::string line;
    for (const auto& word : command) line += word + ' ';
    return fail(ExitStatus::failed, fmt::format("{}: {}", line, ended->said));
}

Result<std::string> what_it_says(const std::vector<std::string>& command) {
    const auto ended = run_to_end(command);
    if (!ended) return tl::unexpected(ended.error());
    return ended->said;
}

}  // namespace xdpsift::compare
