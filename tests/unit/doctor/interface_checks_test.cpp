// SPDX-License-Identifier: BSD-2-Clause
#include <gmock/gmock.h>

#include "find_check.h"

namespace xdpsift::cli {
namespace {

using loader::Interface;
using loader::KernelFacts;
using loader::QueueCounts;
using loader::Support;
using loader::VethPeer;
using loader::XdpDriverFeatures;
using loader::XdpSupport;
using testing::HasSubstr;

struct Machine {
    Interface interface {
        .name = "eth0", .index = 2, .mac = {}, .mtu = 1500, .driver = "ice", .up = true
    };
    XdpSupport xdp{.program = {},
                   .driver_features = XdpDriverFeatures{.native = true, .frags = true},
                   .offloads = {{"rx-gro", true}, {"rx-lro", false}, {"rx-vlan-hw-parse", false}},
                   .queues = QueueCounts{.rx = 4, .tx = 4},
                   .veth_peer = {}};
    KernelFacts kernel;

    Machine() { kernel.frags.support = Support::yes; }
    std::vector<Check> checks() const { return interface_checks(interface, xdp, kernel); }
    Check check(const char* name) const { return find_check(checks(), name); }
};

Machine veth_machine() {
    Machine machine;
    machine.interface.driver = "veth";
    machine.xdp.queues = QueueCounts{.rx = 1, .tx = 1};
    machine.xdp.veth_peer =
        VethPeer{.found = true, .name = "left", .queues = QueueCounts{.rx = 1, .tx = 1}, .tx_vlan_offload = false};
    return machine;
}

TEST(InterfaceChecks, AGoodCardIsOkThroughout) {
    for (const auto& check : Machine().checks()) EXPECT_EQ(check.status, CheckStatus::ok) << check.name;
}

TEST(InterfaceChecks, DownIsAWarning) {
    Machine machine;
    machine.interface.up = false;
    EXPECT_EQ(machine.check("link").status, CheckStatus::warning);
    EXPECT_EQ(machine.check("link").advice, "ip link set dev eth0 up");
}

TEST(InterfaceChecks, AProgramAlreadyThereMakesItUnavailable) {
    Machine machine;
    machine.xdp.program = {.id = 17, .name = "balancer", .mode = "native"};
    const auto check = machine.check("XDP hook");
    EXPECT_EQ(check.status, CheckStatus::failure);
    EXPECT_THAT(check.detail, HasSubstr("\"balancer\" with id 17"));
    EXPECT_EQ(exit_status_of(machine.checks()), ExitStatus::unavailable);
}

TEST(InterfaceChecks, NativeIsTakenFromTheKernelThenFromTheDriverThenUnknown) {
    Machine machine;
    machine.xdp.driver_features = XdpDriverFeatures{};
    EXPECT_THAT(machine.check("native XDP").detail, HasSubstr("not possible"));

    machine.xdp.driver_features.reset();
    EXPECT_EQ(machine.check("native XDP").status, CheckStatus::ok);

    machine.interface.driver = "r8169";
    EXPECT_EQ(machine.check("native XDP").status, CheckStatus::warning);
    EXPECT_THAT(machine.check("native XDP").detail, HasSubstr("unknown for driver r8169"));

    machine.interface.driver = "";
    EXPECT_THAT(machine.check("native XDP").detail, HasSubstr("not possible"));
}

TEST(InterfaceChecks, ALargeMtuNeedsFragsOfKernelAndDriver) {
    Machine machine;
    machine.interface.mtu = 3498;
    machine.xdp.driver_features->frags = false;
    EXPECT_EQ(machine.check("MTU").status, CheckStatus::ok);
    machine.interface.mtu = 3499;
    EXPECT_EQ(machine.check("MTU").status, CheckStatus::warning);
    machine.xdp.driver_features->frags = true;
    EXPECT_EQ(machine.check("MTU").status, CheckStatus::ok);
    machine.kernel.frags.support = Support::no;
    EXPECT_EQ(machine.check("MTU").status, CheckStatus::warning);
    // Generic mode hands over whole frames whatever the MTU.
    machine.xdp.driver_features = XdpDriverFeatures{};
    EXPECT_EQ(machine.check("MTU").status, CheckStatus::ok);
}

TEST(InterfaceChecks, ACardThatTakesTagsOutIsNamed) {
    Machine machine;
    machine.xdp.offloads["rx-vlan-hw-parse"] = true;
    EXPECT_EQ(machine.check("VLAN tags").status, CheckStatus::warning);
    EXPECT_THAT(machine.check("VLAN tags").advice, HasSubstr("ethtool -K eth0 rxvlan off"));
}

TEST(InterfaceChecks, PacketsJoinedBeforeTheHookAreNamed) {
    Machine machine;
    machine.xdp.offloads["rx-gro-hw"] = true;
    EXPECT_THAT(machine.check("merged packets").advice, HasSubstr("rx-gro-hw off"));
    machine.xdp.offloads["rx-lro"] = true;
    EXPECT_THAT(machine.check("merged packets").advice, HasSubstr("lro off"));
}

TEST(InterfaceChecks, SoftwareGroMattersInGenericModeOnly) {
    Machine machine;
    EXPECT_EQ(machine.check("merged packets").status, CheckStatus::ok);
    machine.xdp.driver_features = XdpDriverFeatures{};
    EXPECT_THAT(machine.check("merged packets").advice, HasSubstr("gro off"));
    machine.xdp.offloads["rx-gro"] = false;
    EXPECT_EQ(machine.check("merged packets").status, CheckStatus::ok);
}

TEST(InterfaceChecks, AVethNeedsNoMorePeerQueuesThanItsOwn) {
    auto machine = veth_machine();
    EXPECT_EQ(machine.check("queues").status, CheckStatus::ok);
    machine.xdp.veth_peer->queues->tx = 2;
    EXPECT_EQ(machine.check("queues").status, CheckStatus::warning);
    EXPECT_THAT(machine.check("queues").advice, HasSubstr("ethtool -L eth0 rx 2, or ethtool -L left tx 1"));
    // The other end is in a namespace that cannot be entered: what the kernel says decides.
    machine.xdp.veth_peer = VethPeer{};
    EXPECT_EQ(machine.check("queues").status, CheckStatus::ok);
    machine.xdp.driver_features.reset();
    EXPECT_EQ(machine.check("queues").status, CheckStatus::warning);
    EXPECT_FALSE(has_check(Machine().checks(), "queues"));
}

TEST(InterfaceChecks, OnAVethTheOtherEndDecidesWhereTagsStand) {
    auto machine = veth_machine();
    machine.xdp.offloads["rx-vlan-hw-parse"] = true;
    EXPECT_EQ(machine.check("VLAN tags").status, CheckStatus::ok);
    machine.xdp.veth_peer->tx_vlan_offload = true;
    EXPECT_EQ(machine.check("VLAN tags").status, CheckStatus::warning);
    EXPECT_THAT(machine.check("VLAN tags").advice, HasSubstr("ethtool -K left txvlan off"));
}

TEST(InterfaceChecks, OnlyNativeModeOnAVethDisturbsOtherTraffic) {
    auto machine = veth_machine();
    EXPECT_EQ(machine.check("other traffic").status, CheckStatus::warning);
    machine.xdp.driver_features = XdpDriverFeatures{};
    EXPECT_FALSE(has_check(machine.checks(), "other traffic"));
    EXPECT_FALSE(has_check(Machine().checks(), "other traffic"));
}

}  // namespace
}  // namespace xdpsift::cli
