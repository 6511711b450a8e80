// SPDX-License-Identifier: BSD-2-Clause
#include "compare/veth_pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "compare/child_process.h"

namespace xdpsift::compare {
namespace {

auto system_error(std::string_view what) {
    return fail(ExitStatus::failed, fmt::format("cannot {}: {}", what, strerror(errno)));
}

UniqueFd current_netns() { return UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)); }

Result<UniqueFd> new_netns() {
    const UniqueFd home = current_netns();
    if (!home) return system_error("open the network namespace");
    if (unshare(CLONE_NEWNET) != 0)
        return fail(errno == EPERM ? ExitStatus::not_permitted : ExitStatus::failed,
                    fmt::format("cannot make a network namespace (CAP_SYS_ADMIN): {}", strerror(errno)));
    // Neighbour discovery would put packets of its own between ours. A kernel without IPv6 has no such file.
    std::ofstream("/proc/sys/net/ipv6/conf/default/disable_ipv6") << "1\n";
    UniqueFd made = current_netns();
    if (setns(home.get(), CLONE_NEWNET) != 0 || !made) return system_error("return from the new network namespace");
    return made;
}

Result<void> ip(const std::string& arguments) {
    std::vector<std::string> command{"ip"};
    std::istringstream words(arguments);
    for (std::string word; words >> word;) command.push_back(word);
    return run_command(command);
}

Result<generator::MacAddress> mac_address(int any_socket, const char* interface) {
    ifreq request{};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    if (ioctl(any_socket, SIOCGIFHWADDR, &request) != 0) return system_error("read the receiver's MAC address");
    generator::MacAddress mac{};
    std::copy_n(request.ifr_hwaddr.sa_data, mac.size(), reinterpret_cast<char*>(mac.data()));
    return mac;
}

Result<void> turn_gro_on(int any_socket, const char* interface) {
    ethtool_value value{ETHTOOL_SGRO, 1};
    ifreq request{};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&value);
    if (ioctl(any_socket, SIOCETHTOOL, &request) != 0) return system_error("turn on GRO");
    return {};
}

Result<UniqueFd> open_sink(std::uint16_t port) {
    UniqueFd sink(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int smallest = 1;  // the kernel raises it to its minimum
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (!sink || setsockopt(sink.get(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest)) != 0 ||
        bind(sink.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        return system_error("bind the receiver's socket");
    return sink;
}

}  // namespace

Result<NamespaceVisit> NamespaceVisit::enter(int netns_fd) {
    UniqueFd home = current_netns();
    if (!home || setns(netns_fd, CLONE_NEWNET) != 0) return system_error("enter a network namespace");
    return NamespaceVisit(std::move(home));
}

NamespaceVisit::~NamespaceVisit() {
    if (home_) setns(home_.get(), CLONE_NEWNET);
}

Result<VethPair> VethPair::create() {
    VethPair pair;
    for (UniqueFd* netns : {&pair.sender_, &pair.receiver_}) {
        auto made = new_netns();
        if (!made) return tl::unexpected(made.error());
        *netns = std::move(*made);
    }
    {
        const auto visit = NamespaceVisit::enter(pair.sender_.get());
        if (!visit) return tl::unexpected(visit.error());
        // The receiver's namespace has no name: ip takes the path of this process's descriptor.
        const auto receiver = fmt::format("/proc/{}/fd/{}", getpid(), pair.receiver_.get());
        if (auto done = ip(fmt::format("link add {} type veth peer name {} netns {}", kSenderInterface,
                                       kReceiverInterface, receiver));
            !done)
            return tl::unexpected(done.error());
        if (auto done = ip(fmt::format("link set {} up", kSenderInterface)); !done) return tl::unexpected(done.error());
        pair.sender_index_ = if_nametoindex(kSenderInterface);
    }
    const auto visit = NamespaceVisit::enter(pair.receiver_.get());
    if (!visit) return tl::unexpected(visit.error());
    for (const auto& step :
         {fmt::format("link set {} up", kReceiverInterface),
          fmt::format("address add 192.0.2.{}/24 dev {}", kReceiverAddress & 0xff, kReceiverInterface)})
        if (auto done = ip(step); !done) return tl::unexpected(done.error());
    auto sink = open_sink(generator::UdpFrame{}.destination_port);
    if (!sink) return tl::unexpected(sink.error());
    pair.sink_ = std::move(*sink);
    if (auto done = turn_gro_on(pair.sink_.get(), kReceiverInterface); !done) return tl::unexpected(done.error());
    const auto mac = mac_address(pair.sink_.get(), kReceiverInterface);
    if (!mac) return tl::unexpected(mac.error());
    pair.receiver_mac_ = *mac;
    pair.receiver_index_ = if_nametoindex(kReceiverInterface);
    return pair;
}

generator::UdpFrame VethPair::frame() const {
    generator::UdpFrame frame;
    frame.destination_mac = receiver_mac_;
    frame.destination_v4 = kReceiverAddress;
    return frame;
}

Result<std::uint64_t> VethPair::received() const {
    const auto visit = NamespaceVisit::enter(receiver_.get());
    if (!visit) return tl::unexpected(visit.error());
    std::ifstream devices("/proc/thread-self/net/dev");
    for (std::string line; std::getline(devices, line);) {
        std::istringstream fields(line);
        std::string name;
        std::uint64_t bytes = 0, packets = 0;
        if (fields >> name >> bytes >> packets && name == std::string(kReceiverInterface) + ":") return packets;
    }
    return fail(ExitStatus::failed, "the receiver's interface is not in /proc/net/dev");
}

}  // namespace xdpsift::compare
