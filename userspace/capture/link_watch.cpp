// SPDX-License-Identifier: BSD-2-Clause
#include "capture/link_watch.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace xdpsift::capture {

Result<LinkWatch> LinkWatch::open(int interface_index) {
    LinkWatch watch;
    watch.interface_index_ = interface_index;
    watch.fd_.reset(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK;
    if (!watch.fd_ || ::bind(watch.fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
        return fail(ExitStatus::failed, fmt::format("cannot watch the interface: {}", std::strerror(errno)));
    return watch;
}

// The answer comes among the messages: the interface, or an error when there is none of this index.
void LinkWatch::ask() {
    struct {
        nlmsghdr header;
        ifinfomsg link;
    } request{};
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = RTM_GETLINK;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.link.ifi_index = interface_index_;
    ::send(fd_.get(), &request, sizeof(request), MSG_DONTWAIT);
}

bool LinkWatch::gone() {
    alignas(nlmsghdr) std::array<char, 16384> buffer;
    bool missed = false;
    while (true) {
        const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == ENOBUFS) {
            missed = true;
            continue;
        }
        if (got <= 0) {
            if (!missed) return gone_;
            // Messages were dropped, and ours may have been among them. There is room for an answer now that all
            // others are read, and it is there when the question was sent.
            missed = false;
            ask();
            continue;
        }
        auto remaining = static_cast<unsigned>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, remaining);
             header = NLMSG_NEXT(header, remaining)) {
            // Only ask() can have caused one.
            if (header->nlmsg_type == NLMSG_ERROR) gone_ = true;
            if (header->nlmsg_type != RTM_DELLINK || header->nlmsg_len < NLMSG_LENGTH(sizeof(ifinfomsg))) continue;
            const auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(header));
            // A bridge announces a port that leaves it in the same way, but in its own family.
            if (link->ifi_family == AF_UNSPEC && link->ifi_index == interface_index_) gone_ = true;
        }
    }
}

}  // namespace xdpsift::capture
