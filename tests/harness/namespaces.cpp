// SPDX-License-Identifier: BSD-2-Clause
#include "harness/namespaces.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/process.h"

namespace xdpsift::harness {
namespace {

constexpr const char* kSenderMac = "02:00:00:00:00:01";

std::string find_ip_command() {
    for (const char* path : {"/sbin/ip", "/usr/sbin/ip", "/bin/ip", "/usr/bin/ip"}) {
        if (::access(path, X_OK) != 0) continue;
        if (run({.argv = {path, "-V"}}).out.find("iproute2") != std::string::npos) return path;
    }
    throw HarnessError("no ip command of iproute2 on this machine");
}

std::string unique_name() {
    static std::atomic<unsigned> counter = 0;
    return "xs" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

UniqueFd open_statistics(const Namespace& space) {
    UniqueFd fd;
    space.inside([&fd] { fd.reset(::open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC)); });
    if (!fd) throw_errno("open net/dev");
    return fd;
}

// The packets that `interface` received, out of /proc/net/dev.
std::uint64_t received_packets(int fd, const std::string& interface) {
    std::array<char, 4096> buffer{};
    const ssize_t length = ::pread(fd, buffer.data(), buffer.size() - 1, 0);
    if (length < 0) throw_errno("read net/dev");
    const std::string text(buffer.data(), static_cast<std::size_t>(length));
    const std::size_t at = text.find(interface + ":");
    if (at == std::string::npos) throw HarnessError(interface + " is not there");
    std::istringstream fields(text.substr(at + interface.size() + 1));
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
    fields >> bytes >> packets;
    return packets;
}

// A link that was just set up may still drop: only a frame that came through says that it is ready.
void wait_until_frames_pass(const Namespace& from, const char* from_interface, const Namespace& to,
                            const char* to_interface) {
    UniqueFd socket;
    unsigned index = 0;
    from.inside([&] {
        socket.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
        index = ::if_nametoindex(from_interface);
    });
    const UniqueFd statistics = open_statistics(to);
    const std::uint64_t before = received_packets(statistics.get(), to_interface);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(index);
    const std::array<std::uint8_t, 14> frame = {0x02, 0, 0, 0, 0, 0xff, 0x02, 0, 0, 0, 0, 0xfe, 0x88, 0xb5};
    const auto passed = [&] {
        ::sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address));
        return received_packets(statistics.get(), to_interface) > before;
    };
    if (!wait_until(passed)) throw HarnessError(std::string(from_interface) + " passes no frame");
}

void set_vlan_offload_off(const Namespace& space, const char* interface) {
    space.inside([interface] {
        const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ethtool_value value{};
        ifreq request{};
        ::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
        request.ifr_data = reinterpret_cast<char*>(&value);
        value.cmd = ETHTOOL_GFLAGS;
        if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) throw_errno("ETHTOOL_GFLAGS");
        value.cmd = ETHTOOL_SFLAGS;
        value.data &= ~static_cast<__u32>(ETH_FLAG_TXVLAN | ETH_FLAG_RXVLAN);
        if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) throw_errno("ETHTOOL_SFLAGS");
    });
}

void disable_ipv6(const Namespace& space) {
    space.inside([] {
        for (const char* which : {"all", "default"}) {
            // Absent on a kernel without IPv6: then there is no noise either.
            std::ofstream(std::string("/proc/sys/net/ipv6/conf/") + which + "/disable_ipv6") << "1";
        }
    });
}

}  // namespace

const std::string& ip_command() {
    static const std::string path = find_ip_command();
    return path;
}

