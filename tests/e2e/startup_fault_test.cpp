// SPDX-License-Identifier: BSD-2-Clause
// Each system call of a start, failing in its turn: the capture says what is wrong and leaves nothing behind, or it
// works all the same. And kernels that lack or refuse something.
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <fstream>

#include "e2e/capture_fixture.h"
#include "harness/repetitions.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;

constexpr std::size_t kFrames = 3;
constexpr std::uint32_t kFewInstructions = 50;

// A kind of call, and how it fails.
struct Kind {
    const char* name;
    std::vector<int> numbers;
    int error;
    const char* ring = "perf";
};

class StartupFaultTest : public CaptureTest {
   protected:
    // A capture that makes use of all it has: rotation, summary, ready file, lock, a list that does not go inline.
    Running start_up(FaultInjector& faults, bool& live, const std::string& ring) {
        for (const auto& entry : std::filesystem::directory_iterator(place(""))) std::filesystem::remove(entry.path());
        Running running = spawn({.args = {"--ring", ring, "--file-size", "1M", "--lock", place("lock"), "--src",
                                          "10.0.0.0/30,10.1.0.0/30,10.2.0.0/30,10.3.0.0/30,10.4.0.0/30,10.5.0.0/30,"
                                          "10.6.0.0/30,10.7.0.0/30,10.8.0.0/30,10.9.0.0/30,192.0.2.0/30"},
                                 .faults = &faults});
        live = false;
        const auto decided = [&] {
            live = std::filesystem::exists(place("ready"));
            return live || running.process->ended();
        };
        if (!wait_until(decided, kEndDeadline)) throw HarnessError("neither live nor ended: " + running.process->err());
        return running;
    }
    // What stands in the folder beside the lock, which outlives its process.
    std::vector<std::string> left_behind() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(place("")))
            if (entry.path().filename() != "lock") names.push_back(entry.path().filename());
        return names;
    }
    // Whole files, and their packets in all.
    std::size_t packets_in_files() const {
        std::size_t packets = 0;
        for (const auto& entry : std::filesystem::directory_iterator(place("")))
            if (entry.path().extension() == ".pcapng") packets += read_pcapng(entry.path()).packets.size();
        return packets;
    }
};

class EachCallTest : public StartupFaultTest, public testing::WithParamInterface<Kind> {
   protected:
    // One capture in which the n-th call fails. False when there is no n-th.
    bool capture_without(std::size_t nth) {
        std::atomic<bool> hit = false;
        std::atomic<bool> by_loader = false;
        FaultInjector faults(GetParam().numbers, [&](const SystemCall& call) {
            if (call.nth != nth) return Answer::go_on();
            hit = true;
            by_loader = call.by_loader();
            return Answer::fail(GetParam().error);
        });
        bool live = false;
        Running running = start_up(faults, live, GetParam().ring);
        if (live) {
            const auto before = veth().delivered();
            Traffic(veth()).send(udp_frame(), kFrames);
            // One that ends already may take them along.
            EXPECT_TRUE(wait_until([&] { return veth().delivered() >= before + kFrames || running.process->ended(); },
                                   kEndDeadline));
            if (!running.process->ended()) running.process->signal(SIGINT);
        }
        EXPECT_TRUE(running.process->wait_for(kEndDeadline)) << running.process->err();
        judge(*running.process, live, by_loader);
        running.process.reset();
        EXPECT_TRUE(faults.nobody_left(kEndDeadline)) << "something that it started lives on";
        // The link goes with the last reference to it.
        EXPECT_TRUE(wait_until([this] { return !attached_program(veth()); }, kEndDeadline)) << "still attached";
        Traffic traffic(veth());
        traffic.send(udp_frame());
        traffic.settle();
        return hit;
    }
    void judge(const Process& process, bool live, bool by_loader) const {
        const int status = process.exit_status();
        const std::string err = process.err();
        // How ld.so ends without what it asked for is its own affair, and main() has not begun.
        if (by_loader && status != 0) {
            EXPECT_FALSE(live) << err;
            EXPECT_THAT(left_behind(), testing::IsEmpty()) << err;
            return;
        }
        EXPECT_LE(status, 5) << err;
        EXPECT_NE(status, 2) << err;
        EXPECT_THAT(err, HasSubstr("xdpsift: "));
        EXPECT_THAT(err, Not(HasSubstr("unexpected"))) << "an exception ended it";
        std::ifstream file(place("summary.json"));
        const auto summary = nlohmann::json::parse(file, nullptr, false);
        if (!live) {
            EXPECT_NE(status, 0);
            EXPECT_THAT(left_behind(), testing::IsEmpty()) << err;
        } else if (status == 0 || summary.is_object()) {
            EXPECT_TRUE(ledger_closes(summary));
            EXPECT_EQ(packets_in_files(), summary["totals"].value("written", ~std::size_t{0}));
        }
        if (status == 0) {
            EXPECT_EQ(packets_in_files(), kFrames);
        }
    }
};

