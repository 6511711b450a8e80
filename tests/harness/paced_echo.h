// SPDX-License-Identifier: BSD-2-Clause
// A paced UDP stream from the sender's namespace to the receiver's and back, which knows what it lost and when.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/sockets.h"

namespace xdpsift::harness {

// Datagrams are numbered from 0, and each is sent back. No more than a few are on their way, so that no queue on it
// overflows however busy the machine is. All of them leave on one CPU and so keep their order.
class PacedEcho {
   public:
    static constexpr std::uint64_t kMostOnTheirWay = 32;

    PacedEcho(const VethPair& veth, std::uint16_t port, std::chrono::microseconds interval);
    PacedEcho(const PacedEcho&) = delete;
    PacedEcho& operator=(const PacedEcho&) = delete;
    ~PacedEcho();

    // Those that may be on their way now: all below `first` are back or lost, none from `end` on is sent.
    struct OnTheirWay {
        std::uint64_t first = 0;
        std::uint64_t end = 0;
    };
    OnTheirWay on_their_way() const;

    // Sends no more, and waits for what is on its way. HarnessError when a socket failed.
    void finish();

    // After finish(). The numbers of those that did not come back, in order.
    std::vector<std::uint64_t> lost() const;
    std::uint64_t sent() const { return sent_; }
    // Between two that came back, one after the other, within [from, to].
    std::chrono::nanoseconds longest_gap(std::chrono::steady_clock::time_point from,
                                         std::chrono::steady_clock::time_point to) const;

   private:
    void send_paced(std::chrono::microseconds interval);
    void send_back();
    void collect();
    void fail(const std::string& what);

    UdpPair sockets_;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> closing_ = false;
    std::atomic<std::uint64_t> sent_ = 0;
    std::atomic<std::uint64_t> back_end_ = 0;  // one more than the highest that came back
    mutable std::mutex mutex_;                 // guards what follows
    std::vector<std::chrono::steady_clock::time_point> arrivals_;
    std::vector<bool> back_;
    std::string failure_;
    std::thread sender_;
    std::thread echo_;
    std::thread collector_;
};

}  // namespace xdpsift::harness
