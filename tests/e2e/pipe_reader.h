// SPDX-License-Identifier: BSD-2-Clause
// Reads a pipe and remembers when how much had arrived.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "harness/packet_builder.h"
#include "harness/process.h"
#include "harness/traffic.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::e2e {

using namespace harness;

class PipeReader {
   public:
    PipeReader() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe2");
        read_end_.reset(ends[0]);
        write_end_.reset(ends[1]);
    }
    ~PipeReader() { join(); }
    int write_end() const { return write_end_.get(); }
    // The other end is the child's now.
    void begin() {
        write_end_.reset();
        thread_ = std::thread([this] {
            std::array<std::uint8_t, 65536> buffer;
            ssize_t length;
            while ((length = ::read(read_end_.get(), buffer.data(), buffer.size())) > 0) {
                bytes_.insert(bytes_.end(), buffer.begin(), buffer.begin() + length);
                arrivals_.emplace_back(bytes_.size(), realtime_ns());
            }
        });
    }
    // To the end of what the child writes.
    void join() {
        write_end_.reset();
        if (thread_.joinable()) thread_.join();
    }
    const Bytes& bytes() const { return bytes_; }
    std::uint64_t arrived_ns(std::size_t offset) const {
        for (const auto& [size, time_ns] : arrivals_) {
            if (size >= offset) return time_ns;
        }
        throw HarnessError("never arrived");
    }

   private:
    UniqueFd read_end_;
    UniqueFd write_end_;
    std::thread thread_;
    Bytes bytes_;
    std::vector<std::pair<std::size_t, std::uint64_t>> arrivals_;
};

}  // namespace xdpsift::e2e
