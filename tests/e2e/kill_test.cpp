// SPDX-License-Identifier: BSD-2-Clause
// SIGKILL at any moment: nothing stays attached, nobody stays behind, and what files there are are whole.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "e2e/capture_fixture.h"
#include "harness/repetitions.h"

namespace xdpsift::e2e {
namespace {

constexpr std::size_t kKills = 200;  // of all moments together
constexpr std::size_t kJudged = 20;  // of these the outside judges, who take their time, look at one

// More than the writer holds back.
constexpr std::size_t kFrames = 300;
// No header has more.
constexpr std::size_t kHeaderBytes = 4096;

struct Moment {
    const char* name;
    std::vector<std::string> args;
    bool live;                         // begins with the hook, not with the process
    bool ending;                       // begins with SIGINT
    std::chrono::microseconds spread;  // the kill comes so much later at most
};

class KillTest : public CaptureTest, public testing::WithParamInterface<Moment> {
   protected:
    std::vector<std::filesystem::path> files() const {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::directory_iterator(place("")))
            if (entry.path().extension() == ".pcapng") found.push_back(entry.path());
        std::sort(found.begin(), found.end());
        return found;
    }
    std::uintmax_t bytes_in_files() const {
        std::uintmax_t bytes = 0;
        for (const auto& file : files()) {
            std::error_code gone;  // by rotation
            const auto size = std::filesystem::file_size(file, gone);
            if (!gone) bytes += size;
        }
        return bytes;
    }
    void kill_one(std::chrono::microseconds after) {
        for (const auto& file : files()) std::filesystem::remove(file);
        // Asked about nothing: it knows when the last process of this capture is gone.
        FaultInjector watch({}, [](const SystemCall&) { return Answer::go_on(); });
        const Invocation invocation{.args = GetParam().args, .faults = &watch};
        Running running = GetParam().live ? start(invocation) : spawn(invocation);
        Traffic traffic(veth());
        if (GetParam().live) {
            traffic.send(udp_frame(1400), kFrames);
            EXPECT_TRUE(wait_until([this] { return bytes_in_files() > kHeaderBytes; }, kEndDeadline));
        }
        std::atomic<bool> stop = false;
        std::thread sender([&] {
            try {
                while (!stop) traffic.send(udp_frame(1400), 16);
            } catch (const HarnessError&) {
                // A veth loses what stands in its queue when native mode ends.
            }
        });
        if (GetParam().ending) running.process->signal(SIGINT);
        std::this_thread::sleep_for(after);
        // It may have ended by then.
        if (!running.process->ended()) running.process->signal(SIGKILL);
        EXPECT_TRUE(running.process->wait_for(kEndDeadline)) << "it outlived SIGKILL";
        killed_ += running.process->exit_status() == 128 + SIGKILL;
        EXPECT_TRUE(watch.nobody_left(kEndDeadline)) << "the guard of the file's end outlived it";
        stop = true;
        sender.join();
        // The link goes with the last reference to it, shortly after the process.
        EXPECT_TRUE(wait_until([this] { return !attached_program(veth()); }, kEndDeadline)) << "still attached";
        expect_traffic();
        expect_whole_files(traffic);
    }
    void expect_whole_files(const Traffic& traffic) {
        for (const auto& path : files()) {
            const PcapngFile file = read_pcapng(path);  // fails on anything that is not whole
            EXPECT_EQ(file.interfaces.size(), 1u) << path;
            EXPECT_TRUE(are_sent_frames(file.packets, traffic)) << path;
            if (read_++ % kJudged == 0) {
                EXPECT_TRUE(judges_accept(path, file.packets.size()));
            }
            packets_ += file.packets.size();
        }
    }
    std::size_t read_ = 0;
    std::size_t packets_ = 0;
    std::size_t killed_ = 0;
};

TEST_P(KillTest, LeavesWholeFilesAndNothingElse) {
    veth();
    std::minstd_rand random(1);
    const std::size_t kills = repetitions(kKills / 5);
    for (std::size_t i = 0; i < kills; i++) {
        const auto after = std::chrono::microseconds(random() % static_cast<unsigned>(GetParam().spread.count()));
        SCOPED_TRACE("kill " + std::to_string(i) + ", after " + std::to_string(after.count()) + " us");
        ASSERT_NO_FATAL_FAILURE(kill_one(after));
        if (HasFailure()) return;
    }
    EXPECT_GT(killed_, 0u) << "it was always over before";
    if (GetParam().live && !GetParam().ending) {
        EXPECT_GE(killed_, kills - kills / 4) << "it was over before too often";
    }
    if (GetParam().live) {
        EXPECT_GT(packets_, 0u);
    }
}

using std::chrono_literals::operator""ms;

INSTANTIATE_TEST_SUITE_P(
    Moments, KillTest,
    testing::Values(Moment{"Starting", {"--unlimited"}, false, false, 100ms},
                    // Whole frames as fast as they can be sent, so that many of the kills come amid a write.
                    Moment{"Writing", {"--unlimited"}, true, false, 60ms},
                    Moment{"WritingFromABpfRing", {"--unlimited", "--ring", "bpf"}, true, false, 60ms},
                    Moment{"Rotating", {"--unlimited", "--file-size", "32k", "--file-count", "5"}, true, false, 60ms},
                    Moment{"Ending", {"--unlimited", "--file-size", "1M"}, true, true, 40ms}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace xdpsift::e2e