Namespace::Namespace() {
    std::thread([this] {
        if (::unshare(CLONE_NEWNET) == 0) fd_.reset(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    }).join();
    if (!fd_) throw HarnessError("a network namespace cannot be made: is this root?");
}

Namespace::Namespace(std::string name) : name_(std::move(name)) {
    const Outcome added = run({.argv = {ip_command(), "netns", "add", name_}});
    if (added.exit_status != 0) throw HarnessError("ip netns add: " + added.err);
    fd_.reset(::open(("/run/netns/" + name_).c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd_) throw_errno("open /run/netns/" + name_);
}

Namespace Namespace::named() { return Namespace(unique_name()); }

Namespace::~Namespace() {
    if (!fd_ || name_.empty()) return;
    try {
        run({.argv = {ip_command(), "netns", "del", name_}});
    } catch (const HarnessError&) {
        // A destructor has nobody to tell; the namespace's name stays behind.
    }
}

std::string Namespace::path() const {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_.get());
}

void Namespace::inside(const std::function<void()>& work) const {
    std::exception_ptr failure;
    std::thread([&] {
        try {
            if (::setns(fd_.get(), CLONE_NEWNET) != 0) throw_errno("setns");
            work();
        } catch (...) {
            failure = std::current_exception();
        }
    }).join();
    if (failure) std::rethrow_exception(failure);
}

void Namespace::ip(const std::string& commands) const {
    const Outcome done = run({.argv = {ip_command(), "-batch", "-"}, .netns_fd = fd_.get(), .input = commands});
    if (done.exit_status != 0) throw HarnessError("ip -batch: " + done.err + "commands were:\n" + commands);
}

void VethPair::configure(const Namespace& space, const VethOptions& options, bool first) const {
    const std::string device = std::string("dev ") + (first ? kSenderInterface : kReceiverInterface);
    const std::string peer_mac = first ? kReceiverMac : kSenderMac;
    std::ostringstream commands;
    commands << "link set dev lo up\n"
             << "link set " << device << " mtu " << options.mtu << " addrgenmode none\n"
             << "link set " << device << " up\n"
             << "addr add " << (first ? kSenderIpv4 : kReceiverIpv4) << "/24 " << device << "\n"
             << "neigh add " << (first ? kReceiverIpv4 : kSenderIpv4) << " lladdr " << peer_mac << " nud permanent "
             << device << "\n";
    if (options.ipv6) {
        commands << "addr add " << (first ? kSenderIpv6 : kReceiverIpv6) << "/64 " << device << " nodad\n"
                 << "neigh add " << (first ? kReceiverIpv6 : kSenderIpv6) << " lladdr " << peer_mac << " nud permanent "
                 << device << "\n";
    }
    space.ip(commands.str());
    if (!options.vlan_offload) set_vlan_offload_off(space, first ? kSenderInterface : kReceiverInterface);
}

VethPair::VethPair(const VethOptions& options) : receiver_(options.named ? Namespace::named() : Namespace()) {
    if (!options.ipv6) {
        disable_ipv6(sender_);
        disable_ipv6(receiver_);
    }
    const auto queues = [](unsigned sending, unsigned receiving) {
        return " numtxqueues " + std::to_string(sending) + " numrxqueues " + std::to_string(receiving);
    };
    const unsigned receive_queues = options.receive_queues == 0 ? options.queues : options.receive_queues;
    sender_.ip(std::string("link add name ") + kSenderInterface + " address " + kSenderMac +
               queues(options.queues, options.queues) + " type veth peer name " + kReceiverInterface + " address " +
               kReceiverMac + queues(options.queues, receive_queues) + " netns " + receiver_.path() + "\n");
    configure(sender_, options, true);
    configure(receiver_, options, false);
    receiver_.inside([this] { receiver_index_ = static_cast<int>(::if_nametoindex(kReceiverInterface)); });
    statistics_ = open_statistics(receiver_);
    wait_until_ready();
}

void VethPair::wait_until_ready() const {
    wait_until_frames_pass(sender_, kSenderInterface, receiver_, receiver_interface_.c_str());
    wait_until_frames_pass(receiver_, receiver_interface_.c_str(), sender_, kSenderInterface);
}

std::uint64_t VethPair::delivered() const { return received_packets(statistics_.get(), receiver_interface_); }

void VethPair::delete_receiver_interface() const { receiver_.ip("link del dev " + receiver_interface_ + "\n"); }

void VethPair::rename_receiver_interface(const std::string& name) {
    receiver_.ip("link set dev " + receiver_interface_ + " name " + name + "\n");
    receiver_interface_ = name;
}

}  // namespace xdpsift::harness
