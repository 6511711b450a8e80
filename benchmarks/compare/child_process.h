// SPDX-License-Identifier: BSD-2-Clause
// A process that is started in a network namespace, and what it used. It dies with the benchmark.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::compare {

struct Ending {
    int exit_status = 0;  // 128 + the signal's number when a signal ended it
    double user_s = 0;    // CPU
    double system_s = 0;
};

class ChildProcess {
   public:
    // `netns_fd` of -1 stays in the caller's namespace. Both its outputs go to one pipe.
    static Result<ChildProcess> start(const std::vector<std::string>& command, int netns_fd);
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;
    // Ends it if it still runs: as Ctrl-C would, so that it takes back what it changed, and soon by SIGKILL.
    ~ChildProcess();

    bool running();
    // User and system CPU seconds so far.
    double cpu_s() const;
    // Waits until it said `text`.
    Result<void> wait_for_text(const std::string& text, std::chrono::milliseconds timeout);
    // Everything that it said so far.
    const std::string& read_output();
    void signal(int number) const;
    Result<Ending> wait(std::chrono::milliseconds timeout);

   private:
    ChildProcess(pid_t pid, UniqueFd output) : pid_(pid), output_(std::move(output)) {}
    bool reap(bool block);

    pid_t pid_ = -1;  // -1: moved from
    UniqueFd output_;
    std::string text_;
    std::optional<Ending> ending_;
};

// Runs a short command in the caller's namespace and waits for it; an error shows what it said.
Result<void> run_command(const std::vector<std::string>& command);
// The same for a command whose exit status says nothing: xdpdump ends with 1 behind its version.
Result<std::string> what_it_says(const std::vector<std::string>& command);

}  // namespace xdpsift::compare
