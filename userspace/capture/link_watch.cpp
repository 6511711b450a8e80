// SPDX-License-Identifier: BSD-2-Clause
#include "capture/link_watch.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
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

bool LinkWatch::gone() {
    alignas(nlmsghdr) std::array<char, 16384> buffer;
    while (true) {
        const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == ENOBUFS) {
            // Messages were dropped: ask instead.
            char name[IF_NAMESIZE];
            gone_ = gone_ || ::if_indextoname(static_cast<unsigned>(interface_index_), name) == nullptr;
            continue;
        }
        if (got <= 0) return gone_;
        auto remaining = static_cast<unsigned>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, remaining);
             header = NLMSG_NEXT(header, remaining)) {
            if (header->nlmsg_type != RTM_DELLINK || header->nlmsg_len < NLMSG_LENGTH(sizeof(ifinfomsg))) continue;
            const auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(header));
            // A bridge announces a port that leaves it in the same way, but in its own family.
            if (link->ifi_family == AF_UNSPEC && link->ifi_index == interface_index_) gone_ = true;
        }
    }
}

}  // namespace xdpsift::capture
