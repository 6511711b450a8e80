// SPDX-License-Identifier: BSD-2-Clause
#include "loader/xdp_support.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <thread>
#include <vector>

#include "loader/ethtool_query.h"
#include "loader/netlink_request.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::loader {
namespace {

// The netdev family of generic netlink, stable since Linux 6.3; the headers of Debian 12 are older.
constexpr std::uint8_t kNetdevDeviceGet = 1;
constexpr std::uint16_t kNetdevInterfaceIndex = 1;
constexpr std::uint16_t kNetdevXdpFeatures = 3;
constexpr std::uint64_t kXdpBasic = 1u << 0;
constexpr std::uint64_t kXdpReceiveFrags = 1u << 5;

template <typename T>
std::optional<T> value_of(const NetlinkAttributes& attributes, std::uint16_t type) {
    const auto found = attributes.find(type);
    if (found == attributes.end() || found->second.size() < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, found->second.data(), sizeof(T));
    return value;
}

std::optional<std::uint16_t> generic_family(std::string_view name) {
    const genlmsghdr header{CTRL_CMD_GETFAMILY, 1, 0};
    NetlinkRequest request(GENL_ID_CTRL, bytes_of(header));
    const std::string terminated(name);
    request.add(CTRL_ATTR_FAMILY_NAME, std::as_bytes(std::span(terminated.c_str(), terminated.size() + 1)));
    const auto answer = request.ask(NETLINK_GENERIC);
    return answer ? value_of<std::uint16_t>(*answer, CTRL_ATTR_FAMILY_ID) : std::nullopt;
}

std::optional<XdpDriverFeatures> query_driver_features(int index) {
    const auto family = generic_family("netdev");
    if (!family) return std::nullopt;
    const genlmsghdr header{kNetdevDeviceGet, 1, 0};
    NetlinkRequest request(*family, bytes_of(header));
    request.add(kNetdevInterfaceIndex, bytes_of(static_cast<std::uint32_t>(index)));
    const auto answer = request.ask(NETLINK_GENERIC);
    if (!answer) return std::nullopt;
    const auto bits = value_of<std::uint64_t>(*answer, kNetdevXdpFeatures);
    if (!bits) return std::nullopt;
    return XdpDriverFeatures{(*bits & kXdpBasic) != 0, (*bits & kXdpReceiveFrags) != 0};
}

std::optional<XdpProgram> query_program(int index) {
    bpf_xdp_query_opts query{};
    query.sz = sizeof(query);
    if (bpf_xdp_query(index, 0, &query) != 0) return std::nullopt;
    XdpProgram program;
    switch (query.attach_mode) {
        case XDP_ATTACHED_DRV: program.mode = "native"; break;
        case XDP_ATTACHED_SKB: program.mode = "generic"; break;
        case XDP_ATTACHED_HW: program.mode = "hardware"; break;
        case XDP_ATTACHED_MULTI: program.mode = "several"; break;
        default: return std::nullopt;
    }
    for (const auto id : {query.prog_id, query.drv_prog_id, query.hw_prog_id, query.skb_prog_id})
        if (program.id == 0) program.id = id;
    if (const UniqueFd fd(bpf_prog_get_fd_by_id(program.id)); fd) {
        bpf_prog_info info{};
        __u32 info_bytes = sizeof(info);
        if (bpf_obj_get_info_by_fd(fd.get(), &info, &info_bytes) == 0) program.name = info.name;
    }
    return program;
}

// The number by which the calling thread's network namespace knows another one.
std::optional<std::int32_t> namespace_number(int fd) {
    const rtgenmsg header{};
    NetlinkRequest request(RTM_GETNSID, bytes_of(header));
    request.add(NETNSA_FD, bytes_of(static_cast<std::uint32_t>(fd)));
    const auto answer = request.ask(NETLINK_ROUTE);
    return answer ? value_of<std::int32_t>(*answer, NETNSA_NSID) : std::nullopt;
}

// The namespaces that a peer is looked for in: the machine's own and those that have a name.
std::vector<std::string> known_namespaces() {
    std::vector<std::string> paths{"/proc/1/ns/net"};
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/run/netns", error))
        paths.push_back(entry.path().string());
    return paths;
}

UniqueFd open_namespace(std::int32_t number) {
    for (const auto& path : known_namespaces()) {
        UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (fd && namespace_number(fd.get()) == number) return fd;
    }
    return {};
}

void describe_peer(VethPeer& peer, unsigned index) {
    char name[IFNAMSIZ] = {};
    if (::if_indextoname(index, name) == nullptr) return;
    peer.found = true;
    peer.name = name;
    peer.queues = queues_of(peer.name);
    const auto offloads = offloads_of(peer.name);
    if (const auto found = offloads.find("tx-vlan-hw-insert"); found != offloads.end())
        peer.tx_vlan_offload = found->second;
}

VethPeer query_veth_peer(int index) {
    VethPeer peer;
    ifinfomsg header{};
    header.ifi_index = index;
    const auto link = NetlinkRequest(RTM_GETLINK, bytes_of(header)).ask(NETLINK_ROUTE);
    if (!link) return peer;
    const auto peer_index = value_of<std::uint32_t>(*link, IFLA_LINK);
    if (!peer_index) return peer;
    if (!link->contains(IFLA_LINK_NETNSID)) {
        describe_peer(peer, *peer_index);
        return peer;
    }
    const UniqueFd peer_namespace = open_namespace(*value_of<std::int32_t>(*link, IFLA_LINK_NETNSID));
    if (!peer_namespace) return peer;
    // A thread of its own goes there, so that the caller stays where it is.
    std::thread([&] {
        if (::setns(peer_namespace.get(), CLONE_NEWNET) == 0) describe_peer(peer, *peer_index);
    }).join();
    return peer;
}

}  // namespace

XdpSupport query_xdp_support(const std::string& name, int index, const std::string& driver) {
    XdpSupport support;
    support.program = query_program(index);
    support.driver_features = query_driver_features(index);
    support.offloads = offloads_of(name);
    support.queues = queues_of(name);
    if (driver == "veth") support.veth_peer = query_veth_peer(index);
    return support;
}

bool driver_known_for_native(const std::string& driver) {
    constexpr std::array<std::string_view, 27> kDrivers = {
        "atlantic", "bnxt_en", "bonding", "ena",   "fec",     "fsl_dpaa2_eth", "fsl_enetc", "hv_netvsc", "i40e",
        "ice",      "igb",     "igc",     "ixgbe", "ixgbevf", "mana",          "mlx4_en",   "mlx5_core", "mtk_soc_eth",
        "mvneta",   "mvpp2",   "nfp",     "nicvf", "qede",    "sfc",           "tun",       "veth",      "virtio_net"};
    return std::find(kDrivers.begin(), kDrivers.end(), driver) != kDrivers.end();
}

}  // namespace xdpsift::loader
