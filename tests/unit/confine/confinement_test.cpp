// SPDX-License-Identifier: BSD-2-Clause
// What a confined process cannot do any more, and what it can: tried, and seen from outside.
#include "confine/confinement.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <memory>

#include "child.h"

namespace xdpsift::confine {
namespace {

constexpr int kKilled = 128 + SIGSYS;
constexpr int kDone = 0;

int outcome(long result) { return result < 0 ? errno : kDone; }

TEST(Confinement, LeavesNoCapabilityAndNoWayToOne) {
    for (const auto* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
        EXPECT_EQ(status_of_confined(set), "0000000000000000") << set;
    EXPECT_EQ(status_of_confined("NoNewPrivs"), "1");
    // Emptying the bounding set takes CAP_SETPCAP.
    if (::geteuid() == 0) {
        EXPECT_EQ(status_of_confined("CapBnd"), "0000000000000000");
    }
}

class SystemCallTest : public testing::Test {
   protected:
    void SetUp() override {
        if (!offer().system_calls) GTEST_SKIP() << "this kernel has no seccomp filters";
    }
};

TEST_F(SystemCallTest, AreFiltered) { EXPECT_EQ(status_of_confined("Seccomp"), "2"); }

struct Forbidden {
    const char* name;
    int (*attempt)();
};

class ForbiddenCallTest : public SystemCallTest, public testing::WithParamInterface<Forbidden> {};

TEST_P(ForbiddenCallTest, EndsTheProcess) {
    const TemporaryFolder folder;
    EXPECT_EQ(confined(folder.path(), GetParam().attempt), kKilled);
    EXPECT_EQ(confined("", GetParam().attempt), kKilled);
}

const Forbidden kForbidden[] = {
    {"OpenForReading", [] { return outcome(::open("/etc/passwd", O_RDONLY)); }},
    {"OpenForBoth", [] { return outcome(::open("/dev/null", O_RDWR)); }},
    {"Socket", [] { return outcome(::socket(AF_INET, SOCK_STREAM, 0)); }},
    {"Execute", [] { return outcome(::execl("/bin/true", "true", nullptr)); }},
    {"Fork", [] { return outcome(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0)); }},
    {"Kill", [] { return outcome(::kill(::getppid(), 0)); }},
    {"Trace", [] { return outcome(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
    {"SetUser", [] { return outcome(::setuid(0)); }},
    {"Rename", [] { return outcome(::rename("/nonexistent", "/tmp/nonexistent")); }},
    {"ChangeMode", [] { return outcome(::chmod("/nonexistent", 0777)); }},
    {"Namespace", [] { return outcome(::syscall(SYS_unshare, 0)); }},
    {"ExecutableMemory",
     [] {
         return outcome(
             ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
     }},
    {"MakeMemoryExecutable", [] { return outcome(::mprotect(nullptr, 4096, PROT_EXEC)); }},
    {"TerminalInput", [] { return outcome(::syscall(SYS_ioctl, STDERR_FILENO, 0x5412 /* TIOCSTI */, "x")); }},
    {"BpfMap",
     [] {
         bpf_attr attributes{};
         attributes.map_type = BPF_MAP_TYPE_ARRAY;
         return outcome(::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)));
     }},
    {"PerfEvent", [] { return outcome(::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0)); }},
};

INSTANTIATE_TEST_SUITE_P(Calls, ForbiddenCallTest, testing::ValuesIn(kForbidden),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST_F(SystemCallTest, WithoutFurtherFilesNoneIsOpenedOrRemoved) {
    EXPECT_EQ(confined("", [] { return outcome(::open("/dev/null", O_WRONLY)); }), kKilled);
    EXPECT_EQ(confined("", [] { return outcome(::unlink("/nonexistent")); }), kKilled);
}

// The one command of bpf(2) that ends a capture's hook; the kernel judges the rest.
TEST_F(SystemCallTest, ALinkCanBeDetached) {
    const int end = confined("", [] {
        bpf_attr attributes{};
        attributes.link_detach.link_fd = ~0u;
        return outcome(::syscall(SYS_bpf, BPF_LINK_DETACH, &attributes, sizeof(attributes)));
    });
    EXPECT_THAT(end, testing::AnyOf(EBADF, EPERM));
}

TEST_F(SystemCallTest, MemoryTimeAndNamesGoOn) {
    EXPECT_EQ(confined("",
                       [] {
                           const auto large = std::make_unique<std::array<char, 64 << 20>>();
                           (*large)[12345] = 1;
                           const std::time_t now = std::time(nullptr);
                           std::tm local{};
                           std::array<char, 64> text{};
                           ::localtime_r(&now, &local);
                           // Would look at /etc/localtime, each time.
                           if (std::strftime(text.data(), text.size(), "%F %T %Z", &local) == 0) return 1;
                           const timespec moment{0, 1000};
                           return outcome(::nanosleep(&moment, nullptr));
                       }),
              kDone);
}

class FileRulesTest : public testing::Test {
   protected:
    void SetUp() override {
        if (offer().landlock_version == 0) GTEST_SKIP() << "this kernel has no Landlock, or it is off";
    }
    // Creates and cuts a file in a folder of the caller's.
    static int create(const std::filesystem::path& path) {
        return outcome(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
    }
};

TEST_F(FileRulesTest, FilesAreMadeCutAndRemovedBelowTheFolderAlone) {
    const TemporaryFolder folder;
    const TemporaryFolder other;
    std::filesystem::create_directory(folder.path() / "below");
    for (const auto& file : {folder.path() / "a", folder.path() / "a", folder.path() / "below/b"})
        EXPECT_EQ(confined(folder.path(), [&] { return create(file); }), kDone) << file;
    EXPECT_EQ(confined(folder.path(), [&] { return outcome(::unlink((folder.path() / "a").c_str())); }), kDone);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "a"));

    EXPECT_EQ(confined(folder.path(), [&] { return create(other.path() / "new"); }), EACCES);
    EXPECT_EQ(confined(folder.path(), [&] { return create(folder.path() / ".." / "xdpsift-new"); }), EACCES);
    EXPECT_EQ(create(other.path() / "old"), kDone);
    EXPECT_EQ(confined(folder.path(), [&] { return create(other.path() / "old"); }), EACCES);
    EXPECT_EQ(confined(folder.path(), [&] { return outcome(::unlink((other.path() / "old").c_str())); }), EACCES);
    EXPECT_TRUE(std::filesystem::exists(other.path() / "old"));
}

TEST_F(FileRulesTest, ALinkInTheFolderLeadsNowhere) {
    const TemporaryFolder folder;
    const TemporaryFolder other;
    std::filesystem::create_symlink(other.path() / "target", folder.path() / "link");
    EXPECT_EQ(confined(folder.path(), [&] { return create(folder.path() / "link"); }), EACCES);
    EXPECT_FALSE(std::filesystem::exists(other.path() / "target"));
}

TEST_F(FileRulesTest, AFolderThatIsNotThereIsFoundBefore) {
    const auto confinement = Confinement::prepare({{}, "/nonexistent/folder"});
    ASSERT_FALSE(confinement);
    EXPECT_THAT(confinement.error().message, testing::HasSubstr("/nonexistent/folder"));
}

}  // namespace
}  // namespace xdpsift::confine
