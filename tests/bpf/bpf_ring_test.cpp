// SPDX-License-Identifier: BSD-2-Clause
// What the BPF ring has and the perf ring has not: records of a few sizes, frames copied in several ways, wake-ups that
// the program itself asks for.
#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <algorithm>

#include "bpf/loaded_program.h"
#include "bpf/ring_reader.h"
#include "harness/packet_builder.h"

namespace xdpsift::bpf {
namespace {

using namespace harness;

Bytes frame_of(std::size_t size) {
    return (Ethernet() / Ipv4() / Udp(1, 2) / payload(size - 42, static_cast<std::uint8_t>(size))).build();
}

loader::SamplerOptions bpf_ring(std::uint32_t snaplen, bool allow_frags = true) {
    loader::SamplerOptions options;
    options.ring.kind = RingKind::bpf;
    options.selection.snaplen = snaplen;
    options.allow_frags = allow_frags;
    return options;
}

// With the helper of Linux 5.18, and without as before.
class BpfRing : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Frags, BpfRing, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "allowed" : "not_allowed"; });

void expect_kept(LoadedProgram& program, RingReader& ring, std::size_t size, std::uint32_t snaplen) {
    const Bytes frame = frame_of(size);
    program.run(frame);
    const auto records = ring.read_all();
    ASSERT_EQ(records.size(), 1U) << size << " bytes, of which are kept " << snaplen;
    const std::size_t kept = snaplen == 0 ? size : std::min<std::size_t>(snaplen, size);
    EXPECT_EQ(records[0].event.frame_len, size);
    EXPECT_EQ(records[0].event.cap_len, kept);
    EXPECT_TRUE(std::ranges::equal(records[0].data, std::span(frame).first(kept)))
        << size << " bytes, of which are kept " << snaplen;
}

// Around each size of a record, and each way in which the bytes are copied.
TEST_P(BpfRing, KeepsTheFirstBytesOfEveryLength) {
    const PinnedToCpu pin(0);
    for (const std::uint32_t snaplen : {1U,   7U,   8U,   9U,   15U,  63U,  64U,  65U,   100U,  128U,    191U,
                                        192U, 193U, 200U, 255U, 256U, 257U, 480U, 1500U, 3000U, 65'535U, 0U}) {
        LoadedProgram program(bpf_ring(snaplen, GetParam()));
        const auto ring = open_ring(program, 0, 16);
        for (std::size_t size = 60; size <= 3000; size += size < 300 ? 1 : 97)
            expect_kept(program, *ring, size, snaplen);
        for (const std::size_t size : {480U, 481U, 1514U, 1520U, 1521U}) expect_kept(program, *ring, size, snaplen);
        EXPECT_EQ(program.total().ring_lost, 0U);
        expect_ledger_closed(program.total());
    }
}

TEST_P(BpfRing, ShortPacketsTakeLittleOfTheRing) {
    const PinnedToCpu pin(0);
    LoadedProgram program(bpf_ring(0, GetParam()));
    const auto ring = open_ring(program, 0, 1);
    // 4096 bytes in records of 8 + 32 + 96.
    program.run(frame_of(60), 100);
    EXPECT_EQ(ring->read_all().size(), 30U);
    EXPECT_EQ(program.total().ring_lost, 70U);
}

bool woken(int epoll_fd, int patience_ms) {
    epoll_event event{};
    return ::epoll_wait(epoll_fd, &event, 1, patience_ms) == 1;
}

// 8192 bytes, woken at 2048: 8 + 32 + 64 for each packet.
TEST_P(BpfRing, ItsReaderIsWokenPastAQuarter) {
    const PinnedToCpu pin(0);
    auto options = bpf_ring(64, GetParam());
    options.ring.bytes = 8192;
    LoadedProgram program(options);
    const auto ring = open_ring(program, 0, 2);
    const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    ASSERT_EQ(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, ring->fd(), &event), 0);
    constexpr int kPatienceMs = 10'000;
    for (int round = 0; round < 3; round++) {
        program.run(frame_of(64), 19);
        EXPECT_FALSE(woken(epoll.get(), 0)) << "after 1976 bytes";
        program.run(frame_of(64));
        EXPECT_TRUE(woken(epoll.get(), kPatienceMs)) << "after 2080 bytes";
        EXPECT_FALSE(woken(epoll.get(), 0));
        EXPECT_EQ(ring->read_all().size(), 20U);
    }
    EXPECT_EQ(program.total().ring_lost, 0U);
}

}  // namespace
}  // namespace xdpsift::bpf
