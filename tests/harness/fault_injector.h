// SPDX-License-Identifier: BSD-2-Clause
// Lets system calls of a child process fail, at the call that the test chooses: seccomp's user notification asks this
// process about each of them, however it was made.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "xdpsift/unique_fd.h"

namespace xdpsift::harness {

// One call, as it is about to be made. Its caller stands still meanwhile.
struct SystemCall {
    int number = 0;
    std::array<std::uint64_t, 6> arguments{};
    std::uint64_t instruction = 0;  // the address that it is made from
    pid_t pid = 0;                  // of the caller: the process that was started, or a child of it
    std::size_t nth = 0;            // of all that were asked about, from 1

    // What the first argument, a descriptor, stands for.
    std::string file() const;
    // What an argument points to, up to its NUL.
    std::string text(std::size_t argument) const;
    // `count` bytes of what an argument points to.
    void read(std::size_t argument, void* bytes, std::size_t count) const;
    // Into the caller's memory.
    void write_memory(std::uint64_t address, const void* bytes, std::size_t count) const;
    // Made by ld.so, which loads the libraries in front of main().
    bool by_loader() const;
};

struct Answer {
    enum class Kind { go_on, fail, write_in_part };
    Kind kind = Kind::go_on;
    int error = 0;          // of fail: the call is not made, and returns it
    std::size_t bytes = 0;  // of write_in_part: a write(2) that takes so many, and says so

    static Answer go_on() { return {}; }
    static Answer fail(int error) { return {Kind::fail, error, 0}; }
    static Answer write_in_part(std::size_t bytes) { return {Kind::write_in_part, 0, bytes}; }
};

// For one child and all that it starts; it outlives them.
class FaultInjector {
   public:
    // `decide` is called on a thread of its own, one call at a time. Needs CAP_SYS_ADMIN in the child.
    FaultInjector(std::vector<int> numbers, std::function<Answer(const SystemCall&)> decide);
    FaultInjector(const FaultInjector&) = delete;
    FaultInjector& operator=(const FaultInjector&) = delete;
    ~FaultInjector();

    // In the child, just before execve(2), which waits for adopt(). False when the kernel refuses.
    bool enter();
    // In the parent, after fork(2).
    void adopt(int pidfd);
    // True once neither the child nor anything that it started lives.
    bool nobody_left(std::chrono::milliseconds deadline) const;

   private:
    void serve();
    Answer ask(const SystemCall& call);

    std::vector<int> numbers_;
    std::function<Answer(const SystemCall&)> decide_;
    std::atomic<int>* child_listener_ = nullptr;  // memory of both: its descriptor in the child
    UniqueFd listener_;
    std::size_t asked_ = 0;
    std::atomic<bool> served_ = false;
    std::thread thread_;
};

}  // namespace xdpsift::harness
