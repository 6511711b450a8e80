// SPDX-License-Identifier: BSD-2-Clause
#include "harness/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "harness/packet_builder.h"
#include "harness/process.h"

namespace xdpsift::harness {
namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;

    Address(Family family, const char* ipv4, const char* ipv6, std::uint16_t port) {
        if (family == Family::ipv4) {
            auto* address = reinterpret_cast<sockaddr_in*>(&storage);
            address->sin_family = AF_INET;
            address->sin_port = htons(port);
            ::inet_pton(AF_INET, ipv4, &address->sin_addr);
            length = sizeof(sockaddr_in);
        } else {
            auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
            address->sin6_family = AF_INET6;
            address->sin6_port = htons(port);
            ::inet_pton(AF_INET6, ipv6, &address->sin6_addr);
            length = sizeof(sockaddr_in6);
        }
    }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address receiver_address(Family family, std::uint16_t port) {
    return Address(family, kReceiverIpv4, kReceiverIpv6, port);
}

// A socket in `space` whose receives give up after a while.
UniqueFd open_socket(const Namespace& space, Family family, int type, int protocol) {
    UniqueFd socket;
    space.inside([&] {
        socket.reset(::socket(family == Family::ipv4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, protocol));
        if (!socket) throw_errno("socket");
    });
    const timeval patience{kReceivePatience.count(), 0};
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0)
        throw_errno("SO_RCVTIMEO");
    return socket;
}

void connect_to(const UniqueFd& socket, const Address& address) {
    if (::connect(socket.get(), address.get(), address.length) != 0) throw_errno("connect");
}

void bind_to(const UniqueFd& socket, const Address& address) {
    if (::bind(socket.get(), address.get(), address.length) != 0) throw_errno("bind");
}

void write_all(const UniqueFd& socket, const std::string& text) {
    if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
        throw_errno("send");
}

std::string read_some(const UniqueFd& socket, std::size_t at_most) {
    std::string text(at_most, '\0');
    const ssize_t length = ::recv(socket.get(), text.data(), text.size(), 0);
    if (length <= 0) throw_errno("receive");
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace

TcpConnection::TcpConnection(const VethPair& veth, Family family, std::uint16_t port) {
    const UniqueFd listener = open_socket(veth.receiver(), family, SOCK_STREAM, 0);
    bind_to(listener, receiver_address(family, port));
    if (::listen(listener.get(), 1) != 0) throw_errno("listen");
    sender = open_socket(veth.sender(), family, SOCK_STREAM, 0);
    const int yes = 1;
    ::setsockopt(sender.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    connect_to(sender, receiver_address(family, port));
    receiver.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!receiver) throw_errno("accept");
}

UdpPair::UdpPair(const VethPair& veth, Family family, std::uint16_t port)
    : sender(open_socket(veth.sender(), family, SOCK_DGRAM, 0)),
      receiver(open_socket(veth.receiver(), family, SOCK_DGRAM, 0)) {
    const Address sender_address(family, kSenderIpv4, kSenderIpv6, port);
    bind_to(sender, sender_address);
    bind_to(receiver, receiver_address(family, port));
    connect_to(sender, receiver_address(family, port));
    connect_to(receiver, sender_address);
}

UdpFlow::UdpFlow(const VethPair& veth, Family family, std::uint16_t port)
    : receiver_(open_socket(veth.receiver(), family, SOCK_DGRAM, 0)),
      sender_(open_socket(veth.sender(), family, SOCK_DGRAM, 0)) {
    bind_to(receiver_, receiver_address(family, port));
    connect_to(sender_, receiver_address(family, port));
}

void UdpFlow::send(const std::string& text) { write_all(sender_, text); }

std::string UdpFlow::receive() { return read_some(receiver_, 65536); }

void send_datagram(const std::string& address, std::uint16_t port, const std::string& text) {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    connect_to(socket, Address(Family::ipv4, address.c_str(), nullptr, port));
    write_all(socket, text);
}

void exchange_tcp(const VethPair& veth, Family family, std::uint16_t port, std::size_t count) {
    const TcpConnection connection(veth, family, port);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string message = "message " + std::to_string(i);
        write_all(connection.sender, message);
        write_all(connection.receiver, read_some(connection.receiver, message.size()));
        if (read_some(connection.sender, message.size()) != message) throw HarnessError("the TCP echo differs");
    }
}

void send_bulk_tcp(const VethPair& veth, Family family, std::uint16_t port, std::size_t bytes) {
    const TcpConnection connection(veth, family, port);
    std::thread sender([&] { write_all(connection.sender, std::string(bytes, 'x')); });
    std::size_t received = 0;
    while (received < bytes) received += read_some(connection.receiver, 1 << 16).size();
    sender.join();
}

void ping(const VethPair& veth, Family family, std::size_t count) {
    const bool ipv4 = family == Family::ipv4;
    const UniqueFd socket =
        open_socket(veth.sender(), family, SOCK_RAW, ipv4 ? static_cast<int>(IPPROTO_ICMP) : IPPROTO_ICMPV6);
    connect_to(socket, receiver_address(family, 0));
    for (std::size_t i = 0; i < count; ++i) {
        // The kernel fills in the checksum of ICMPv6, not that of ICMP: the one's complement of type + id + number.
        Bytes request = Icmp(ipv4 ? 8 : 128, 0, 7, static_cast<unsigned>(i)).bytes();
        if (ipv4) {
            const auto sum = static_cast<std::uint16_t>(~(0x0800u + 7u + static_cast<unsigned>(i)));
            request[2] = static_cast<std::uint8_t>(sum >> 8);
            request[3] = static_cast<std::uint8_t>(sum);
        }
        write_all(socket, std::string(request.begin(), request.end()));
        // An ICMP socket shows the IPv4 header too, an ICMPv6 socket does not.
        const std::size_t at = ipv4 ? 20 : 0;
        for (;;) {
            const std::string answer = read_some(socket, 2048);
            if (answer.size() < at + 8) continue;
            if (static_cast<std::uint8_t>(answer[at]) == (ipv4 ? 0 : 129)) break;
        }
    }
}

}  // namespace xdpsift::harness
