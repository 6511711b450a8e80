// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include "cli/doctor_checks.h"

namespace xdpsift::cli {
namespace {

using loader::Interface;
using loader::KernelFacts;
using loader::Support;
using loader::XdpSupport;

// A frame that fits one page beside the driver's headroom: the most that native XDP takes without frags.
constexpr std::uint32_t kLargestSingleBufferMtu = 3498;

struct Subject {
    const Interface& interface;
    const XdpSupport& xdp;
    const KernelFacts& kernel;

    bool is_veth() const { return xdp.veth_peer.has_value(); }
    bool is_on(const char* offload) const {
        const auto found = xdp.offloads.find(offload);
        return found != xdp.offloads.end() && found->second;
    }
    // None: not known.
    std::optional<bool> native() const {
        if (xdp.driver_features) return xdp.driver_features->native;
        if (interface.driver.empty()) return false;
        if (loader::driver_known_for_native(interface.driver)) return true;
        return std::nullopt;
    }
    std::string peer_name() const {
        return xdp.veth_peer && xdp.veth_peer->found ? xdp.veth_peer->name : std::string("PEER");
    }
};

Check check_found(const Subject& subject) {
    const auto& interface = subject.interface;
    return ok_check("interface", fmt::format("{}: index {}, driver {}, MTU {}", interface.name, interface.index,
                                             interface.driver.empty() ? "none" : interface.driver, interface.mtu));
}

Check check_up(const Subject& subject) {
    if (subject.interface.up) return ok_check("link", "up");
    return warning_check("link", "down: no packet arrives",
                         fmt::format("ip link set dev {} up", subject.interface.name));
}

Check check_program(const Subject& subject) {
    const auto& program = subject.xdp.program;
    if (!program) return ok_check("XDP hook", "free");
    const auto name = program->name.empty() ? std::string() : fmt::format(" \"{}\"", program->name);
    return {"XDP hook", CheckStatus::failure,
            fmt::format("program{} with id {} is attached ({})", name, program->id, program->mode),
            "xdpsift never replaces a program: end what attached it, or capture on another interface",
            ExitStatus::unavailable};
}

Check check_native(const Subject& subject) {
    const auto& driver = subject.interface.driver;
    const auto native = subject.native();
    if (!native) {
        return warning_check("native XDP",
                             fmt::format("unknown for driver {}; this kernel (before 6.3) does not tell", driver),
                             "--mode auto tries it and falls back to generic mode");
    }
    if (!*native) {
        return warning_check("native XDP", "not possible here: captures run in generic mode, which costs more",
                             subject.is_veth() ? "see queues" : "nothing needs doing; another driver could do better");
    }
    return ok_check("native XDP", subject.xdp.driver_features
                                      ? "supported by the driver"
                                      : fmt::format("driver {} is known for it; this kernel does not tell", driver));
}

Check check_mtu(const Subject& subject) {
    const auto mtu = subject.interface.mtu;
    if (mtu <= kLargestSingleBufferMtu) return ok_check("MTU", fmt::format("{}: frames fit one buffer", mtu));
    if (subject.native() == false) return ok_check("MTU", fmt::format("{}: of no matter in generic mode", mtu));
    const auto lower =
        fmt::format("ip link set dev {} mtu {}, or --mode generic", subject.interface.name, kLargestSingleBufferMtu);
    if (subject.kernel.frags.support != Support::yes)
        return warning_check("MTU", fmt::format("{} is more than native XDP takes before Linux 5.18", mtu), lower);
    if (!subject.xdp.driver_features)
        return warning_check("MTU",
                             fmt::format("{}: whether the driver takes frames of several buffers is unknown", mtu),
                             "if native mode is refused: " + lower);
    if (!subject.xdp.driver_features->frags)
        return warning_check("MTU", fmt::format("{} is more than this driver's native XDP takes", mtu), lower);
    return ok_check("MTU", fmt::format("{}: the driver hands over frames of several buffers", mtu));
}

Check check_vlan(const Subject& subject) {
    if (subject.is_veth()) {
        const auto offload = subject.xdp.veth_peer->tx_vlan_offload;
        const auto advice =
            fmt::format("where VLANs are used: ethtool -K {} txvlan off, at the other end", subject.peer_name());
        if (!offload) return warning_check("VLAN tags", "the other end of the pair cannot be seen from here", advice);
        if (*offload)
            return warning_check("VLAN tags", "the other end sends tags beside the frame, where XDP does not see them",
                                 advice);
        return ok_check("VLAN tags", "stand in the frame");
    }
    if (subject.is_on("rx-vlan-hw-parse")) {
        return warning_check("VLAN tags", "the card takes tags out of the frame before XDP sees it",
                             fmt::format("where VLANs are used: ethtool -K {} rxvlan off", subject.interface.name));
    }
    return ok_check("VLAN tags", "stand in the frame");
}

Check check_merging(const Subject& subject) {
    const auto& name = subject.interface.name;
    if (subject.is_on("rx-lro")) {
        return warning_check("merged packets", "LRO is on: packets arrive joined, and many drivers refuse native XDP",
                             fmt::format("ethtool -K {} lro off", name));
    }
    if (subject.is_on("rx-gro-hw")) {
        return warning_check("merged packets",
                             "hardware GRO is on: where the driver leaves it on under XDP, packets arrive joined",
                             fmt::format("ethtool -K {} rx-gro-hw off", name));
    }
    if (subject.native() != true && subject.is_on("rx-gro")) {
        return warning_check("merged packets", "GRO is on: in generic mode packets are seen after they were joined",
                             fmt::format("ethtool -K {} gro off", name));
    }
    return ok_check("merged packets", subject.native() == true ? "none: LRO is off, and GRO comes after the hook"
                                                               : "none: LRO and GRO are off");
}

Check check_veth_queues(const Subject& subject) {
    const auto& own = subject.xdp.queues;
    const auto& peer = subject.xdp.veth_peer->queues;
    // The kernel has compared them already, even where the other end cannot be seen.
    if (!peer && subject.xdp.driver_features && subject.native() == true)
        return ok_check("queues", "few enough at the other end for native mode");
    if (!own || !peer) {
        return warning_check(
            "queues", "the other end of the pair cannot be seen from here",
            "native mode needs the peer to have no more transmit queues than this end has receive queues");
    }
    const auto detail = fmt::format("{} to receive, {} to transmit at the other end", own->rx, peer->tx);
    if (peer->tx <= own->rx) return ok_check("queues", detail);
    return warning_check("queues", detail + ": native mode is refused, and captures run in generic mode",
                         fmt::format("ethtool -L {} rx {}, or ethtool -L {} tx {} at the other end",
                                     subject.interface.name, peer->tx, subject.peer_name(), own->rx));
}

Check check_veth_traffic() {
    return warning_check(
        "other traffic",
        "native XDP on a veth turns off the other end's segmentation offload while it is attached, which "
        "slows unrelated traffic through the pair",
        "where that matters: --mode generic");
}

}  // namespace

std::vector<Check> interface_checks(const Interface& interface, const XdpSupport& xdp, const KernelFacts& kernel) {
    const Subject subject{interface, xdp, kernel};
    std::vector<Check> checks{check_found(subject), check_up(subject),   check_program(subject), check_native(subject),
                              check_mtu(subject),   check_vlan(subject), check_merging(subject)};
    if (subject.is_veth()) {
        checks.push_back(check_veth_queues(subject));
        if (subject.native() == true) checks.push_back(check_veth_traffic());
    }
    return checks;
}

}  // namespace xdpsift::cli
