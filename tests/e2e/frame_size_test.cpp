// SPDX-License-Identifier: BSD-2-Clause
// Frames of every size that an interface lets in, and frames of garbage. Less than an Ethernet header is refused by the
// kernel on its ways in, packet sockets and tap devices; only test runs on old kernels take it (5.10).
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <random>
#include <set>

#include "bpf/reference_match.h"
#include "e2e/capture_fixture.h"
#include "xdpsift/event.h"

namespace xdpsift::e2e {
namespace {

constexpr unsigned kGreatestMtu = 65535;
constexpr std::uint64_t kSeed = 20'261'121;
constexpr std::size_t kGarbageFrames = 20'000;
constexpr std::size_t kAtOnce = 500;
constexpr std::size_t kTaggedMin = 20;  // the stack drops a tag with less behind it than an EtherType, after the hook

// An experimental EtherType, which no stack looks into.
Bytes frame_of(std::size_t size) {
    Bytes frame = {0x02, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0x88, 0xb5};
    for (std::size_t i = frame.size(); i < size; ++i) frame.push_back(static_cast<std::uint8_t>(i * 7 + size));
    return frame;
}

// Around the powers of two, Ethernet's own numbers, the page less what drivers keep free, and what a record holds.
std::vector<std::size_t> sizes(std::size_t greatest) {
    std::set<std::size_t> all;
    for (const std::size_t edge :
         {14u,   18u,   34u,   42u,   60u,   64u,   128u,   256u,   512u,   1024u,  1514u, 2048u,
          3506u, 3520u, 3776u, 4096u, 8192u, 9014u, 16384u, 32768u, 49152u, 65472u, 65535u}) {
        for (std::size_t size = edge - 2; size <= edge + 2; ++size)
            if (size >= 14 && size <= greatest) all.insert(size);
    }
    return {all.begin(), all.end()};
}

struct SizeCase {
    const char* name;
    const char* mode;
    std::size_t snaplen;
    unsigned mtu;
};

class FrameSizeTest : public CaptureTest, public testing::WithParamInterface<SizeCase> {};

TEST_P(FrameSizeTest, IsCapturedAndGoesOnWhole) {
    const SizeCase& wanted = GetParam();
    veth({.mtu = wanted.mtu});
    Running running = start(
        {.args = {"--mode", wanted.mode, "-s", std::to_string(wanted.snaplen), "--ring-size", "8M", "--unlimited"}});
    const std::string mode = attached_program(veth())->mode == HookMode::native ? "native" : "generic";
    Tap tap(veth(), Tap::At::arriving);
    Traffic traffic(veth());
    const auto all = sizes(std::min<std::size_t>(wanted.mtu + 14, 65535));
    for (const std::size_t size : all) {
        traffic.send(frame_of(size));
        // Behind the hook it is what it was.
        EXPECT_EQ(tap.wait_for(1).at(0), traffic.sent().back().bytes) << size << " bytes";
    }
    const Ended ended = interrupt(running);
    const std::size_t too_large =
        wanted.snaplen != 0 ? 0 : static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](std::size_t size) {
            return size > XS_MAX_CAP_LEN;
        }));
    EXPECT_EQ(ended.total("seen"), all.size()) << mode;
    EXPECT_EQ(ended.total("ring_lost"), too_large);
    EXPECT_EQ(ended.summary["diagnostics"]["oversize"], too_large);
    EXPECT_EQ(ended.file.packets.size(), all.size() - too_large);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic, wanted.snaplen));
}

// Native mode with a big MTU is generic mode before Linux 5.18, which `auto` decides.
INSTANTIATE_TEST_SUITE_P(Modes, FrameSizeTest,
                         testing::Values(SizeCase{"NativeWhole", "native", 0, 1500},
                                         SizeCase{"NativeCut", "native", 128, 1500},
                                         SizeCase{"JumboWhole", "auto", 0, kGreatestMtu},
                                         SizeCase{"JumboCut", "auto", 9000, kGreatestMtu},
                                         SizeCase{"GenericWhole", "generic", 0, kGreatestMtu},
                                         SizeCase{"GenericCut", "generic", 9000, kGreatestMtu}),
                         [](const auto& instance) { return std::string(instance.param.name); });

// `send` takes a frame of so many bytes, and returns less than 0 and errno where it does not.
void expect_header_required(const std::function<long(const Bytes&)>& send) {
    Bytes frame = frame_of(ETH_HLEN);
    EXPECT_GE(send(frame), 0) << ::strerror(errno);
    while (frame.size() > 1) {
        frame.pop_back();
        errno = 0;
        EXPECT_LT(send(frame), 0) << frame.size() << " bytes";
        EXPECT_EQ(errno, EINVAL) << frame.size() << " bytes";
    }
}

using HeaderTest = CaptureTest;

