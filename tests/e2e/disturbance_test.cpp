// SPDX-License-Identifier: BSD-2-Clause
// What the traffic of others notices of captures that come and go: a TCP stream and a paced UDP echo cross the veth
// pair meanwhile. Attaching and detaching in native mode switches veth's own receive path; what that costs is measured
// with a program that does nothing, by others' means.
#include <signal.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>

#include "e2e/capture_fixture.h"
#include "harness/affinity.h"
#include "harness/paced_echo.h"
#include "harness/tcp_stream.h"

namespace xdpsift::e2e {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kEnough = std::chrono::seconds(3);
constexpr std::size_t kFewestRounds = 4;
constexpr std::uint64_t kEchoesInBetween = 50;
constexpr auto kEchoInterval = std::chrono::microseconds(1000);
constexpr auto kEchoDeadline = std::chrono::seconds(20);

// The datagrams that may have been on their way while something was attached or detached.
struct Window {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
};

// QEMU without hardware's help. A CPU of it may execute what another one has just changed in the kernel's code as it
// was before, and an XDP program that is attached while packets come is such a change: the kernel panics (int3).
bool emulated() {
    std::ifstream file("/proc/cpuinfo");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return text.find("QEMU TCG") != std::string::npos;
}

class DisturbanceTest : public CaptureTest, public testing::WithParamInterface<const char*> {
   protected:
    static HookMode mode() { return std::string(GetParam()) == "native" ? HookMode::native : HookMode::generic; }
    void SetUp() override {
        if (emulated()) stay_on_cpu(0);
        veth();
        tcp_ = std::make_unique<TcpStream>(veth(), 5001);
        echo_ = std::make_unique<PacedEcho>(veth(), 5002, kEchoInterval);
        some_echoes();
    }
    // Traffic goes on for a while, undisturbed.
    void some_echoes() {
        const std::uint64_t until = echo_->on_their_way().first + kEchoesInBetween;
        if (!wait_until([&] { return echo_->on_their_way().first >= until; }, kEchoDeadline))
            throw HarnessError("no UDP packet comes back any more");
    }
    // Until many have not come back.
    void some_losses() {
        const auto missing = [this] {
            const auto now = echo_->on_their_way();
            return now.end - now.first;
        };
        ASSERT_TRUE(wait_until([&] { return missing() >= PacedEcho::kMostOnTheirWay / 2; }, kEchoDeadline));
    }
    // Remembers what `change` may have cost.
    void around(const std::function<void()>& change) {
        const auto before = echo_->on_their_way();
        const auto begun = Clock::now();
        change();
        windows_.push_back({before.first, echo_->on_their_way().end});
        some_echoes();
        changes_.emplace_back(begun, Clock::now());
    }
    // Again and again, for a while; both streams are whole at the end.
    void rounds(Clock::duration enough, const std::function<void(std::size_t round)>& one) {
        const auto begun = Clock::now();
        const std::size_t fewest = emulated() ? kFewestRounds / 2 : kFewestRounds;
        std::size_t round = 0;
        while (round < fewest || Clock::now() - begun < enough) one(round++);
        echo_->finish();
        EXPECT_NO_THROW(tcp_->finish());
        EXPECT_GT(tcp_->received_bytes(), 100'000u);
        tell(round);
    }
    std::vector<std::uint64_t> lost_outside() const {
        std::vector<std::uint64_t> outside;
        for (const std::uint64_t number : echo_->lost()) {
            const auto holds = [number](const Window& window) { return number >= window.first && number < window.end; };
            if (std::none_of(windows_.begin(), windows_.end(), holds)) outside.push_back(number);
        }
        return outside;
    }
    std::size_t lost_inside() const { return echo_->lost().size() - lost_outside().size(); }
    // No more than what stands in veth's queues when it empties them.
    void expect_one_reset_at_most() const {
        const auto lost = echo_->lost();
        for (const Window& window : windows_) {
            const auto begin = std::lower_bound(lost.begin(), lost.end(), window.first);
            const auto end = std::lower_bound(begin, lost.end(), window.end);
            EXPECT_LE(static_cast<std::uint64_t>(end - begin), PacedEcho::kMostOnTheirWay);
        }
    }
    // A capture that starts, runs and is ended; every other one is killed.
    void capture_round(std::size_t round) {
        const bool everything = round % 4 == 0 || round % 4 == 3;
        std::vector<std::string> args = {"--mode", GetParam(), "--unlimited"};
        if (!everything) args.insert(args.end(), {"--host", "198.51.100.99"});
        Running running;
        around([&] { running = start({.args = args}); });
        if (round % 2 == 0) {
            around([&] {
                kill(running);
                ASSERT_TRUE(wait_until([this] { return !attached_program(veth()); }, kEndDeadline));
            });
            return;
        }
        around([&] {
            running.process->signal(SIGINT);
            ASSERT_TRUE(running.process->wait_for(kEndDeadline));
        });
        const Ended ended = finish(running);
        // But for those that were behind the hook already.
        EXPECT_GE(ended.total("seen"), kEchoesInBetween - PacedEcho::kMostOnTheirWay);
        EXPECT_EQ(ended.total(everything ? "filtered_out" : "matched"), 0u);
    }

   private:
    void tell(std::size_t rounds) const {
        // Attaching and detaching take turns.
        std::array<std::vector<double>, 2> gaps_ms;
        for (std::size_t i = 0; i < changes_.size(); ++i) {
            const std::chrono::duration<double, std::milli> gap =
                echo_->longest_gap(changes_[i].first, changes_[i].second);
            gaps_ms[i % 2].push_back(gap.count());
        }
        std::string gaps;
        for (std::size_t i = 0; i < gaps_ms.size() && !gaps_ms[i].empty(); ++i) {
            std::sort(gaps_ms[i].begin(), gaps_ms[i].end());
            gaps += std::string(i == 0 ? " attaching " : ", detaching ") +
                    std::to_string(gaps_ms[i][gaps_ms[i].size() / 2]) + " (" + std::to_string(gaps_ms[i].back()) + ")";
        }
        std::cout << "disturbance: " << testing::UnitTest::GetInstance()->current_test_info()->name() << ": " << rounds
                  << " rounds, " << echo_->sent() << " UDP packets, lost while attaching or detaching " << lost_inside()
                  << ", otherwise " << lost_outside().size() << "; longest gap in ms, median and worst:" << gaps
                  << "\n";
    }

    std::unique_ptr<TcpStream> tcp_;
    std::unique_ptr<PacedEcho> echo_;
    std::vector<Window> windows_;
    std::vector<std::pair<Clock::time_point, Clock::time_point>> changes_;
};

TEST_P(DisturbanceTest, CapturesThatComeAndGo) {
    rounds(kEnough, [this](std::size_t round) { capture_round(round); });
    EXPECT_THAT(lost_outside(), testing::IsEmpty());
    if (mode() == HookMode::generic) {
        EXPECT_EQ(lost_inside(), 0u);
    }
    expect_one_reset_at_most();
}

TEST_P(DisturbanceTest, AProgramThatDoesNothing) {
    rounds(kEnough, [this](std::size_t) {
        std::unique_ptr<ForeignProgram> program;
        around([&] { program = std::make_unique<ForeignProgram>(veth(), mode()); });
        around([&] { program.reset(); });
    });
    EXPECT_THAT(lost_outside(), testing::IsEmpty());
    expect_one_reset_at_most();
}

// That the streams would tell.
TEST_P(DisturbanceTest, AProgramThatDropsIsFoundOut) {
    rounds(Clock::duration{}, [this](std::size_t) {
        {
            const ForeignProgram program(veth(), mode(), XDP_DROP);
            some_losses();
        }
        some_echoes();
    });
    EXPECT_THAT(lost_outside(), testing::Not(testing::IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(Modes, DisturbanceTest, testing::Values("native", "generic"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace xdpsift::e2e
