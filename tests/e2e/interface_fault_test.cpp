// SPDX-License-Identifier: BSD-2-Clause
// What happens to an interface while a capture runs on it: the capture goes on, or says that the interface went away.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;

constexpr auto kNamespaceDeadline = std::chrono::seconds(20);  // they are taken down in the background
constexpr std::size_t kBefore = 20;
constexpr std::size_t kAfter = 30;
constexpr unsigned kJumboMtu = 9000;
constexpr const char* kWentAway = "\"xs1\" went away: it was deleted, or moved to another network namespace";

// Multi-buffer XDP (Linux 5.18), without which native mode keeps a veth pair's frames to a page.
bool kernel_has_frags() {
    return ::libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, nullptr) == 1;
}

class InterfaceFaultTest : public CaptureTest, public testing::WithParamInterface<const char*> {
   protected:
    // Ends by itself with the last of the frames that a test sends, whatever else the pair is asked to carry.
    Running start_counting() {
        veth();
        return start({.args = {"--mode", GetParam(), "--proto", "udp", "-c", std::to_string(kBefore + kAfter)}});
    }
    // Returns once all have been through the hook: in generic mode they wait in front of it.
    void send(std::size_t count, std::size_t frame_len = 100) {
        Tap tap(veth(), Tap::At::arriving);
        Traffic(veth()).send(udp_frame(frame_len), count);
        tap.wait_for(count);
    }
    Ended finish_counting(Running& running) {
        Ended ended = finish(running);
        EXPECT_EQ(ended.stop_reason(), "packet_limit");
        EXPECT_EQ(ended.file.packets.size(), kBefore + kAfter);
        EXPECT_EQ(ended.summary["interfaces"][0]["mode"], GetParam());
        return ended;
    }
};

TEST_P(InterfaceFaultTest, GoesOnWhenItIsTakenDownAndUpAgain) {
    Running running = start_counting();
    send(kBefore);
    veth().receiver().ip(std::string("link set dev ") + kReceiverInterface + " down\n");
    veth().receiver().ip(std::string("link set dev ") + kReceiverInterface + " up\n");
    veth().wait_until_ready();
    send(kAfter);
    finish_counting(running);
}

// The name that it was asked for stays: it is what the reader of the file knows.
TEST_P(InterfaceFaultTest, GoesOnUnderItsFirstNameWhenItIsRenamed) {
    Running running = start_counting();
    send(kBefore);
    veth().receiver().ip(std::string("link set dev ") + kReceiverInterface + " down\n");
    veth().rename_receiver_interface("renamed");
    veth().receiver().ip("link set dev renamed up\n");
    veth().wait_until_ready();
    send(kAfter);
    const Ended ended = finish_counting(running);
    EXPECT_EQ(ended.file.interfaces.at(0).options.text(kIfName), kReceiverInterface);
    EXPECT_EQ(ended.summary["interfaces"][0]["name"], kReceiverInterface);
}

// Before multi-buffer XDP the kernel keeps the other end's MTU small as long as the hook is there.
TEST_P(InterfaceFaultTest, GoesOnWhenTheMtuIsRaised) {
    Running running = start_counting();
    send(kBefore);
    const std::string mtu = " mtu " + std::to_string(kJumboMtu) + "\n";
    veth().receiver().ip(std::string("link set dev ") + kReceiverInterface + mtu);
    bool raised = true;
    try {
        veth().sender().ip(std::string("link set dev ") + kSenderInterface + mtu);
    } catch (const HarnessError&) {
        raised = false;
    }
    EXPECT_EQ(raised, kernel_has_frags() || std::string(GetParam()) == "generic");
    const std::size_t frame_len = raised ? kJumboMtu : 1500;
    send(kAfter, frame_len);
    const Ended ended = finish_counting(running);
    EXPECT_EQ(ended.file.packets.back().data.size(), frame_len);
}

TEST_P(InterfaceFaultTest, ThatIsMovedToAnotherNamespaceEndsTheCaptureAndTakesNoHookWithIt) {
    const Namespace other;
    veth();
    Running running = start({.args = {"--mode", GetParam()}});
    send(kBefore);
    veth().receiver().ip(std::string("link set dev ") + kReceiverInterface + " netns " + other.path() + "\n");
    const Ended ended = finish(running, 1);
    EXPECT_EQ(ended.stop_reason(), "interface_gone");
    EXPECT_THAT(ended.err, HasSubstr(kWentAway));
    EXPECT_EQ(ended.file.packets.size(), kBefore);
    other.inside([] {
        LIBBPF_OPTS(bpf_xdp_query_opts, query);
        const auto index = static_cast<int>(::if_nametoindex(kReceiverInterface));
        ASSERT_GT(index, 0);
        ASSERT_EQ(::bpf_xdp_query(index, 0, &query), 0);
        EXPECT_EQ(query.attach_mode, XDP_ATTACHED_NONE);
    });
}

TEST_P(InterfaceFaultTest, ThatGoesWithTheOtherEndsNamespaceEndsTheCapture) {
    veth();
    Running running = start({.args = {"--mode", GetParam()}});
    send(kBefore);
    veth().let_sender_go();
    ASSERT_TRUE(running.process->wait_for(kNamespaceDeadline)) << "the other end's namespace did not go";
    const Ended ended = finish(running, 1);
    EXPECT_EQ(ended.stop_reason(), "interface_gone");
    EXPECT_THAT(ended.err, HasSubstr(kWentAway));
    EXPECT_EQ(ended.file.packets.size(), kBefore);
}