TEST_F(HeaderTest, IsRequiredOfAPacketSocket) {
    UniqueFd socket;
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    veth().sender().inside([&] {
        socket.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
        address.sll_ifindex = static_cast<int>(::if_nametoindex(kSenderInterface));
    });
    ASSERT_TRUE(socket);
    expect_header_required([&](const Bytes& frame) {
        return ::sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                        sizeof(address));
    });
}

TEST_F(HeaderTest, IsRequiredOfATapDevice) {
    const Namespace space;
    UniqueFd tap;
    // The device belongs to the namespace that its file was opened in.
    space.inside([&] { tap.reset(::open("/dev/net/tun", O_RDWR | O_CLOEXEC)); });
    if (!tap) GTEST_SKIP() << "this kernel has no driver tun";
    ifreq request{};
    ::strncpy(request.ifr_name, "tap0", IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    space.inside([&] {
        if (::ioctl(tap.get(), TUNSETIFF, &request) != 0) throw_errno("make a tap device");
    });
    space.ip("link set dev tap0 up\n");
    expect_header_required([&](const Bytes& frame) { return ::write(tap.get(), frame.data(), frame.size()); });
}

// Half of it is noise from the first byte behind the addresses, half is a frame with a few bytes changed.
class Garbage {
   public:
    Bytes frame() {
        Bytes frame = chance(50) ? noise() : spoilt(shapes_.at(below(shapes_.size())));
        const bool tagged = (frame[12] == 0x81 && frame[13] == 0) || (frame[12] == 0x88 && frame[13] == 0xa8);
        if (tagged && frame.size() < kTaggedMin) frame.resize(kTaggedMin);
        // To somebody else: the stack looks no further, so that nothing is answered.
        frame[0] = 0x02;
        frame[5] = 0x77;
        return frame;
    }

   private:
    Bytes noise() {
        Bytes frame(14 + below(chance(20) ? 1500 : 100));
        for (std::uint8_t& byte : frame) byte = static_cast<std::uint8_t>(below(256));
        return frame;
    }
    Bytes spoilt(Bytes frame) {
        for (unsigned changes = below(6); changes > 0; --changes)
            frame[12 + below(frame.size() - 12)] = static_cast<std::uint8_t>(below(256));
        if (chance(20)) frame.resize(14 + below(frame.size() - 14));
        return frame;
    }
    bool chance(unsigned percent) { return below(100) < percent; }
    unsigned below(std::size_t bound) {
        return std::uniform_int_distribution<unsigned>(0, static_cast<unsigned>(bound) - 1)(random_);
    }

    std::mt19937_64 random_{kSeed};
    const std::vector<Bytes> shapes_ = {
        (Ethernet() / Ipv4() / Udp(1234, 53) / payload(30)).build(),
        (Ethernet() / Ipv4().options(12) / Tcp(80, 50000).options(8) / payload(10)).build(),
        (Ethernet() / Vlan(7) / Ipv4() / Tcp(65000, 65001)).build(),
        (Ethernet() / Vlan(7).tpid(0x88a8) / Vlan(8) / Ipv6() / HopByHop() / Udp(7, 8)).build(),
        (Ethernet() / Ipv6() / Routing() / Fragment() / Sctp(9, 10) / payload(20)).build()};
};

class GarbageTest : public CaptureTest, public testing::WithParamInterface<const char*> {};

TEST_P(GarbageTest, IsJudgedAsTheRulesSayAndGoesOn) {
    veth();
    Running running = start(
        {.args = {"--mode", GetParam(), "--proto", "0-100", "--port", "0-40000", "--unlimited", "--ring-size", "8M"}});
    Filter filter;
    filter.proto.emplace();
    for (std::size_t i = 0; i <= 100; ++i) filter.proto->numbers.set(i);
    filter.port.emplace();
    for (std::size_t i = 0; i <= 40000; ++i) filter.port->numbers.set(i);

    Tap tap(veth(), Tap::At::arriving);
    Traffic traffic(veth());
    Garbage garbage;
    std::vector<std::uint32_t> expected;
    while (traffic.count() < kGarbageFrames) {
        for (std::size_t i = 0; i < kAtOnce; ++i) {
            traffic.send(garbage.frame());
            if (bpf::reference_match(filter, traffic.sent().back().bytes).matches)
                expected.push_back(static_cast<std::uint32_t>(traffic.count() - 1));
        }
        tap.wait_for(kAtOnce);
    }
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.total("seen"), kGarbageFrames);
    EXPECT_EQ(ended.total("ring_lost"), 0u);
    EXPECT_GT(expected.size(), kGarbageFrames / 100) << "too few to mean anything";
    auto written = numbers(ended.file.packets);
    std::sort(written.begin(), written.end());
    EXPECT_EQ(written, expected);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

INSTANTIATE_TEST_SUITE_P(Modes, GarbageTest, testing::Values("native", "generic"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace xdpsift::e2e
