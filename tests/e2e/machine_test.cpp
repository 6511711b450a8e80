// SPDX-License-Identifier: BSD-2-Clause
// Faults that need a machine of their own: its clock is set, its CPUs go and come back, and its kernel counts locked
// memory. Only tests/vm/run runs them.
#include <linux/capability.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <future>
#include <set>

#include "e2e/capture_fixture.h"
#include "harness/affinity.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr uid_t kNobody = 65534;
constexpr auto kHour = std::chrono::seconds(1h);
constexpr std::uint64_t kHalfAnHourNs = 1'800'000'000'000;

// GoogleTest runs nothing after it has failed.
class OwnMachine : public testing::Environment {
    void SetUp() override {
        if (std::getenv("XDPSIFT_VM_KERNEL") == nullptr)
            FAIL() << "these tests set the machine's clock and take its CPUs away: tests/vm/run gives them one";
    }
};
[[maybe_unused]] const auto* const kOwnMachine = testing::AddGlobalTestEnvironment(new OwnMachine);

// Set by hours, and put right again.
class WallClock {
   public:
    ~WallClock() { set_by(-moved_); }
    void set_by(std::chrono::seconds by) {
        timespec time{};
        ::clock_gettime(CLOCK_REALTIME, &time);
        time.tv_sec += by.count();
        if (::clock_settime(CLOCK_REALTIME, &time) != 0) std::abort();  // no test after this one would mean anything
        moved_ += by;
    }
    void put_right() { set_by(-moved_); }

   private:
    std::chrono::seconds moved_{0};
};

class ClockTest : public CaptureTest {
   protected:
    // When the last packet that is through to the file was stamped; 0 when there is none.
    static std::uint64_t last_time_ns(const Running& running) {
        try {
            const PcapngFile file = read_pcapng(running.output);
            return file.packets.empty() ? 0 : file.packets.back().time_ns;
        } catch (const FormatError&) {
            return 0;  // in the middle of a block
        }
    }
    // Sets the clock an hour ahead and sends until the file shows the new time: the step was noticed by then.
    void set_ahead(Traffic& traffic, const Running& running) {
        const std::uint64_t later_ns = realtime_ns() + kHalfAnHourNs;
        clock_.set_by(kHour);
        ASSERT_TRUE(wait_until([&] {
            traffic.send(udp_frame());
            return last_time_ns(running) > later_ns;
        })) << "the step was not noticed";
    }
    // The step is told on the screen, in the summary and in the file.
    static void expect_told(const Ended& ended, int by_s, bool applied) {
        const std::string words = by_s > 0 ? "the clock was set by +3" : "the clock was set by -3";
        EXPECT_THAT(ended.err, HasSubstr(words));
        std::size_t told = 0;
        for (const auto& step : ended.summary["clock_steps"]) {
            if (std::abs(step["by_s"].get<double>() - by_s) > 60) continue;
            told++;
            EXPECT_EQ(step["applied"], applied);
        }
        EXPECT_EQ(told, 1u) << ended.summary["clock_steps"];
        EXPECT_THAT(ended.file.statistics.at(0).options.text(kOptComment), HasSubstr("clock_step_ns="));
    }
    static testing::AssertionResult times_do_not_go_back(const PcapngFile& file) {
        for (std::size_t i = 1; i < file.packets.size(); i++) {
            if (file.packets[i].time_ns < file.packets[i - 1].time_ns)
                return testing::AssertionFailure() << "packet " << i << " is stamped before the one in front of it";
        }
        return testing::AssertionSuccess();
    }
    WallClock clock_;
};

TEST_F(ClockTest, AnHourForwardsCountsFromThenOn) {
    veth();
    Running running = start();
    Traffic traffic(veth());
    traffic.send(udp_frame(), 50);
    traffic.settle();
    set_ahead(traffic, running);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.file.packets.size(), traffic.count());
    EXPECT_TRUE(times_do_not_go_back(ended.file));
    expect_told(ended, 3600, true);
    // Each packet has the clock's time, but for those that came before the step was noticed.
    std::uint64_t unnoticed_ns = 0;
    for (const PcapngPacket& packet : ended.file.packets) {
        const std::uint64_t sent_ns = traffic.sent().at(Traffic::number_of(packet.data)).time_ns;
        if (packet.time_ns + kHalfAnHourNs < sent_ns)
            unnoticed_ns = sent_ns - traffic.sent().at(50).time_ns;
        else
            EXPECT_LT(packet.time_ns, sent_ns + kHalfAnHourNs);
    }
    EXPECT_LT(unnoticed_ns, 5'000'000'000u) << "it looks each second, were it not told";
    const auto& statistics = ended.file.statistics.at(0).options;
    EXPECT_TRUE(statistics.has(kIsbStartTime) && statistics.has(kIsbEndTime));
}

