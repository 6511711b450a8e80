// SPDX-License-Identifier: BSD-2-Clause
// Frames put on the sender's end of a veth pair, each one told apart by a number and remembered.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "harness/namespaces.h"
#include "harness/packet_builder.h"

namespace xdpsift::harness {

struct SentFrame {
    Bytes bytes;
    std::uint64_t time_ns = 0;  // CLOCK_REALTIME, just before it was sent
};

std::uint64_t realtime_ns();

// Every frame gets its number into its source MAC address, which no filter looks at and no snapshot cuts off.
// Any number of threads may send. Nothing is lost on the way: a sender waits when too much has not arrived yet. Only
// what stands in veth's native queue when the program is detached is dropped by the kernel, which counts it nowhere.
// A frame that was sent when no program had been attached has no such excuse.
class Traffic {
   public:
    explicit Traffic(const VethPair& veth);

    void send(const Bytes& frame);
    void send(const Bytes& frame, std::size_t count);
    // One frame each `interval`, on an absolute schedule.
    void send_paced(const Bytes& frame, std::size_t count, std::chrono::microseconds interval);
    // Returns when all that was sent has arrived at the receiver's end, or gone with a program that was detached.
    void settle() const;

    std::size_t count() const { return sent_count_; }
    // The frames by their numbers. Only while nobody sends.
    const std::vector<SentFrame>& sent() const { return sent_; }
    // The number of a frame.
    static std::uint32_t number_of(std::span<const std::uint8_t> frame);

   private:
    void wait_for_backlog(std::uint64_t at_most) const;

    const VethPair& veth_;
    UniqueFd socket_;
    int interface_index_ = 0;
    std::uint64_t delivered_before_ = 0;
    std::atomic<std::uint64_t> sent_count_ = 0;
    mutable std::atomic<std::uint64_t> detached_count_ = 0;  // dropped when a program was detached
    std::atomic<bool> met_program_ = false;                  // one was attached when a frame was sent
    std::mutex mutex_;                                       // guards sent_
    std::vector<SentFrame> sent_;
};

// Sees every frame that leaves the sender's end, whoever sent it: the outside witness for sockets' traffic. Or every
// frame that has come as far as the receiver's stack, behind the XDP hook.
class Tap {
   public:
    enum class At { leaving, arriving };
    explicit Tap(const VethPair& veth, At at = At::leaving);
    // The frames since the last call, in order.
    std::vector<Bytes> frames();
    // The next `count` frames; a HarnessError when they do not come.
    std::vector<Bytes> wait_for(std::size_t count);

   private:
    UniqueFd socket_;
    At at_;
};

}  // namespace xdpsift::harness
