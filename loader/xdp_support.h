// SPDX-License-Identifier: BSD-2-Clause
// What an interface's driver can do for XDP and how the interface is set up. Only asked, never attached: attaching
// resets queues on many drivers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace xdpsift::loader {

// The XDP program that an interface runs already.
struct XdpProgram {
    std::uint32_t id = 0;
    std::string name;  // empty where it may not be read (CAP_SYS_ADMIN)
    std::string mode;  // "native", "generic", "hardware" or "several"
};

// What the driver says of itself by the netdev family of generic netlink (Linux 6.3).
struct XdpDriverFeatures {
    bool native = false;
    bool frags = false;
};

struct QueueCounts {
    std::uint32_t rx = 0;
    std::uint32_t tx = 0;
};

// The other end of a veth pair.
struct VethPeer {
    bool found = false;  // its namespace is one that can be entered
    std::string name;
    std::optional<QueueCounts> queues;
    std::optional<bool> tx_vlan_offload;
};

struct XdpSupport {
    std::optional<XdpProgram> program;
    std::optional<XdpDriverFeatures> driver_features;  // none: the kernel does not tell
    std::map<std::string, bool> offloads;              // by ethtool's names: "rx-lro", "rx-vlan-hw-parse", ...
    std::optional<QueueCounts> queues;
    std::optional<VethPeer> veth_peer;  // only of a veth
};

// Of an interface in the calling thread's network namespace.
XdpSupport query_xdp_support(const std::string& name, int index, const std::string& driver);

// Of what kernels before 6.3 cannot be asked: the drivers that had native XDP by Linux 6.1.
bool driver_known_for_native(const std::string& driver);

}  // namespace xdpsift::loader