TEST_F(ClockTest, AnHourBackwardsIsHeldBack) {
    veth();
    Running running = start();
    Traffic traffic(veth());
    traffic.send(udp_frame(), 50);
    traffic.settle();
    clock_.set_by(-kHour);
    traffic.send(udp_frame(), 50);
    traffic.settle();
    const Ended ended = interrupt(running);
    clock_.put_right();
    EXPECT_EQ(ended.file.packets.size(), 100u);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
    EXPECT_LT(ended.file.packets.back().time_ns - ended.file.packets.front().time_ns, kHalfAnHourNs);
    expect_told(ended, -3600, false);
    EXPECT_THAT(ended.err, HasSubstr("timestamps go on as before"));
}

TEST_F(ClockTest, AnHourForwardsAndBackGoesOnAheadOfTheClock) {
    veth();
    Running running = start();
    Traffic traffic(veth());
    traffic.send(udp_frame(), 50);
    traffic.settle();
    set_ahead(traffic, running);
    clock_.put_right();
    traffic.send(udp_frame(), 50);
    traffic.settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.file.packets.size(), traffic.count());
    EXPECT_TRUE(times_do_not_go_back(ended.file));
    expect_told(ended, 3600, true);
    expect_told(ended, -3600, false);
}

TEST_F(ClockTest, ATimeLimitDoesNotKnowTheClock) {
    veth();
    Running running = start({.args = {"--duration", "2s"}});
    clock_.set_by(kHour);
    clock_.put_right();
    clock_.set_by(-kHour);
    Traffic traffic(veth());
    traffic.send(udp_frame());
    const Ended ended = finish(running);
    EXPECT_EQ(ended.stop_reason(), "time_limit");
    EXPECT_GE(ended.summary["elapsed_s"], 2.0);
    EXPECT_LT(ended.summary["elapsed_s"], 60.0);
}

// The machine's second CPU, online again at the end.
class SecondCpu {
   public:
    ~SecondCpu() { set_online(true); }
    void set_online(bool online) const {
        std::ofstream file("/sys/devices/system/cpu/cpu1/online");
        file << (online ? "1" : "0") << std::flush;
        if (!file) std::abort();  // no test after this one would mean anything
    }
};

// Frames enter on the CPU that sends them, in both modes.
class CpuTest : public CaptureTest, public testing::WithParamInterface<const char*> {
   protected:
    Running start_capture() {
        veth();
        return start({.args = {"--unlimited", "--mode", GetParam()}});
    }
    static void send_from(unsigned cpu, Traffic& traffic, std::size_t count) {
        std::async(std::launch::async, [&] {
            stay_on_cpu(cpu);
            traffic.send(udp_frame(), count);
            traffic.settle();
        }).get();
    }
    // Every frame is in the file or counted as lost for want of a ring, and told.
    static void expect_ringless(const Ended& ended, const Traffic& traffic) {
        EXPECT_EQ(ended.total("seen"), traffic.count());
        EXPECT_EQ(ended.total("written") + ended.total("ring_lost"), traffic.count());
        EXPECT_EQ(ended.summary["diagnostics"]["ringless"], ended.total("ring_lost"));
        EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
        EXPECT_THAT(ended.err, HasSubstr(std::to_string(ended.total("ring_lost")) + " of the lost came in on a CPU"));
    }
    // Whether the file has each frame of [from, to), or none of them.
    static void expect_frames(const Ended& ended, std::size_t from, std::size_t to, bool there) {
        const auto all = numbers(ended.file.packets);
        const std::set<std::uint32_t> found(all.begin(), all.end());
        for (auto number = static_cast<std::uint32_t>(from); number < to; number++)
            EXPECT_EQ(found.contains(number), there) << "frame " << number;
    }
    // The second CPU comes, and has no ring: of all that is sent, its packets alone are lost.
    void come_online(Running& running, Traffic& traffic) {
        const std::size_t before = traffic.count();
        second_cpu_.set_online(true);
        send_from(1, traffic, 100);
        send_from(0, traffic, 100);
        const Ended ended = interrupt(running);
        EXPECT_EQ(ended.total("ring_lost"), 100u);
        expect_ringless(ended, traffic);
        expect_frames(ended, 0, before, true);
        expect_frames(ended, before, before + 100, false);
        expect_frames(ended, before + 100, before + 200, true);
    }
    // The time that the capture has spent on a CPU.
    static std::chrono::milliseconds cpu_time(const Running& running) {
        std::ifstream file("/proc/" + std::to_string(running.process->pid()) + "/schedstat");
        std::uint64_t run_ns = 0;
        file >> run_ns;
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(run_ns));
    }
    SecondCpu second_cpu_;
};