TEST_P(EachCallTest, ThatFailsIsToldOrDoesNoHarm) {
    veth();
    std::size_t met = 0;
    for (std::size_t nth = 1;; nth += stride(), met++) {
        SCOPED_TRACE("call " + std::to_string(nth));
        if (!capture_without(nth)) break;
        if (HasFailure()) return;
    }
    EXPECT_GT(met, 0u) << "no such call is made: the test tests nothing";
}

INSTANTIATE_TEST_SUITE_P(
    Calls, EachCallTest,
    testing::Values(Kind{"Open", {SYS_openat}, EMFILE}, Kind{"Mmap", {SYS_mmap}, ENOMEM},
                    Kind{"Fork", {SYS_clone, SYS_clone3}, EAGAIN}, Kind{"Bpf", {SYS_bpf}, ENOMEM},
                    Kind{"BpfOfABpfRing", {SYS_bpf}, ENOMEM, "bpf"}, Kind{"MmapOfABpfRing", {SYS_mmap}, ENOMEM, "bpf"},
                    Kind{"PerfEventOpen", {SYS_perf_event_open}, EMFILE},
                    Kind{"Sockets", {SYS_socket, SYS_socketpair, SYS_bind, SYS_sendto, SYS_recvmsg}, ENOBUFS},
                    Kind{"Waiting", {SYS_epoll_create1, SYS_epoll_ctl, SYS_timerfd_create, SYS_signalfd4}, ENOMEM},
                    Kind{"Read", {SYS_read}, EIO}, Kind{"Write", {SYS_write}, EIO},
                    Kind{"Files", {SYS_fcntl, SYS_ftruncate, SYS_rename, SYS_fstatfs, SYS_faccessat2}, EIO},
                    Kind{"Descriptors",
                         {SYS_close_range, SYS_dup2, SYS_dup3, SYS_setsid, SYS_setresuid, SYS_setresgid, SYS_sendmsg,
                          SYS_flock, SYS_setsockopt, SYS_getsockname, SYS_timerfd_settime, SYS_prlimit64},
                         ENOSYS},
                    Kind{"Prctl", {SYS_prctl}, EPERM},
                    Kind{"Confinement",
                         {SYS_capset, SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self,
                          SYS_seccomp},
                         ENOMEM}),
    [](const auto& instance) { return std::string(instance.param.name); });

bpf_attr attributes_of(const SystemCall& call) {
    bpf_attr attributes{};
    call.read(1, &attributes, std::min<std::size_t>(call.arguments[2], sizeof(attributes)));
    return attributes;
}

using KernelFaultTest = StartupFaultTest;

TEST_F(KernelFaultTest, WithoutItsBtfACaptureRuns) {
    veth();
    FaultInjector faults({SYS_openat, SYS_access, SYS_faccessat, SYS_faccessat2, SYS_newfstatat},
                         [](const SystemCall& call) {
                             const std::size_t path = call.number == SYS_access ? 0 : 1;
                             const bool btf = call.text(path).find("vmlinux") != std::string::npos;
                             return btf ? Answer::fail(ENOENT) : Answer::go_on();
                         });
    Running running = start({.faults = &faults});
    Traffic traffic(veth());
    traffic.send(udp_frame(), kFrames);
    traffic.settle();
    EXPECT_EQ(interrupt(running).file.packets.size(), kFrames);
    // Only one child each.
    std::atomic<bool> asked = false;
    FaultInjector doctor_faults({SYS_access, SYS_faccessat, SYS_faccessat2}, [&](const SystemCall& call) {
        if (call.text(call.number == SYS_access ? 0 : 1) != "/sys/kernel/btf/vmlinux") return Answer::go_on();
        asked = true;
        return Answer::fail(ENOENT);
    });
    Process doctor({.argv = {xdpsift_binary(), "doctor"}, .faults = &doctor_faults});
    ASSERT_TRUE(doctor.wait_for(kEndDeadline));
    EXPECT_TRUE(asked);
    EXPECT_EQ(doctor.exit_status(), 0) << doctor.out();
    EXPECT_THAT(doctor.out(), HasSubstr("absent, and not needed"));
}

