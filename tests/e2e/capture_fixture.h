// SPDX-License-Identifier: BSD-2-Clause
// What every end-to-end test does: start `xdpsift capture` on a veth pair, wait until it is live, send, end it, and
// have its file, its summary and its exit judged.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/fault_injector.h"
#include "harness/judges.h"
#include "harness/ledger_check.h"
#include "harness/namespaces.h"
#include "harness/packet_builder.h"
#include "harness/pcapng_reader.h"
#include "harness/process.h"
#include "harness/scratch.h"
#include "harness/sockets.h"
#include "harness/traffic.h"
#include "harness/xdp_hook.h"

namespace xdpsift::e2e {

using namespace harness;

inline constexpr auto kEndDeadline = kPatience;

// $XDPSIFT, else the xdpsift that stands beside this test's own binary.
std::string xdpsift_binary();

struct Invocation {
    std::vector<std::string> args = {};    // beside -i, -w, --summary and --ready-file
    std::string output = "out.pcapng";     // in the test's folder, unless absolute or "-"; empty: no -w
    std::string summary = "summary.json";  // likewise; empty: no --summary
    std::string interface = kReceiverInterface;
    bool inside = true;  // started in the receiver's namespace
    bool ready_file = true;
    std::optional<uid_t> uid = {};
    std::vector<unsigned> capabilities = {};  // of the binary's file, for `uid`
    int stdout_fd = -1;
    int stderr_fd = -1;
    FaultInjector* faults = nullptr;
    std::optional<std::uint64_t> file_size_limit = {};
};

// A capture on its way.
struct Running {
    std::unique_ptr<Process> process;
    std::filesystem::path output;
    std::filesystem::path summary;
};

// A capture that has ended.
struct Ended {
    int exit_status = -1;
    std::string out;
    std::string err;
    nlohmann::json summary;  // null when there is none
    Bytes bytes;             // of the file
    PcapngFile file;         // empty unless it is pcapng
    std::string stop_reason() const { return summary.value("stop_reason", ""); }
    std::uint64_t total(const std::string& counter) const {
        return summary["totals"].value(counter, ~std::uint64_t{0});
    }
};

class CaptureTest : public testing::Test {
   protected:
    // Made at its first use; `options` count only then.
    VethPair& veth(const VethOptions& options = {});
    std::filesystem::path place(const std::string& name) const { return folder_.path() / name; }
    std::string file_with(const std::string& name, const std::string& content) const;

    // Spawns, and no more.
    Running spawn(const Invocation& invocation);
    // Spawns and waits until the hook is live; throws when it ends instead.
    Running start(const Invocation& invocation = {});
    // Waits for the end; exit status, ledger, the file by all judges, that the hook is free again and that traffic
    // passes, unless the interface is gone.
    Ended finish(Running& running, int exit_status = 0);
    // Sends until the capture ends by itself, or in vain.
    static void send_until_ended(Traffic& traffic, Running& running, const Bytes& frame);
    // SIGINT, then finish().
    Ended interrupt(Running& running, int exit_status = 0);
    // A frame goes through the interface and as far as its stack.
    void expect_traffic();
    // Does what ends it at once; returns when the process and the guard of its file's end are gone.
    static void end_at_once(Running& running, const std::function<void()>& deadly);
    // By SIGKILL.
    static void kill(Running& running);
    // For runs that end before they capture: waits, and expects that nothing is attached, nothing left behind, no
    // word missing and traffic as it was.
    Ended refused(const Invocation& invocation, int exit_status, const std::string& words);

   private:
    // A copy of the binary that another user can reach, with file capabilities.
    std::string binary_for_anyone(const std::vector<unsigned>& capabilities) const;
    Ended collect(Running& running);

    ScratchFolder folder_;
    std::unique_ptr<VethPair> veth_;
};

// For what both kinds of ring have to do alike: INSTANTIATE_TEST_SUITE_P(Rings, ..., kEachRing, name_of_ring).
class RingTest : public CaptureTest, public testing::WithParamInterface<const char*> {
   protected:
    // `args` and the kind of ring.
    static std::vector<std::string> through_ring(std::vector<std::string> args = {}) {
        args.insert(args.end(), {"--ring", GetParam()});
        return args;
    }
};
inline const auto kEachRing = testing::Values("perf", "bpf");
inline std::string name_of_ring(const testing::TestParamInfo<const char*>& info) { return info.param; }

// The file's packets are frames that were sent, whole up to `snaplen` (0: all), none twice, stamped not before they
// were sent, and in the order of their time.
testing::AssertionResult are_sent_frames(const std::vector<PcapngPacket>& packets, const Traffic& traffic,
                                         std::size_t snaplen = 0);
// The numbers of the frames, in the file's order.
std::vector<std::uint32_t> numbers(const std::vector<PcapngPacket>& packets);

// A UDP frame from xs0 to xs1 of `frame_len` bytes (at least 50).
Bytes udp_frame(std::size_t frame_len = 100, std::uint16_t sport = 40000, std::uint16_t dport = 50000);

}  // namespace xdpsift::e2e