TEST_P(CpuTest, ThatGoesUnderTrafficLosesNothing) {
    Running running = start_capture();
    Traffic traffic(veth());
    std::atomic<bool> stop = false;
    // The kernel moves it to the first CPU when the second one goes.
    auto sender = std::async(std::launch::async, [&] {
        stay_on_cpu(1);
        while (!stop) traffic.send_paced(udp_frame(), 20, 500us);
        traffic.settle();
    });
    const auto more_than = [&traffic](std::size_t count) {
        return [&traffic, count] { return traffic.count() > count; };
    };
    EXPECT_TRUE(wait_until(more_than(200)));
    second_cpu_.set_online(false);
    EXPECT_TRUE(wait_until(more_than(traffic.count() + 200)));
    stop = true;
    sender.get();
    // A ring that nobody writes any more must not keep its reader busy.
    const auto before = cpu_time(running);
    std::this_thread::sleep_for(2s);
    EXPECT_LT(cpu_time(running) - before, 1s) << "it does not sleep";
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.total("seen"), traffic.count());
    EXPECT_EQ(ended.total("written"), traffic.count());
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
}

TEST_P(CpuTest, ThatComesBackHasNoRingAndItsPacketsAreCounted) {
    Running running = start_capture();
    Traffic traffic(veth());
    send_from(1, traffic, 100);
    second_cpu_.set_online(false);
    send_from(0, traffic, 100);
    come_online(running, traffic);
}

TEST_P(CpuTest, ThatIsOfflineAtTheStartHasNoRingEither) {
    second_cpu_.set_online(false);
    Running running = start_capture();
    Traffic traffic(veth());
    send_from(0, traffic, 100);
    come_online(running, traffic);
}

INSTANTIATE_TEST_SUITE_P(Modes, CpuTest, testing::Values("native", "generic"),
                         [](const auto& instance) { return std::string(instance.param); });

// Of what this process starts, and as it was at the end.
class LockedMemoryLimit {
   public:
    explicit LockedMemoryLimit(rlim_t bytes) {
        ::getrlimit(RLIMIT_MEMLOCK, &before_);
        const rlimit limit{bytes, bytes};
        if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0) throw_errno("RLIMIT_MEMLOCK");
    }
    LockedMemoryLimit(const LockedMemoryLimit&) = delete;
    LockedMemoryLimit& operator=(const LockedMemoryLimit&) = delete;
    ~LockedMemoryLimit() { ::setrlimit(RLIMIT_MEMLOCK, &before_); }

   private:
    rlimit before_{};
};

class LockedMemoryTest : public CaptureTest {
   protected:
    // Less than the program's maps take.
    static constexpr rlim_t kLimitBytes = 4096;

    void expect_capture(const Invocation& invocation) {
        veth();
        Running running = start(invocation);
        Traffic traffic(veth());
        traffic.send(udp_frame(), 20);
        traffic.settle();
        const Ended ended = interrupt(running);
        EXPECT_EQ(ended.total("written"), 20u);
        EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic));
    }
};

TEST_F(LockedMemoryTest, ALimitIsRaisedWhereThatIsAllowed) {
    const LockedMemoryLimit limit(kLimitBytes);
    expect_capture({});
}

TEST_F(LockedMemoryTest, ALimitThatStaysIsNamedWhereTheKernelAppliesIt) {
    const LockedMemoryLimit limit(kLimitBytes);
    const Invocation invocation{.args = {"--ring-size", "64k"},
                                .uid = kNobody,
                                .capabilities = {CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, CAP_SYS_ADMIN}};
    if (std::string(std::getenv("XDPSIFT_VM_KERNEL")) != "5.10") {
        expect_capture(invocation);
        return;
    }
    const Ended ended = refused(invocation, 3, "limit of locked memory");
    EXPECT_THAT(ended.err, HasSubstr("4096 bytes"));
    EXPECT_THAT(ended.err, HasSubstr("ulimit -l"));
}

}  // namespace
}  // namespace xdpsift::e2e
