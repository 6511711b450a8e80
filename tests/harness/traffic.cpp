// SPDX-License-Identifier: BSD-2-Clause
#include "harness/traffic.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <thread>

#include "harness/process.h"
#include "harness/xdp_hook.h"

namespace xdpsift::harness {
namespace {

constexpr std::size_t kSourceMacOffset = 6;
// A veth queue holds 256 frames: well below, so that several threads cannot overrun it together.
constexpr std::uint64_t kMaxBacklog = 64;
// Without a program a frame has arrived once it is sent: none follows after this time.
constexpr auto kNothingFollows = std::chrono::milliseconds(200);
constexpr int kTapBufferBytes = 16 << 20;

// A raw socket on an interface; `protocol` 0 receives nothing.
UniqueFd open_packet_socket(const Namespace& space, const std::string& interface, std::uint16_t protocol,
                            int& interface_index) {
    UniqueFd socket;
    space.inside([&] {
        socket.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
        if (!socket) throw_errno("packet socket");
        interface_index = static_cast<int>(::if_nametoindex(interface.c_str()));
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(protocol);
        address.sll_ifindex = interface_index;
        if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
            throw_errno("bind a packet socket");
    });
    return socket;
}

}  // namespace

std::uint64_t realtime_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000ULL + static_cast<std::uint64_t>(now.tv_nsec);
}

Traffic::Traffic(const VethPair& veth)
    : veth_(veth),
      socket_(open_packet_socket(veth.sender(), kSenderInterface, 0, interface_index_)),
      delivered_before_(veth.delivered()) {}

// However slow the machine, it is waited for as long as frames arrive.
void Traffic::wait_for_backlog(std::uint64_t at_most) const {
    std::uint64_t arrived = veth_.delivered() - delivered_before_;
    auto arrived_at = std::chrono::steady_clock::now();
    while (arrived + detached_count_ + at_most < sent_count_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        const auto now = std::chrono::steady_clock::now();
        const std::uint64_t arrived_now = veth_.delivered() - delivered_before_;
        if (arrived_now != arrived) {
            arrived = arrived_now;
            arrived_at = now;
        } else if (met_program_ && now - arrived_at > kNothingFollows && !attached_program(veth_)) {
            detached_count_ = sent_count_ - arrived;
        } else if (now - arrived_at > kPatience) {
            throw HarnessError("frames were lost on the veth pair: " + std::to_string(sent_count_) + " sent, " +
                               std::to_string(arrived) + " arrived, " + std::to_string(detached_count_) +
                               " gone with a program");
        }
    }
}

void Traffic::send(const Bytes& frame) {
    wait_for_backlog(kMaxBacklog);
    if (!met_program_ && attached_program(veth_)) met_program_ = true;
    Bytes bytes = frame;
    {
        const std::lock_guard lock(mutex_);
        const auto number = static_cast<std::uint32_t>(sent_.size());
        bytes[kSourceMacOffset] = 0x02;
        bytes[kSourceMacOffset + 1] = 0x5e;
        for (std::size_t i = 0; i < 4; ++i)
            bytes[kSourceMacOffset + 2 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
        sent_.push_back({bytes, realtime_ns()});
    }
    const ssize_t length = ::send(socket_.get(), bytes.data(), bytes.size(), 0);
    if (length != static_cast<ssize_t>(bytes.size())) throw_errno("send a frame of " + std::to_string(bytes.size()));
    ++sent_count_;
}

void Traffic::send(const Bytes& frame, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) send(frame);
}

void Traffic::send_paced(const Bytes& frame, std::size_t count, std::chrono::microseconds interval) {
    auto next = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < count; ++i, next += interval) {
        std::this_thread::sleep_until(next);
        send(frame);
    }
}

void Traffic::settle() const { wait_for_backlog(0); }

std::uint32_t Traffic::number_of(std::span<const std::uint8_t> frame) {
    if (frame.size() < ETH_HLEN || frame[kSourceMacOffset] != 0x02 || frame[kSourceMacOffset + 1] != 0x5e)
        throw HarnessError("a frame that was not sent by this test");
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | frame[kSourceMacOffset + 2 + i];
    return number;
}

Tap::Tap(const VethPair& veth, At at) : at_(at) {
    int index = 0;
    socket_ = at == At::leaving ? open_packet_socket(veth.sender(), kSenderInterface, ETH_P_ALL, index)
                                : open_packet_socket(veth.receiver(), veth.receiver_interface(), ETH_P_ALL, index);
    // Larger than the system's maximum, where that is allowed.
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kTapBufferBytes, sizeof(kTapBufferBytes));
}

std::vector<Bytes> Tap::frames() {
    std::vector<Bytes> out;
    std::vector<std::uint8_t> buffer(1 << 17);
    for (;;) {
        sockaddr_ll from{};
        socklen_t from_len = sizeof(from);
        const ssize_t length = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                                          reinterpret_cast<sockaddr*>(&from), &from_len);
        if (length < 0 && errno == EAGAIN) return out;
        if (length < 0) throw_errno("receive on the tap");
        if ((from.sll_pkttype == PACKET_OUTGOING) == (at_ == At::leaving))
            out.emplace_back(buffer.begin(), buffer.begin() + length);
    }
}

std::vector<Bytes> Tap::wait_for(std::size_t count) {
    std::vector<Bytes> all;
    const auto arrived = [&] {
        for (Bytes& frame : frames()) all.push_back(std::move(frame));
        return all.size() >= count;
    };
    if (!wait_until(arrived))
        throw HarnessError(std::to_string(all.size()) + " of " + std::to_string(count) + " frames came");
    return all;
}

}  // namespace xdpsift::harness
