// SPDX-License-Identifier: BSD-2-Clause
// A disk that fails while the capture is live: it ends with a message, a whole file and true counts.
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>

#include "e2e/capture_fixture.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;

class DiskFaultTest : public CaptureTest {
   protected:
    // What `decide` answers for each write to a capture file, once it is called for.
    using Decide = std::function<Answer(const SystemCall&, std::size_t nth_write)>;

    // Asked about the calls of `numbers` on capture files; goes on until armed().
    FaultInjector& faults(std::vector<int> numbers, Decide decide) {
        injector_ = std::make_unique<FaultInjector>(std::move(numbers),
                                                    [this, decide = std::move(decide)](const SystemCall& call) {
                                                        if (!armed_ || !call.file().ends_with(".pcapng"))
                                                            return Answer::go_on();
                                                        return decide(call, ++asked_);
                                                    });
        return *injector_;
    }
    void arm() { armed_ = true; }

    void send_until_ended(Running& running) { CaptureTest::send_until_ended(traffic(), running, udp_frame(1000)); }
    Traffic& traffic() {
        if (!traffic_) traffic_ = std::make_unique<Traffic>(veth());
        return *traffic_;
    }
    // finish() of a capture that an output error ended.
    Ended finish_failed(Running& running, const std::string& words) {
        const Ended ended = finish(running, 1);  // compares `written` with the file
        EXPECT_EQ(ended.stop_reason(), "error");
        EXPECT_THAT(ended.err, HasSubstr(words));
        EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic()));
        return ended;
    }
    // All files of a capture that rotated, the first and the last by the judges; returns their packets.
    std::size_t judge_files(const Ended& ended) const {
        std::size_t packets = 0;
        const auto files = ended.summary["files"].get<std::vector<std::string>>();
        for (const auto& path : files) {
            const PcapngFile file = read_pcapng(path);
            EXPECT_EQ(file.statistics.size(), 1u) << path;
            if (path == files.front() || path == files.back()) {
                EXPECT_TRUE(judges_accept(path, file.packets.size()));
            }
            packets += file.packets.size();
        }
        return packets;
    }

   private:
    std::atomic<bool> armed_ = false;
    std::size_t asked_ = 0;
    std::unique_ptr<FaultInjector> injector_;
    std::unique_ptr<Traffic> traffic_;
};

TEST_F(DiskFaultTest, AFullDiskEndsTheCaptureWithAWholeFileAndTrueCounts) {
    veth();
    const SmallDisk disk(place("disk"), 256 * 1024);
    Running running = start({.args = {"--unlimited"}, .output = disk.path() / "out.pcapng"});
    send_until_ended(running);
    const Ended ended = finish_failed(running, "No space left on device");
    EXPECT_THAT(ended.err, HasSubstr(std::to_string(ended.total("written"))));
    EXPECT_GT(ended.file.packets.size(), 100u);
    EXPECT_GT(ended.total("discarded"), 0u);
}

TEST_F(DiskFaultTest, AFullDiskEndsARotationToo) {
    veth();
    const SmallDisk disk(place("disk"), 256 * 1024);
    Running running = start({.args = {"--unlimited", "--file-size", "20k"}, .output = disk.path() / "out.pcapng"});
    send_until_ended(running);
    const Ended ended = finish_failed(running, "No space left on device");
    EXPECT_EQ(judge_files(ended), ended.total("written"));
    EXPECT_GT(ended.total("written"), 100u);
}

TEST_F(DiskFaultTest, MinFreeDiskEndsTheCaptureBeforeTheDiskIsFull) {
    veth();
    constexpr std::size_t kKeepFree = 2 << 20;
    // Besides what is kept free, xdpsift leaves 3 MiB for what it writes and reserves between two looks.
    const SmallDisk disk(place("disk"), 8 << 20);
    Running running = start({.args = {"--unlimited", "--min-free-disk", "2M"}, .output = disk.path() / "out.pcapng"});
    send_until_ended(running);
    const Ended ended = finish(running, 0);
    EXPECT_EQ(ended.stop_reason(), "disk_low");
    EXPECT_GT(ended.file.packets.size(), 100u);
    EXPECT_GE(std::filesystem::space(disk.path()).available, kKeepFree);
    EXPECT_TRUE(are_sent_frames(ended.file.packets, traffic()));
}

