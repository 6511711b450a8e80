// SPDX-License-Identifier: BSD-2-Clause
#include "e2e/capture_fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

#include "harness/file_capabilities.h"

namespace xdpsift::e2e {
namespace {

// Between the clock that a packet is stamped with and the one that the test reads.
constexpr std::uint64_t kClockSlackNs = 1'000'000;
constexpr std::size_t kUdpHeadersLen = 14 + 20 + 8;
constexpr std::size_t kEnoughFrames = 50'000;
constexpr std::uint16_t kWitnessPort = 49'999;  // of no other frame
constexpr std::uint32_t kPcapngMagic = 0x0A0D0D0A;

bool is_pcapng(const Bytes& bytes) {
    return bytes.size() >= 4 && bytes[0] == (kPcapngMagic & 0xff) && bytes[1] == 0x0d;
}

}  // namespace

std::string xdpsift_binary() {
    if (const char* path = std::getenv("XDPSIFT")) return path;
    return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "xdpsift").string();
}

VethPair& CaptureTest::veth(const VethOptions& options) {
    if (!veth_) veth_ = std::make_unique<VethPair>(options);
    return *veth_;
}

std::string CaptureTest::file_with(const std::string& name, const std::string& content) const {
    std::ofstream(place(name), std::ios::binary) << content;
    return place(name).string();
}

std::string CaptureTest::binary_for_anyone(const std::vector<unsigned>& capabilities) const {
    std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
    std::filesystem::copy_file(xdpsift_binary(), place("xdpsift"), std::filesystem::copy_options::overwrite_existing);
    if (!capabilities.empty() && !grant_file_capabilities(place("xdpsift"), capabilities))
        throw_errno("file capabilities for a copy of xdpsift");
    return place("xdpsift");
}

Running CaptureTest::spawn(const Invocation& invocation) {
    const auto in_folder = [this](const std::string& name) {
        return name == "-" || name.starts_with("/") ? std::filesystem::path(name) : place(name);
    };
    Running running{nullptr, in_folder(invocation.output), in_folder(invocation.summary)};
    ProcessOptions options;
    options.argv = {xdpsift_binary(), "capture", "-i", invocation.interface};
    if (!invocation.output.empty()) options.argv.insert(options.argv.end(), {"-w", running.output});
    if (!invocation.summary.empty()) options.argv.insert(options.argv.end(), {"--summary", running.summary});
    if (invocation.ready_file) options.argv.insert(options.argv.end(), {"--ready-file", place("ready")});
    options.argv.insert(options.argv.end(), invocation.args.begin(), invocation.args.end());
    // Taken before the child starts: asking for it makes the pair.
    const int netns_fd = veth().receiver().fd();
    if (invocation.uid) options.argv[0] = binary_for_anyone(invocation.capabilities);
    if (invocation.inside) options.netns_fd = netns_fd;
    options.uid = invocation.uid;
    options.stdout_fd = invocation.stdout_fd;
    options.stderr_fd = invocation.stderr_fd;
    options.faults = invocation.faults;
    options.file_size_limit = invocation.file_size_limit;
    std::filesystem::remove(place("ready"));
    running.process = std::make_unique<Process>(options);
    return running;
}

Running CaptureTest::start(const Invocation& invocation) {
    Running running = spawn(invocation);
    const auto ready = [&] { return std::filesystem::exists(place("ready")) || running.process->ended(); };
    const bool in_time = wait_until(ready);
    if (!in_time || !std::filesystem::exists(place("ready")))
        throw HarnessError("xdpsift did not become ready; it said: " + running.process->err());
    return running;
}

