// SPDX-License-Identifier: BSD-2-Clause
// A file that ends with a whole block, however its writer dies.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "write/description.h"
#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::write {

// SIGKILL ends a write(2) between two of its pages, and with that amid a block, which readers complain about. So a
// child process waits for the end of this one, cuts the file back to its last whole block, removes one in which no
// block is whole, and ends too. It holds nothing but the file, has the effective user and groups of the moment of its
// start, and no capabilities. It costs nothing while it waits.
class TailGuard {
   public:
    static Result<TailGuard> start(Format format);
    TailGuard(TailGuard&& other) noexcept;
    TailGuard& operator=(TailGuard&&) = delete;
    // The files have ended in order: the child goes without touching them.
    ~TailGuard();

    // The file that is going to be opened: also when death comes before it is watched, no empty one stays.
    void expect(const std::string& path);
    // The file that is written from now on; its first block starts at `offset`.
    void watch(int fd, std::uint64_t offset);
    // Everything before `offset` is whole: the child need not look at it.
    void settled(std::uint64_t offset);

   private:
    struct Shared;
    TailGuard() = default;

    Shared* shared_ = nullptr;
    UniqueFd socket_;
    pid_t child_ = -1;
};

}  // namespace xdpsift::write
