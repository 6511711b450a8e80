// SPDX-License-Identifier: BSD-2-Clause
#include "loader/interface.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "xdpsift/unique_fd.h"

namespace xdpsift::loader {
namespace {

ifreq request_for(const std::string& name) {
    ifreq request{};
    std::copy_n(name.data(), std::min<std::size_t>(name.size(), IFNAMSIZ - 1), request.ifr_name);
    return request;
}

std::string driver_of(int socket, const std::string& name) {
    ethtool_drvinfo info{};
    info.cmd = ETHTOOL_GDRVINFO;
    ifreq request = request_for(name);
    request.ifr_data = reinterpret_cast<char*>(&info);
    return ::ioctl(socket, SIOCETHTOOL, &request) == 0 ? std::string(info.driver) : std::string();
}

}  // namespace

Result<void> enter_network_namespace(const std::string& name_or_path) {
    const bool is_path = name_or_path.find('/') != std::string::npos;
    const std::string path = is_path ? name_or_path : "/run/netns/" + name_or_path;
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        return fail(errno == EACCES ? ExitStatus::not_permitted : ExitStatus::unavailable,
                    fmt::format("network namespace \"{}\": {}: {}; ip netns list shows the names", name_or_path, path,
                                std::strerror(errno)));
    }
    if (::setns(fd.get(), CLONE_NEWNET) != 0) {
        const int error = errno;
        if (error == EPERM) {
            return fail(ExitStatus::not_permitted,
                        fmt::format("network namespace \"{}\": entering it needs CAP_SYS_ADMIN", name_or_path));
        }
        return fail(ExitStatus::unavailable, fmt::format("network namespace \"{}\": {} is not a network namespace: {}",
                                                         name_or_path, path, std::strerror(error)));
    }
    return {};
}

std::vector<std::string> interface_names() {
    std::vector<std::string> names;
    struct if_nameindex* list = ::if_nameindex();
    if (list == nullptr) return names;
    for (auto* entry = list; entry->if_index != 0; entry++) names.emplace_back(entry->if_name);
    ::if_freenameindex(list);
    return names;
}

Result<Interface> find_interface(const std::string& name) {
    Interface found;
    found.name = name;
    found.index = name.size() < IFNAMSIZ ? static_cast<int>(::if_nametoindex(name.c_str())) : 0;
    if (found.index == 0) return fail(ExitStatus::unavailable, fmt::format("there is no interface \"{}\"", name));

    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket)
        return fail(ExitStatus::failed,
                    fmt::format("cannot ask about interface \"{}\": {}", name, std::strerror(errno)));
    ifreq request = request_for(name);
    if (::ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0)
        return fail(ExitStatus::unavailable, fmt::format("interface \"{}\": {}", name, std::strerror(errno)));
    const auto type = request.ifr_hwaddr.sa_family;
    if (type != ARPHRD_ETHER && type != ARPHRD_LOOPBACK) {
        return fail(
            ExitStatus::unsupported,
            fmt::format("interface \"{}\" is not Ethernet (hardware type {}): its frames cannot be read", name, type));
    }
    std::memcpy(found.mac.data(), request.ifr_hwaddr.sa_data, found.mac.size());
    if (::ioctl(socket.get(), SIOCGIFMTU, &request) == 0) found.mtu = static_cast<std::uint32_t>(request.ifr_mtu);
    if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0) found.up = (request.ifr_flags & IFF_UP) != 0;
    found.driver = driver_of(socket.get(), name);
    return found;
}

}  // namespace xdpsift::loader
