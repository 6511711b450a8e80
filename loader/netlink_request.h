// SPDX-License-Identifier: BSD-2-Clause
// One question to the kernel over netlink, and its answer. See netlink(7), rtnetlink(7).
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "xdpsift/result.h"

namespace xdpsift::loader {

// Attributes by their type; each value without its header.
using NetlinkAttributes = std::map<std::uint16_t, std::vector<std::byte>>;

// A message in the making: the fixed header of its family, then attributes.
class NetlinkRequest {
   public:
    NetlinkRequest(std::uint16_t type, std::span<const std::byte> family_header);
    void add(std::uint16_t type, std::span<const std::byte> value);

    // Sends it by a socket of `protocol` (NETLINK_ROUTE, NETLINK_GENERIC) in the calling thread's network
    // namespace, and reads one answer, whose family header is as long as the request's.
    Result<NetlinkAttributes> ask(int protocol);

   private:
    std::vector<std::byte> message_;
    std::size_t family_header_bytes_;
};

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span<const T, 1>(&value, 1));
}

}  // namespace xdpsift::loader