// The program's own BTF, which says where the lock of the budget is.
TEST_F(KernelFaultTest, ThatTakesNoBtfIsToldSo) {
    FaultInjector faults({SYS_bpf}, [](const SystemCall& call) {
        return call.arguments[0] == BPF_BTF_LOAD ? Answer::fail(EINVAL) : Answer::go_on();
    });
    refused({.faults = &faults}, 5, "BTF");
    EXPECT_TRUE(faults.nobody_left(kEndDeadline));
}

TEST_F(KernelFaultTest, WithoutBpfIsToldSo) {
    FaultInjector faults({SYS_bpf}, [](const SystemCall&) { return Answer::fail(ENOSYS); });
    refused({.faults = &faults}, 5, "no bpf(2) system call");
}

TEST_F(KernelFaultTest, WithoutBpfRingsIsToldSo) {
    FaultInjector faults({SYS_bpf}, [](const SystemCall& call) {
        if (call.arguments[0] != BPF_MAP_CREATE) return Answer::go_on();
        return attributes_of(call).map_type == BPF_MAP_TYPE_RINGBUF ? Answer::fail(EINVAL) : Answer::go_on();
    });
    refused({.args = {"--ring", "bpf"}, .faults = &faults}, 5, "no BPF ring buffer");
    EXPECT_TRUE(faults.nobody_left(kEndDeadline));
}

TEST_F(KernelFaultTest, WithoutPerfEventsABpfRingDoes) {
    veth();
    FaultInjector faults({SYS_perf_event_open}, [](const SystemCall&) { return Answer::fail(EACCES); });
    refused({.faults = &faults}, 3, "--ring bpf does without");
    FaultInjector same_faults({SYS_perf_event_open}, [](const SystemCall&) { return Answer::fail(EACCES); });
    Running running = start({.args = {"--ring", "bpf"}, .faults = &same_faults});
    Traffic traffic(veth());
    traffic.send(udp_frame(), kFrames);
    traffic.settle();
    EXPECT_EQ(interrupt(running).file.packets.size(), kFrames);
}

TEST_F(KernelFaultTest, WhosePolicyForbidsBpfIsToldSo) {
    FaultInjector faults({SYS_bpf}, [](const SystemCall& call) {
        return call.arguments[0] == BPF_PROG_LOAD ? Answer::fail(EPERM) : Answer::go_on();
    });
    refused({.faults = &faults}, 3, "lockdown");
}

class RefusalTest : public StartupFaultTest {
   protected:
    // The verifier's answer to the program, with its log; libbpf's trials of the kernel, of a few instructions, pass.
    Ended refused_by_verifier(const std::vector<std::string>& args) {
        static constexpr std::string_view kLog =
            "0: (61) r2 = *(u32 *)(r1 +4)\nR7 invalid mem access 'scalar'\nprocessed 12 insns (limit 1000000)\n";
        FaultInjector faults({SYS_bpf}, [](const SystemCall& call) {
            if (call.arguments[0] != BPF_PROG_LOAD) return Answer::go_on();
            const bpf_attr attributes = attributes_of(call);
            if (attributes.insn_cnt < kFewInstructions) return Answer::go_on();
            if (attributes.log_level != 0 && attributes.log_size > kLog.size())
                call.write_memory(attributes.log_buf, kLog.data(), kLog.size() + 1);
            return Answer::fail(EACCES);
        });
        return refused({.args = args, .faults = &faults}, 5, "verifier refuses the program: R7 invalid mem access");
    }
};

TEST_F(RefusalTest, ByTheVerifierIsASentence) {
    const Ended ended = refused_by_verifier({});
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("-v shows its log"));
}

TEST_F(RefusalTest, ByTheVerifierShowsItsLogWhereThatIsAskedFor) {
    EXPECT_THAT(refused_by_verifier({"-v"}).err, HasSubstr("(61) r2 = *(u32 *)(r1 +4)"));
}

}  // namespace
}  // namespace xdpsift::e2e
