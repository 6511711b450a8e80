// SPDX-License-Identifier: BSD-2-Clause
// Two network namespaces without names, joined by a veth pair. They end with the last process that is in them:
// there is nothing to clean up, whatever ends the benchmark.
#pragma once

#include <cstdint>

#include "generator/udp_frame.h"
#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::compare {

inline constexpr const char* kSenderInterface = "xsbench0";
inline constexpr const char* kReceiverInterface = "xsbench1";
// Behind all source addresses of the load (RFC 5737).
inline constexpr std::uint32_t kReceiverAddress = 0xc00002c8;  // 192.0.2.200

// Puts the calling thread back into the namespace that it came from.
class NamespaceVisit {
   public:
    static Result<NamespaceVisit> enter(int netns_fd);
    NamespaceVisit(NamespaceVisit&&) noexcept = default;
    NamespaceVisit& operator=(NamespaceVisit&&) = delete;
    ~NamespaceVisit();

   private:
    explicit NamespaceVisit(UniqueFd home) : home_(std::move(home)) {}
    UniqueFd home_;
};

class VethPair {
   public:
    // The receiver has an address, GRO (without which veth takes no redirected frames) and a socket that is bound to
    // the frames' port and never read, so that the stack's whole receive path is run and nothing is answered.
    static Result<VethPair> create();

    int sender_netns() const { return sender_.get(); }
    int receiver_netns() const { return receiver_.get(); }
    std::uint32_t sender_index() const { return sender_index_; }
    std::uint32_t receiver_index() const { return receiver_index_; }
    // A frame that the receiver's stack takes as its own.
    generator::UdpFrame frame() const;
    // Packets that arrived at the receiver's interface so far.
    Result<std::uint64_t> received() const;

   private:
    VethPair() = default;

    UniqueFd sender_, receiver_, sink_;
    std::uint32_t sender_index_ = 0, receiver_index_ = 0;
    generator::MacAddress receiver_mac_{};
};

}  // namespace xdpsift::compare
