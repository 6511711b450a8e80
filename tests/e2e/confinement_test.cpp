// SPDX-License-Identifier: BSD-2-Clause
// The privileges of a running capture, seen from outside and tried in it, and that it does all of its work without
// them.
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "e2e/capture_fixture.h"
#include "harness/file_capabilities.h"
#include "harness/tracee.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;

constexpr const char* kNone = "0000000000000000";

const passwd& nobody() {
    const passwd* entry = ::getpwnam("nobody");
    if (entry == nullptr) throw HarnessError("there is no user nobody");
    return *entry;
}

uid_t owner_of(const std::filesystem::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_uid : ~uid_t{0};
}

bool landlock_is_there() {
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

class ConfinementTest : public CaptureTest {
   protected:
    // The first word of a line of /proc/PID/status.
    static std::string status(const Running& running, const std::string& name) {
        std::ifstream file("/proc/" + std::to_string(running.process->pid()) + "/status");
        for (std::string word; file >> word;)
            if (word == name + ":" && file >> word) return word;
        return "";
    }
    // The ready file appears just before.
    static bool becomes_confined(const Running& running) {
        return wait_until([&] { return status(running, "NoNewPrivs") == "1" && status(running, "Seccomp") == "2"; });
    }
    // A folder of nobody's, which others can reach.
    std::filesystem::path folder_of_nobody() const {
        std::filesystem::permissions(place(""), std::filesystem::perms::all);
        std::filesystem::create_directory(place("captures"));
        if (::chown(place("captures").c_str(), nobody().pw_uid, nobody().pw_gid) != 0) throw_errno("chown");
        return place("captures");
    }
    // The capture's, whose name has the time in it when files rotate.
    static std::filesystem::path file_in(const std::filesystem::path& folder) {
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            if (entry.path().extension() == ".pcapng") return entry.path();
        throw HarnessError("there is no capture in " + folder.string());
    }
    // Sends, and expects files that rotate, a summary and a closed ledger.
    void expect_rotation(Running& running) {
        Traffic traffic(veth());
        traffic.send(udp_frame(1000), 100);
        traffic.settle();
        running.process->signal(SIGUSR1);
        ASSERT_TRUE(wait_until([&] { return running.process->err().find("after ") != std::string::npos; }));
        const Ended ended = interrupt(running);
        EXPECT_EQ(ended.total("written"), 100u);
        const auto files = ended.summary["files"].get<std::vector<std::string>>();
        EXPECT_EQ(files.size(), 3u);
        for (const auto& file : files) EXPECT_TRUE(std::filesystem::exists(file)) << file;
    }
    static std::vector<std::string> rotating() {
        return {"-v", "--unlimited", "--file-size", "10k", "--file-count", "3", "--min-free-disk", "1M"};
    }
};

TEST_F(ConfinementTest, ALiveCaptureHasNoPrivilegesLeft) {
    veth();
    Running running = start({.args = {"-v"}});
    ASSERT_TRUE(becomes_confined(running)) << running.process->err();
    for (const auto* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
        EXPECT_EQ(status(running, set), kNone) << set;
    EXPECT_TRUE(attached_program(veth()));
    const Ended ended = interrupt(running);
    EXPECT_THAT(ended.err, HasSubstr("confined: no capabilities"));
    EXPECT_THAT(ended.err, HasSubstr("(seccomp)"));
    EXPECT_THAT(ended.err, HasSubstr(landlock_is_there() ? "files: none can be opened (Landlock"
                                                         : "files: not restricted, for this kernel has no Landlock"));
}

TEST_F(ConfinementTest, RootRotatesInItsOwnFolder) {
    veth();
    Running running = start({.args = rotating(), .output = "x-%H.pcapng"});
    ASSERT_TRUE(becomes_confined(running)) << running.process->err();
    expect_rotation(running);
}

TEST_F(ConfinementTest, RotationBelowAFolderWhoseNameVaries) {
    veth();
    std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    std::filesystem::create_directory(place(std::to_string(local.tm_year + 1900)));
    Running running = start({.args = rotating(), .output = "%Y/x.pcapng"});
    ASSERT_TRUE(becomes_confined(running)) << running.process->err();
    expect_rotation(running);
}

TEST_F(ConfinementTest, AnotherUserGoesOnAndOwnsTheFiles) {
    veth();
    const auto folder = folder_of_nobody();
    auto args = rotating();
    args.insert(args.end(), {"-Z", "nobody"});
    Running running = start({.args = args, .output = folder / "x.pcapng", .summary = folder / "summary.json"});
    ASSERT_TRUE(becomes_confined(running)) << running.process->err();
    EXPECT_EQ(status(running, "Uid"), std::to_string(nobody().pw_uid));
    EXPECT_EQ(status(running, "Gid"), std::to_string(nobody().pw_gid));
    EXPECT_EQ(status(running, "CapPrm"), kNone);
    EXPECT_EQ(status(running, "CapBnd"), kNone);
    expect_rotation(running);
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        EXPECT_EQ(owner_of(entry.path()), nobody().pw_uid) << entry.path();
}

TEST_F(ConfinementTest, AnotherUserGoesOnWithAPipe) {
    veth();
    Running running = start({.args = {"-Z", "nobody", "-c", "20"}, .output = "-"});
    Traffic traffic(veth());
    traffic.send(udp_frame(), 20);
    traffic.settle();
    EXPECT_EQ(finish(running).file.packets.size(), 20u);
}

TEST_F(ConfinementTest, AUserThatIsNotThereIsNamed) {
    refused({.args = {"-Z", "xdpsift-absent"}}, 2, "xdpsift-absent");
}

TEST_F(ConfinementTest, AFolderThatTheOtherUserMayNotWriteToIsFoundBeforeAnythingIsAttached) {
    std::filesystem::create_directory(place("private"));
    std::filesystem::permissions(place("private"), std::filesystem::perms::owner_all);
    refused({.args = {"-Z", "nobody"}, .output = place("private/x.pcapng")}, 1, "Permission denied");
}

// Root writes to other users' folders by a capability, which is gone when the second file is opened.
TEST_F(ConfinementTest, RotationInAnothersFolderIsRefusedWithAWayOut) {
    refused({.args = rotating(), .output = folder_of_nobody() / "x.pcapng"}, 1, "-Z nobody");
}

TEST_F(ConfinementTest, RunsWithoutRootByFileCapabilities) {
    if (!file_capabilities_work_in(place("")))
        GTEST_SKIP() << "the file system of " << place("") << " has no file capabilities";
    veth();
    // Before Linux 5.11 maps count against it.
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_MEMLOCK, &unlimited);
    std::vector<unsigned> capabilities = {CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON};
    // Debian's older kernels ask for more than CAP_PERFMON from 3 on.
    int paranoid = 0;
    std::ifstream("/proc/sys/kernel/perf_event_paranoid") >> paranoid;
    if (paranoid > 2) capabilities.push_back(CAP_SYS_ADMIN);
    auto args = rotating();
    args.insert(args.end(), {"--ring-size", "128k"});
    Running running = start({.args = args, .uid = nobody().pw_uid, .capabilities = capabilities});
    ASSERT_TRUE(becomes_confined(running)) << running.process->err();
    EXPECT_EQ(status(running, "Uid"), std::to_string(nobody().pw_uid));
    for (const auto* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) EXPECT_EQ(status(running, set), kNone) << set;
    expect_rotation(running);
}

TEST_F(ConfinementTest, TheCapabilitiesToBecomeAnotherUserAreNamed) {
    const Ended ended = refused({.args = {"-Z", "root"}, .uid = nobody().pw_uid}, 3, "CAP_SETUID");
    EXPECT_THAT(ended.err, HasSubstr("CAP_SETGID"));
}

// So many messages come while it stands still that the one that matters is lost.
TEST_F(ConfinementTest, TheEndOfTheInterfaceIsNoticedThoughItsMessageIsLost) {
    veth();
    Running running = start({.args = {"--unlimited"}});
    ASSERT_TRUE(becomes_confined(running)) << running.process->err();
    running.process->signal(SIGSTOP);
    std::string commands;
    for (int i = 0; i < 1000; i++)
        commands += std::string("link set dev ") + kReceiverInterface + " alias a" + std::to_string(i) + "\n";
    veth().receiver().ip(commands);
    veth().delete_receiver_interface();
    running.process->signal(SIGCONT);
    EXPECT_EQ(finish(running, 1).stop_reason(), "interface_gone");
}

#if defined(__x86_64__)

// Root owns the files here and needs no capability to write to them: only Landlock is in the way.
TEST_F(ConfinementTest, ALiveCaptureMakesFilesInTheOutputsFolderAlone) {
    if (!landlock_is_there()) GTEST_SKIP() << "this kernel has no Landlock, or it is off";
    const auto folder = place("captures");
    std::filesystem::create_directory(folder);
    file_with("kept", "");
    Running running = start({.args = {"-v", "--file-size", "1M"}, .output = folder / "x.pcapng"});
    ASSERT_TRUE(becomes_confined(running)) << running.process->err();
    Traffic traffic(veth());
    traffic.send(udp_frame(), 50);
    traffic.settle();
    {
        Tracee capture(running.process->pid());
        const auto open = [&](const std::filesystem::path& path, unsigned flags) {
            return capture.call(SYS_openat, {std::uint64_t(AT_FDCWD), capture.place(path), O_WRONLY | flags, 0600});
        };
        const auto remove = [&](const std::filesystem::path& path) {
            return capture.call(SYS_unlink, {capture.place(path)});
        };
        EXPECT_EQ(open("/etc/passwd", 0), -EACCES);
        EXPECT_EQ(open(place("kept"), 0), -EACCES);
        EXPECT_EQ(remove(place("kept")), -EACCES);
        EXPECT_EQ(open(place("beside"), O_CREAT), -EACCES);
        EXPECT_EQ(open(folder / "../beside", O_CREAT), -EACCES);
        EXPECT_FALSE(std::filesystem::exists(place("beside")));

        const auto fd = open(folder / "next", O_CREAT);
        ASSERT_GE(fd, 0);
        EXPECT_TRUE(std::filesystem::exists(folder / "next"));
        EXPECT_EQ(capture.call(SYS_close, {std::uint64_t(*fd)}), 0);
        EXPECT_EQ(remove(folder / "next"), 0);
    }
    traffic.send(udp_frame(), 50);
    traffic.settle();
    const Ended ended = interrupt(running);
    const auto path = file_in(folder);
    EXPECT_TRUE(are_sent_frames(read_pcapng(path).packets, traffic));
    EXPECT_EQ(ended.total("written"), 100u);
    EXPECT_TRUE(judges_accept(path, 100));
    EXPECT_THAT(ended.err, HasSubstr("files: written below '" + folder.string() + "' alone (Landlock"));
}

struct Attempt {
    const char* name;
    std::vector<std::string> args;
    std::optional<std::int64_t> (*call)(Tracee& capture);
};

class ForbiddenCallTest : public ConfinementTest, public testing::WithParamInterface<Attempt> {};

TEST_P(ForbiddenCallTest, EndsALiveCaptureThatLeavesAWholeFile) {
    // More than the writer holds back, and more than a header.
    constexpr std::size_t kFrames = 300;
    constexpr std::size_t kHeaderBytes = 4096;
    Running running = start({.args = GetParam().args});
    ASSERT_TRUE(becomes_confined(running)) << running.process->err();
    Traffic traffic(veth());
    traffic.send(udp_frame(1400), kFrames);
    traffic.settle();
    const auto path = file_in(running.output.parent_path());
    ASSERT_TRUE(wait_until([&] { return std::filesystem::file_size(path) > kHeaderBytes; }));
    end_at_once(running, [&] {
        Tracee capture(running.process->pid());
        EXPECT_EQ(GetParam().call(capture), std::nullopt) << "it returned";
        if (HasFailure()) running.process->signal(SIGKILL);
    });
    EXPECT_EQ(running.process->exit_status(), 128 + SIGSYS);
    // The link goes with the last reference to it, shortly after the process.
    EXPECT_TRUE(wait_until([&] { return !attached_program(veth()); })) << "still attached";
    const PcapngFile file = read_pcapng(path);
    EXPECT_FALSE(file.packets.empty());
    EXPECT_TRUE(are_sent_frames(file.packets, traffic));
    EXPECT_TRUE(judges_accept(path, file.packets.size()));
}

INSTANTIATE_TEST_SUITE_P(
    Calls, ForbiddenCallTest,
    testing::Values(Attempt{"Socket",
                            {},
                            [](Tracee& capture) {
                                return capture.call(SYS_socket, {AF_INET, SOCK_DGRAM, 0});
                            }},
                    Attempt{"AnotherBpfCommand",
                            {},
                            [](Tracee& capture) {
                                return capture.call(SYS_bpf, {BPF_MAP_CREATE, 0, 0});
                            }},
                    Attempt{"WritingAFileWithoutRotation",
                            {},
                            [](Tracee& capture) {
                                return capture.call(SYS_openat, {0, capture.place("/dev/null"), O_WRONLY, 0});
                            }},
                    Attempt{"ReadingAFileWithRotation",
                            {"--file-size", "10M"},
                            [](Tracee& capture) {
                                return capture.call(SYS_openat, {0, capture.place("/etc/passwd"), O_RDONLY, 0});
                            }}),
    [](const auto& instance) { return std::string(instance.param.name); });

#else

TEST_F(ConfinementTest, AttemptsOfALiveCapture) {
    GTEST_SKIP() << "a live capture's system calls are chosen for it on x86-64 alone";
}

#endif

}  // namespace
}  // namespace xdpsift::e2e
