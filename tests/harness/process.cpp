// SPDX-License-Identifier: BSD-2-Clause
#include "harness/process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "harness/fault_injector.h"

namespace xdpsift::harness {
namespace {

constexpr int kExecFailed = 127;

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};

Pipe make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe2");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Standard input: a pipe's buffer holds what is short, so that nobody has to feed it later.
UniqueFd input_for(const std::optional<std::string>& input) {
    if (!input) return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    Pipe pipe = make_pipe();
    if (::fcntl(pipe.write_end.get(), F_SETPIPE_SZ, 1 << 20) < 0) throw_errno("F_SETPIPE_SZ");
    if (::write(pipe.write_end.get(), input->data(), input->size()) != static_cast<ssize_t>(input->size()))
        throw_errno("write to a child's standard input");
    return std::move(pipe.read_end);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

// Between fork and exec: only calls that are safe there, and no allocation.
[[noreturn]] void become(const ProcessOptions& options, char* const* argv, char* const* env,
                         const std::array<int, 3>& fds) {
    for (int fd = 0; fd < 3; ++fd) {
        if (::dup2(fds[static_cast<std::size_t>(fd)], fd) < 0) ::_exit(kExecFailed);
    }
    if (options.netns_fd >= 0 && ::setns(options.netns_fd, CLONE_NEWNET) != 0) ::_exit(kExecFailed);
    if (!options.cwd.empty() && ::chdir(options.cwd.c_str()) != 0) ::_exit(kExecFailed);
    if (options.uid) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(*options.uid) != 0 || ::setuid(*options.uid) != 0)
            ::_exit(kExecFailed);
    }
    // After setuid, which clears it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    if (options.file_size_limit) {
        const rlimit limit{*options.file_size_limit, *options.file_size_limit};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(kExecFailed);
    }
    if (options.faults != nullptr && !options.faults->enter()) ::_exit(kExecFailed);
    ::execvpe(argv[0], argv, env);
    ::_exit(kExecFailed);
}

}  // namespace

void throw_errno(const std::string& what) { throw HarnessError(what + ": " + ::strerror(errno)); }

bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds deadline) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

Process::Process(const ProcessOptions& options) {
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
    // The first of two entries of a name counts, hence in front.
    environment.insert(environment.begin(), options.env.begin(), options.env.end());
    const std::vector<char*> argv = pointers(options.argv);
    const std::vector<char*> env = pointers(environment);
    const UniqueFd input = input_for(options.input);
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    const std::array<int, 3> fds = {input.get(), options.stdout_fd >= 0 ? options.stdout_fd : out.write_end.get(),
                                    options.stderr_fd >= 0 ? options.stderr_fd : err.write_end.get()};
    pid_ = ::fork();
    if (pid_ < 0) throw_errno("fork");
    if (pid_ == 0) become(options, argv.data(), env.data(), fds);
    pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!pidfd_) throw_errno("pidfd_open");
    if (options.faults != nullptr) options.faults->adopt(pidfd_.get());
    out.write_end.reset();
    err.write_end.reset();
    out_.read_end = std::move(out.read_end);
    err_.read_end = std::move(err.read_end);
    start_reader(out_);
    start_reader(err_);
}

Process::~Process() {
    if (!status_ && pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    join_readers();
}

void Process::start_reader(Stream& stream) {
    stream.reader = std::thread([this, &stream] {
        std::array<char, 65536> buffer;
        ssize_t length;
        while ((length = ::read(stream.read_end.get(), buffer.data(), buffer.size())) > 0) {
            const std::lock_guard lock(mutex_);
            stream.bytes.append(buffer.data(), static_cast<std::size_t>(length));
        }
    });
}

void Process::join_readers() {
    for (Stream* stream : {&out_, &err_}) {
        if (stream->reader.joinable()) stream->reader.join();
    }
}

void Process::signal(int number) const {
    if (status_) throw HarnessError("signal to a process that has ended");
    if (::kill(pid_, number) != 0) throw_errno("kill");
}

bool Process::wait_for(std::chrono::milliseconds deadline) {
    if (status_) return true;
    pollfd poll_entry{pidfd_.get(), POLLIN, 0};
    const auto end = std::chrono::steady_clock::now() + deadline;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        const int ready = ::poll(&poll_entry, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return false;
        break;
    }
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) throw_errno("waitpid");
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    join_readers();
    return true;
}

int Process::exit_status() const {
    if (!status_) throw HarnessError("exit status of a process that has not ended");
    return *status_;
}

std::string Process::out() const {
    const std::lock_guard lock(mutex_);
    return out_.bytes;
}

std::string Process::err() const {
    const std::lock_guard lock(mutex_);
    return err_.bytes;
}

Outcome run(const ProcessOptions& options) {
    Process process(options);
    if (!process.wait_for(kPatience))
        throw HarnessError(options.argv.front() + " did not end; it said: " + process.err());
    return {process.exit_status(), process.out(), process.err()};
}

}  // namespace xdpsift::harness