INSTANTIATE_TEST_SUITE_P(Modes, InterfaceFaultTest, testing::Values("native", "generic"),
                         [](const auto& instance) { return std::string(instance.param); });

using NamespaceFaultTest = CaptureTest;

// A namespace lives as long as a process in it: that of a test that was cleaned away too early.
TEST_F(NamespaceFaultTest, OfTheOtherEndWithAProcessInItStaysUntilThatProcessGoes) {
    veth();
    Process inhabitant({.argv = {"sleep", "600"}, .netns_fd = veth().sender().fd()});
    Running running = start();
    {
        Traffic traffic(veth());
        traffic.send(udp_frame(), 20);
        traffic.settle();
        veth().let_sender_go();
        traffic.send(udp_frame(), 30);
        traffic.settle();
    }
    EXPECT_FALSE(running.process->ended());
    inhabitant.signal(SIGKILL);
    ASSERT_TRUE(running.process->wait_for(kNamespaceDeadline)) << "the other end's namespace did not go";
    const Ended ended = finish(running, 1);
    EXPECT_EQ(ended.stop_reason(), "interface_gone");
    EXPECT_THAT(ended.err, HasSubstr(kWentAway));
    EXPECT_EQ(ended.file.packets.size(), 50u);
}

// `ip netns del` takes a name away; the capture is one of the processes that keep the namespace.
TEST_F(NamespaceFaultTest, OfItsOwnWhoseNameIsDeletedGoesOn) {
    veth({.named = true});
    const std::string name = veth().receiver().name();
    Running running = start({.args = {"--netns", name, "-c", "50"}, .inside = false});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 20);
    traffic.settle();
    ASSERT_EQ(run({.argv = {ip_command(), "netns", "del", name}}).exit_status, 0);
    traffic.send(udp_frame(), 30);
    traffic.settle();
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "packet_limit");
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

using JumboTest = CaptureTest;

TEST_F(JumboTest, AnInterfaceWithABigMtuIsCapturedInTheBestModeThatTheKernelHas) {
    veth({.mtu = kJumboMtu});
    Running running = start({.args = {"-c", "20"}});
    Traffic traffic(veth());
    traffic.send(udp_frame(kJumboMtu), 20);
    const Ended ended = finish(running);
    EXPECT_EQ(ended.file.packets.size(), 20u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
    EXPECT_EQ(ended.summary["interfaces"][0]["mode"], kernel_has_frags() ? "native" : "generic");
    EXPECT_EQ(ended.err.find("MTU is too large") == std::string::npos, kernel_has_frags()) << ended.err;
}

TEST_F(JumboTest, NativeModeIsRefusedWithItsReasonWhereTheKernelHasNoFrags) {
    veth({.mtu = kJumboMtu});
    if (!kernel_has_frags()) {
        refused({.args = {"--mode", "native"}}, 5, "MTU is too large");
        return;
    }
    Running running = start({.args = {"--mode", "native"}});
    interrupt(running);
}

// Drivers that have no native XDP: on each kernel the loopback, and what else it can make.
class NoNativeTest : public CaptureTest, public testing::WithParamInterface<const char*> {
   protected:
    // The interface, or nothing where the kernel has no such driver.
    std::string make_interface() {
        const std::string kind = GetParam();
        if (kind == "loopback") return "lo";
        const std::string from = kind == "vlan" ? std::string(" link ") + kReceiverInterface : "";
        try {
            veth().receiver().ip("link add name none0" + from + " type " + kind + (kind == "vlan" ? " id 5" : "") +
                                 "\nlink set dev none0 up\n");
        } catch (const HarnessError&) {
            return "";
        }
        return "none0";
    }
};

TEST_P(NoNativeTest, IsRefusedWithAWayOutAndAutoTakesIt) {
    const std::string interface = make_interface();
    if (interface.empty()) GTEST_SKIP() << "this kernel has no driver " << GetParam();
    const Ended refusal = refused({.args = {"--mode", "native"}, .interface = interface}, 5, interface);
    EXPECT_THAT(refusal.err, HasSubstr("the driver has no native XDP"));
    EXPECT_THAT(refusal.err, HasSubstr("--mode auto"));
    Running running = start({.interface = interface});
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.summary["interfaces"][0]["mode"], "generic");
    EXPECT_THAT(ended.err, HasSubstr("the driver has no native XDP; using generic mode"));
}

INSTANTIATE_TEST_SUITE_P(Drivers, NoNativeTest, testing::Values("loopback", "dummy", "bridge", "vlan"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST_F(NamespaceFaultTest, TheLoopbackIsCapturedInGenericMode) {
    veth();
    Running running = start({.args = {"-c", "20", "--dport", "50000"}, .interface = "lo"});
    veth().receiver().inside([] {
        for (int i = 0; i < 20; i++) send_datagram("127.0.0.1", 50000, "to myself");
    });
    EXPECT_EQ(finish(running).stop_reason(), "packet_limit");
}

}  // namespace
}  // namespace xdpsift::e2e
