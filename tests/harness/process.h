// SPDX-License-Identifier: BSD-2-Clause
// A child process: started, watched with deadlines, its output collected as bytes. It never outlives its owner.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "xdpsift/unique_fd.h"

namespace xdpsift::harness {

class FaultInjector;

// The surroundings of a test could not be made or broke; GoogleTest reports it as the test's failure.
class HarnessError : public std::runtime_error {
   public:
    using std::runtime_error::runtime_error;
};

// HarnessError with the text of errno behind it.
[[noreturn]] void throw_errno(const std::string& what);

// For what comes surely, as long as nothing hangs: an emulated machine on a busy host takes ten times as long as a
// fast one, and now and then stands still for seconds.
inline constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(60);

// Looks each millisecond until `condition` holds. False when `deadline` passed first.
bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds deadline = kPatience);

struct ProcessOptions {
    std::vector<std::string> argv = {};                 // argv[0] is looked for on PATH
    std::vector<std::string> env = {};                  // NAME=VALUE, on top of this process's own
    std::filesystem::path cwd = {};                     // empty: this process's own
    int netns_fd = -1;                                  // the network namespace to start in; -1: this process's own
    std::optional<uid_t> uid = {};                      // dropped to before exec
    std::optional<std::string> input = {};              // written to the child's standard input; without it: /dev/null
    int stdout_fd = -1;                                 // the child's standard output; -1: collected for out()
    int stderr_fd = -1;                                 // likewise, for err()
    FaultInjector* faults = nullptr;                    // asked about the child's system calls; outlives it
    std::optional<std::uint64_t> file_size_limit = {};  // RLIMIT_FSIZE
};

// Thread-safe only as far as it says.
class Process {
   public:
    explicit Process(const ProcessOptions& options);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();  // SIGKILL to what still runs, and reaps it

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    // True once the child has ended and all of its output is collected.
    bool wait_for(std::chrono::milliseconds deadline);
    bool ended() { return wait_for(std::chrono::milliseconds(0)); }
    // The exit status, or 128 + the signal that ended it. Only once it has ended.
    int exit_status() const;
    // What it has written up to now. Any thread.
    std::string out() const;
    std::string err() const;

   private:
    struct Stream {
        UniqueFd read_end;
        std::string bytes;
        std::thread reader;
    };
    void start_reader(Stream& stream);
    void join_readers();

    pid_t pid_ = -1;
    UniqueFd pidfd_;
    std::optional<int> status_;
    mutable std::mutex mutex_;  // guards the streams' bytes
    Stream out_;
    Stream err_;
};

// Runs to the end, or throws.
struct Outcome {
    int exit_status = -1;
    std::string out;
    std::string err;
};
Outcome run(const ProcessOptions& options);

}  // namespace xdpsift::harness