void CaptureTest::end_at_once(Running& running, const std::function<void()>& deadly) {
    const auto pid = running.process->pid();
    std::ifstream children("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
    std::vector<UniqueFd> guards;
    for (pid_t child = 0; children >> child;)
        guards.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    deadly();
    if (!running.process->wait_for(kEndDeadline)) throw HarnessError("xdpsift outlived what should have killed it");
    for (const auto& guard : guards) {
        pollfd ended{guard.get(), POLLIN, 0};
        if (::poll(&ended, 1, static_cast<int>(kEndDeadline.count())) != 1)
            throw HarnessError("the guard of the file's end outlived xdpsift");
    }
}

void CaptureTest::kill(Running& running) {
    end_at_once(running, [&] { running.process->signal(SIGKILL); });
}

Ended CaptureTest::collect(Running& running) {
    Ended ended;
    if (!running.process->wait_for(kEndDeadline)) throw HarnessError("xdpsift did not end: " + running.process->err());
    ended.exit_status = running.process->exit_status();
    ended.out = running.process->out();
    ended.err = running.process->err();
    if (std::filesystem::is_regular_file(running.summary)) {
        std::ifstream file(running.summary);
        ended.summary = nlohmann::json::parse(file, nullptr, false);
    } else if (running.summary == "-") {
        ended.summary = nlohmann::json::parse(ended.out, nullptr, false);
    }
    if (running.output == "-") {
        ended.bytes.assign(ended.out.begin(), ended.out.end());
    } else if (std::filesystem::is_regular_file(running.output)) {
        ended.bytes = read_bytes(running.output);
    }
    return ended;
}

void CaptureTest::expect_traffic() {
    Tap tap(veth(), Tap::At::arriving);
    Traffic traffic(veth());
    traffic.send(udp_frame(60, kWitnessPort, kWitnessPort));
    traffic.settle();
    const auto arrived = [&] {
        const auto frames = tap.frames();
        return std::find(frames.begin(), frames.end(), traffic.sent().back().bytes) != frames.end();
    };
    EXPECT_TRUE(wait_until(arrived)) << "traffic does not pass any more";
}

Ended CaptureTest::finish(Running& running, int exit_status) {
    Ended ended = collect(running);
    EXPECT_EQ(ended.exit_status, exit_status) << ended.err;
    EXPECT_FALSE(attached_program(veth())) << "the XDP program outlived its capture";
    EXPECT_TRUE(ended.summary.is_object()) << "no summary; standard error says: " << ended.err;
    if (!ended.summary.is_object()) return ended;
    if (ended.stop_reason() != "interface_gone") expect_traffic();
    EXPECT_TRUE(ledger_closes(ended.summary));
    const auto files = ended.summary.value("files", std::vector<std::string>());
    const bool named = std::find(files.begin(), files.end(), running.output.string()) != files.end();
    EXPECT_FALSE(named && running.output != "-" && ended.bytes.empty()) << running.output << " is not there";
    if (is_pcapng(ended.bytes)) {
        ended.file = parse_pcapng(ended.bytes);
        EXPECT_EQ(ended.file.packets.size(), ended.total("written"));
        if (running.output == "-")
            EXPECT_TRUE(tcpdump_accepts_stream(ended.out, ended.file.packets.size()));
        else
            EXPECT_TRUE(judges_accept(running.output, ended.file.packets.size()));
    }
    return ended;
}

void CaptureTest::send_until_ended(Traffic& traffic, Running& running, const Bytes& frame) {
    while (!running.process->ended() && traffic.count() < kEnoughFrames) {
        try {
            traffic.send(frame, 100);
            traffic.settle();
        } catch (const HarnessError&) {
            // A veth loses what stands in its queue when native mode ends.
            if (!running.process->ended()) throw;
        }
    }
}

Ended CaptureTest::interrupt(Running& running, int exit_status) {
    running.process->signal(SIGINT);
    return finish(running, exit_status);
}

Ended CaptureTest::refused(const Invocation& invocation, int exit_status, const std::string& words) {
    const auto before = attached_program(veth());
    Running running = spawn(invocation);
    Ended ended = collect(running);
    EXPECT_EQ(ended.exit_status, exit_status) << ended.err;
    EXPECT_THAT(ended.err, testing::HasSubstr(words));
    EXPECT_FALSE(std::filesystem::exists(place("ready"))) << "it claimed to be live";
    EXPECT_FALSE(std::filesystem::is_regular_file(running.output)) << "an output was left behind";
    EXPECT_FALSE(std::filesystem::is_regular_file(running.summary)) << "a summary was left behind";
    const auto after = attached_program(veth());
    EXPECT_EQ(before.has_value(), after.has_value()) << "the hook is not as it was";
    expect_traffic();
    return ended;
}

testing::AssertionResult are_sent_frames(const std::vector<PcapngPacket>& packets, const Traffic& traffic,
                                         std::size_t snaplen) {
    std::set<std::uint32_t> met;
    std::uint64_t last_ns = 0;
    const std::uint64_t now_ns = realtime_ns();
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const PcapngPacket& packet = packets[i];
        const auto wrong = [i](const std::string& what) {
            return testing::AssertionFailure() << "packet " << i << " of the file: " << what;
        };
        const std::uint32_t number = Traffic::number_of(packet.data);
        if (number >= traffic.sent().size()) return wrong("was never sent");
        if (!met.insert(number).second) return wrong("is there twice");
        const SentFrame& sent = traffic.sent()[number];
        const std::size_t kept = snaplen == 0 ? sent.bytes.size() : std::min(snaplen, sent.bytes.size());
        if (packet.original_len != sent.bytes.size()) return wrong("has another original length than was sent");
        if (packet.data.size() != kept) return wrong("has " + std::to_string(packet.data.size()) + " bytes kept");
        if (!std::equal(packet.data.begin(), packet.data.end(), sent.bytes.begin())) return wrong("has other bytes");
        if (packet.time_ns < last_ns) return wrong("is stamped before the one in front of it");
        if (packet.time_ns + kClockSlackNs < sent.time_ns || packet.time_ns > now_ns + kClockSlackNs)
            return wrong("is stamped " + std::to_string(packet.time_ns) + ", sent at " + std::to_string(sent.time_ns));
        last_ns = packet.time_ns;
    }
    return testing::AssertionSuccess();
}

std::vector<std::uint32_t> numbers(const std::vector<PcapngPacket>& packets) {
    std::vector<std::uint32_t> out;
    for (const PcapngPacket& packet : packets) out.push_back(Traffic::number_of(packet.data));
    return out;
}

Bytes udp_frame(std::size_t frame_len, std::uint16_t sport, std::uint16_t dport) {
    return (Ethernet() / Ipv4(kSenderIpv4, kReceiverIpv4) / Udp(sport, dport) / payload(frame_len - kUdpHeadersLen))
        .build();
}

}  // namespace xdpsift::e2e
