// SPDX-License-Identifier: BSD-2-Clause
// Real traffic through the stacks of both namespaces: each call returns once the answers are there, or throws.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/namespaces.h"

namespace xdpsift::harness {

enum class Family { ipv4, ipv6 };

// On an emulated machine with a busy host an answer that is surely on its way may take seconds.
inline constexpr auto kReceivePatience = std::chrono::seconds(10);

// Both ends of a TCP connection that the sender has opened, and of UDP sockets that know one another. Receives give up
// after kReceivePatience.
struct TcpConnection {
    TcpConnection(const VethPair& veth, Family family, std::uint16_t port);
    UniqueFd sender;
    UniqueFd receiver;
};
struct UdpPair {
    UdpPair(const VethPair& veth, Family family, std::uint16_t port);
    UniqueFd sender;
    UniqueFd receiver;
};

// A UDP socket bound in the receiver's namespace, and one in the sender's that is connected to it.
class UdpFlow {
   public:
    UdpFlow(const VethPair& veth, Family family, std::uint16_t port);
    void send(const std::string& text);
    // The next datagram's text; a HarnessError when none comes within kReceivePatience.
    std::string receive();

   private:
    UniqueFd receiver_;
    UniqueFd sender_;
};

// One IPv4 datagram out of the calling thread's namespace; nobody answers.
void send_datagram(const std::string& address, std::uint16_t port, const std::string& text);
// `count` messages over one TCP connection from sender to receiver, each of them echoed.
void exchange_tcp(const VethPair& veth, Family family, std::uint16_t port, std::size_t count);
// `bytes` in one stream, from sender to receiver, read to the end there.
void send_bulk_tcp(const VethPair& veth, Family family, std::uint16_t port, std::size_t bytes);
// `count` ICMP echo requests from sender to receiver, each of them answered.
void ping(const VethPair& veth, Family family, std::size_t count);

}  // namespace xdpsift::harness