TEST_F(DiskFaultTest, TheLimitOfAFilesSizeIsAnErrorAndNoSignal) {
    veth();
    Running running = start({.args = {"--unlimited"}, .file_size_limit = 100'000});
    send_until_ended(running);
    const Ended ended = finish_failed(running, "File too large");
    EXPECT_THAT(ended.err, HasSubstr("--file-size"));
    EXPECT_LE(ended.bytes.size(), 100'000u);
    EXPECT_GT(ended.file.packets.size(), 80u);
}

TEST_F(DiskFaultTest, RotationStaysBelowTheLimitOfAFilesSize) {
    veth();
    Running running = start({.args = {"--file-size", "90k"}, .file_size_limit = 100'000});
    traffic().send(udp_frame(1000), 300);
    traffic().settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(judge_files(ended), 300u);
}

TEST_F(DiskFaultTest, NoRoomForAnyByteIsFoundBeforeAnythingIsAttached) {
    refused({.file_size_limit = 0}, 1, "File too large");
    refused({.args = {"--lock", place("lock")}, .ready_file = false, .file_size_limit = 0}, 1, "lock");
}

struct WriteError {
    const char* name;
    int error;
    const char* words;
};

class WriteErrorTest : public DiskFaultTest, public testing::WithParamInterface<WriteError> {};

// From some write on, each of them; amid a block, as a disk that fills up does.
TEST_P(WriteErrorTest, EndsTheCaptureWithAWholeFile) {
    veth();
    auto& injector = faults({SYS_write}, [](const SystemCall&, std::size_t nth) {
        return nth == 1 ? Answer::go_on() : nth == 2 ? Answer::write_in_part(1501) : Answer::fail(GetParam().error);
    });
    Running running = start({.args = {"--unlimited"}, .faults = &injector});
    arm();
    send_until_ended(running);
    const Ended ended = finish_failed(running, GetParam().words);
    EXPECT_THAT(ended.err, HasSubstr(running.output.string()));
    EXPECT_GT(ended.total("written"), 0u);
    EXPECT_GT(ended.total("discarded"), 0u);
    EXPECT_TRUE(injector.nobody_left(kEndDeadline));
}

INSTANTIATE_TEST_SUITE_P(Errors, WriteErrorTest,
                         testing::Values(WriteError{"Io", EIO, "Input/output error"},
                                         WriteError{"Quota", EDQUOT, "the disk quota is used up"},
                                         WriteError{"Gone", ENXIO, "No such device"},
                                         WriteError{"ReadOnly", EROFS, "Read-only file system"}),
                         [](const auto& instance) { return std::string(instance.param.name); });

// The statistics find room again.
TEST_F(DiskFaultTest, AnErrorThatPassesLeavesTheStatisticsInTheFile) {
    veth();
    auto& injector = faults({SYS_write}, [](const SystemCall&, std::size_t nth) {
        return nth == 2 ? Answer::write_in_part(1501) : nth == 3 ? Answer::fail(EIO) : Answer::go_on();
    });
    Running running = start({.args = {"--unlimited"}, .faults = &injector});
    arm();
    send_until_ended(running);
    EXPECT_EQ(finish_failed(running, "Input/output error").file.statistics.size(), 1u);
}

TEST_F(DiskFaultTest, AFileThatCannotBeCutBackEitherIsSaidToEndAmidAPacket) {
    veth();
    auto& injector = faults({SYS_write, SYS_ftruncate}, [](const SystemCall& call, std::size_t nth) {
        return call.number == SYS_write && nth == 1 ? Answer::write_in_part(1501) : Answer::fail(EIO);
    });
    Running running = start({.args = {"--unlimited"}, .summary = "", .faults = &injector});
    arm();
    send_until_ended(running);
    ASSERT_TRUE(running.process->wait_for(kEndDeadline));
    EXPECT_EQ(running.process->exit_status(), 1);
    EXPECT_THAT(running.process->err(), HasSubstr("the file may end amid a packet"));
    EXPECT_FALSE(attached_program(veth()));
}

TEST_F(DiskFaultTest, AnErrorThatOnlyClosingTellsIsAnError) {
    veth();
    auto& injector = faults({SYS_close}, [](const SystemCall&, std::size_t) { return Answer::fail(EDQUOT); });
    Running running = start({.faults = &injector});
    traffic().send(udp_frame(), 20);
    traffic().settle();
    arm();
    const Ended ended = interrupt(running, 1);
    EXPECT_THAT(ended.err, HasSubstr("cannot close"));
    EXPECT_EQ(ended.file.packets.size(), 20u);
}

// Neither is an error, however often it comes.
class PartialWriteTest : public DiskFaultTest, public testing::WithParamInterface<int> {};

TEST_P(PartialWriteTest, LosesNothing) {
    veth();
    auto& injector = faults({SYS_write}, [](const SystemCall&, std::size_t nth) {
        if (GetParam() != 0 && nth % 3 != 0) return Answer::fail(GetParam());
        return Answer::write_in_part(1 + nth * 7919 % 20'000);
    });
    Running running = start({.args = {"--unlimited", "--file-size", "300k"}, .faults = &injector});
    arm();
    traffic().send(udp_frame(1000), 1000);
    traffic().settle();
    const Ended ended = interrupt(running);
    EXPECT_EQ(ended.total("written"), 1000u);
    EXPECT_EQ(ended.total("ring_lost"), 0u);
    EXPECT_EQ(judge_files(ended), 1000u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, PartialWriteTest, testing::Values(0, EINTR),
                         [](const auto& instance) { return instance.param == 0 ? "Short" : "Interrupted"; });

// The folder of a rotation, which goes or is closed while the capture is live.
class FolderTest : public DiskFaultTest {
   protected:
    // Rotates once at least, then lets `fault` happen and goes on to the next file.
    Ended after(const std::function<void(const std::filesystem::path&)>& fault, std::vector<std::string> args = {}) {
        const auto folder = place("captures");
        std::filesystem::create_directory(folder);
        args.insert(args.end(), {"--unlimited", "--file-size", "20k"});
        veth();
        Running running = start({.args = args, .output = folder / "out.pcapng"});
        traffic().send(udp_frame(1000), 50);
        traffic().settle();
        EXPECT_TRUE(wait_until([&] { return std::filesystem::exists(folder / "out_00002.pcapng"); }, kEndDeadline));
        fault(folder);
        send_until_ended(running);
        Ended ended = finish(running, 1);
        EXPECT_EQ(ended.stop_reason(), "error");
        EXPECT_GT(ended.total("discarded"), 0u);
        EXPECT_THAT(ended.err, HasSubstr((folder / "out_0000").string()));
        return ended;
    }
};

TEST_F(FolderTest, ThatIsRemovedEndsTheCapture) {
    // Moved first: no next file is made in it while it is being emptied.
    const auto aside = place("aside");
    const Ended ended = after([&](const auto& folder) {
        std::filesystem::rename(folder, aside);
        std::filesystem::remove_all(aside);
    });
    EXPECT_THAT(ended.err, HasSubstr("No such file or directory"));
}

TEST_F(FolderTest, ThatIsMovedAwayKeepsItsFiles) {
    const auto aside = place("aside");
    const Ended ended = after([&](const auto& folder) { std::filesystem::rename(folder, aside); });
    EXPECT_THAT(ended.err, HasSubstr("No such file or directory"));
    std::size_t packets = 0;
    for (const auto& entry : std::filesystem::directory_iterator(aside)) {
        const PcapngFile file = read_pcapng(entry.path());
        EXPECT_EQ(file.statistics.size(), 1u) << entry.path();
        packets += file.packets.size();
    }
    EXPECT_EQ(packets, ended.total("written"));
}

TEST_F(FolderTest, ThatIsClosedToWritersEndsTheCapture) {
    using std::filesystem::perms;
    const Ended ended =
        after([](const auto& folder) { std::filesystem::permissions(folder, perms::owner_read | perms::owner_exec); });
    EXPECT_THAT(ended.err, HasSubstr("Permission denied"));
    EXPECT_EQ(judge_files(ended), ended.total("written"));
}

TEST_F(FolderTest, WhoseOldestFileCannotBeRemovedEndsTheCapture) {
    using std::filesystem::perms;
    const Ended ended =
        after([](const auto& folder) { std::filesystem::permissions(folder, perms::owner_read | perms::owner_exec); },
              {"--file-count", "2"});
    // Whichever comes next.
    EXPECT_THAT(ended.err, testing::AnyOf(HasSubstr("cannot delete"), HasSubstr("cannot open")));
    EXPECT_GT(judge_files(ended), 0u);
}

}  // namespace
}  // namespace xdpsift::e2e
