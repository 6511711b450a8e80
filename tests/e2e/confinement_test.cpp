// SPDX-License-Identifier: BSD-2-Clause
// The privileges of a running capture, seen from outside, and that it does all of its work without them. What it may
// not do is tried by the unit tests of the same code.
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "e2e/capture_fixture.h"
#include "harness/file_capabilities.h"

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

}  // namespace
}  // namespace xdpsift::e2e
