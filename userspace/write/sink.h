// SPDX-License-Identifier: BSD-2-Clause
// Where the bytes of a capture go. Tests put memory or injected faults behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "xdpsift/result.h"

namespace xdpsift::write {

// One output, written from its start. Not thread-safe. The destructor closes it, but cannot report an error.
class Sink {
   public:
    virtual ~Sink() = default;
    // Takes as many bytes as it can now and says how many; 0 when it would block (then wait for wait_fd() to be
    // writable). An interrupted or short write shows as a smaller count. An error is a sentence naming the output.
    virtual Result<std::size_t> write(std::span<const std::byte> bytes) = 0;
    // Cuts the output back to `length` bytes and goes on from there; true when it did, false where an output
    // cannot be cut (a pipe).
    virtual Result<bool> cut_back(std::uint64_t length) = 0;
    // Reports an error that only shows on closing. Nothing is synced to the disk.
    virtual Result<void> close() = 0;
    // Poll it for POLLOUT after write() took 0 bytes; -1: never blocks.
    virtual int wait_fd() const { return -1; }
    // Someone reads as it is written (pipe, socket): bytes should not be held back.
    virtual bool live_reader() const { return false; }
    // A regular file, written from its offset `start` on; fd -1: none.
    struct File {
        int fd = -1;
        std::uint64_t start = 0;
    };
    virtual File file() const { return {}; }
    // It is a file that was not there before.
    virtual bool made() const { return false; }
    // The last error was that nobody reads any more.
    virtual bool reader_closed() const { return false; }
};

}  // namespace xdpsift::write
