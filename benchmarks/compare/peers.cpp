// SPDX-License-Identifier: BSD-2-Clause
#include "compare/peers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace xdpsift::compare {
namespace {

using std::chrono::milliseconds;
using Words = std::vector<std::string>;

constexpr std::uint32_t kWholePacket = 262'144;  // what libpcap's tools take for it
constexpr std::uint32_t kKibOfAMib = 1'024;
// tcpdump and dumpcap read AF_PACKET by blocks: one that is not full is handed over after up to a second.
constexpr milliseconds kBlockSettle{1'500};

std::string expression(Scenario scenario) { return scenario == Scenario::none ? "udp port 53" : "udp"; }
std::uint32_t snaplen_of(const CaptureJob& job) { return job.snaplen == 0 ? kWholePacket : job.snaplen; }

Words xdpsift_command(const CaptureJob& job, const std::string& ring) {
    Words command{job.program,
                  "capture",
                  "-i",
                  job.interface,
                  "-s",
                  std::to_string(job.snaplen),
                  "--unlimited",
                  "-w",
                  job.file,
                  "--summary",
                  job.summary_file(),
                  "--ready-file",
                  job.ready_file(),
                  "--ring-size",
                  fmt::format("{}K", job.ring_kib),
                  "--proto",
                  "udp"};
    if (!ring.empty()) command.insert(command.end(), {"--ring", ring});
    if (job.scenario == Scenario::none) command.insert(command.end(), {"--port", "53"});
    if (job.scenario == Scenario::sample)
        command.insert(command.end(), {"--sample-rate", std::to_string(kSampleRate), "--seed", "1"});
    return command;
}

// -Z root: else it gives up root and cannot write into the directory.
Words tcpdump_command(const CaptureJob& job) {
    return {job.program,
            "-i",
            job.interface,
            "-n",
            "-Z",
            "root",
            "-s",
            std::to_string(snaplen_of(job)),
            "-B",
            std::to_string(job.ring_kib),
            "-w",
            job.file,
            expression(job.scenario)};
}

Words dumpcap_command(const CaptureJob& job) {
    return {job.program, "-q",
            "-i",        job.interface,
            "-s",        std::to_string(snaplen_of(job)),
            "-B",        std::to_string(std::max(job.ring_kib / kKibOfAMib, 1U)),
            "-w",        job.file,
            "-f",        expression(job.scenario)};
}

// Its ring has 1 MiB for each CPU and no option. A program of its own is loaded, since the hook is free.
Words xdpdump_command(const CaptureJob& job) {
    return {job.program,    "-i",    job.interface, "--load-xdp-program",
            "--rx-capture", "entry", "-s",          std::to_string(snaplen_of(job)),
            "-w",           job.file};
}

// -A and -Q: it leaves the machine's settings alone.
Words netsniff_command(const CaptureJob& job) {
    return {job.program,
            "--in",
            job.interface,
            "--out",
            job.file,
            "--silent",
            "-A",
            "-Q",
            "--ring-size",
            fmt::format("{}KiB", job.ring_kib),
            expression(job.scenario)};
}

// The number that stands right before or behind the words: "123 packets captured", "Packets captured: 123".
std::uint64_t number_before(const std::string& text, const std::string& words) {
    const auto end = text.find(' ' + words);
    if (end == std::string::npos) return 0;
    auto digits = text.find_last_not_of(' ', end);
    digits = digits == std::string::npos ? digits : text.find_last_not_of("0123456789", digits);
    return std::strtoull(text.c_str() + (digits == std::string::npos ? 0 : digits + 1), nullptr, 10);
}

std::uint64_t number_behind(const std::string& text, const std::string& words) {
    const auto start = text.rfind(words);  // the last of several that count up
    return start == std::string::npos ? 0 : std::strtoull(text.c_str() + start + words.size(), nullptr, 10);
}

Result<OwnCounts> xdpsift_counts(const CaptureJob& job, const std::string&) {
    std::ifstream in(job.summary_file());
    const auto summary = nlohmann::json::parse(in, nullptr, false);
    if (!summary.is_object() || !summary.contains("totals"))
        return fail(ExitStatus::failed, "its summary cannot be read");
    const auto& totals = summary["totals"];
    if (!summary.value("ledger_closed", false)) return fail(ExitStatus::failed, "its ledger is open: " + totals.dump());
    return OwnCounts{totals.value("written", std::uint64_t{0}),
                     totals.value("ring_lost", std::uint64_t{0}) + totals.value("discarded", std::uint64_t{0})};
}

Result<OwnCounts> tcpdump_counts(const CaptureJob&, const std::string& said) {
    return OwnCounts{number_before(said, "packets captured"), number_before(said, "packets dropped by kernel")};
}

// "Packets received/dropped on interface 'x': 1/0 (pcap:0/dumpcap:0/…": received, then dropped.
Result<OwnCounts> dumpcap_counts(const CaptureJob&, const std::string& said) {
    OwnCounts counts{number_behind(said, "Packets captured:"), 0};
    const auto line = said.find("Packets received/dropped");
    const auto slash = line == std::string::npos ? line : said.find('/', said.find("': ", line));
    if (slash != std::string::npos) counts.lost = std::strtoull(said.c_str() + slash + 1, nullptr, 10);
    return counts;
}

Result<OwnCounts> xdpdump_counts(const CaptureJob&, const std::string& said) {
    return OwnCounts{number_before(said, "packets captured"), number_before(said, "packets dropped by perf ring")};
}

Result<OwnCounts> netsniff_counts(const CaptureJob&, const std::string& said) {
    return OwnCounts{number_before(said, "packets passed filter"), number_before(said, "packets failed filter")};
}

Peer make_xdpsift(const char* name, const std::string& ring) {
    Peer peer;
    peer.name = name;
    peer.program = "xdpsift";
    peer.ours = true;
    peer.command = [ring](const CaptureJob& job) { return xdpsift_command(job, ring); };
    peer.own_counts = xdpsift_counts;
    return peer;
}

std::vector<Peer> make_peers() {
    std::vector<Peer> all{make_xdpsift("xdpsift", ""), make_xdpsift(kBpfRingPeer, "bpf")};
    all.push_back({.name = "tcpdump",
                   .program = "tcpdump",
                   .ready_text = "listening on",
                   .settle = kBlockSettle,
                   .command = tcpdump_command,
                   .own_counts = tcpdump_counts});
    all.push_back({.name = "dumpcap",
                   .program = "dumpcap",
                   .ready_text = "File: ",
                   .settle = kBlockSettle,
                   .command = dumpcap_command,
                   .own_counts = dumpcap_counts});
    all.push_back({.name = "xdpdump",
                   .program = "xdpdump",
                   .filters = false,
                   .ready_text = "listening on",
                   .command = xdpdump_command,
                   .own_counts = xdpdump_counts});
    all.push_back({.name = "netsniff-ng",
                   .program = "netsniff-ng",
                   .takes_snaplen = false,
                   .ready_text = "Running!",
                   .command = netsniff_command,
                   .own_counts = netsniff_counts});
    return all;
}

}  // namespace

const std::vector<Peer>& known_peers() {
    static const std::vector<Peer> all = make_peers();
    return all;
}

bool offers_bpf_ring(const std::string& help) {
    const auto option = help.find("--ring ");
    if (option == std::string::npos) return false;
    const auto next = help.find("\n  -", option);
    return help.substr(option, next == std::string::npos ? next : next - option).find("bpf") != std::string::npos;
}

std::optional<std::string> unfit(const Peer& peer, Scenario scenario, std::uint32_t snaplen,
                                 std::size_t largest_frame) {
    if (scenario == Scenario::idle) return "captures";
    if (scenario == Scenario::none && !peer.filters) return "has no filter";
    if (scenario == Scenario::sample && !peer.ours) return "does not sample";
    if (!peer.takes_snaplen && snaplen != 0 && largest_frame > snaplen) return "keeps whole packets only";
    return std::nullopt;
}

std::string find_program(const std::string& program, const std::string& path) {
    if (program.find('/') != std::string::npos) return access(program.c_str(), X_OK) == 0 ? program : "";
    std::istringstream folders(path);
    for (std::string folder; std::getline(folders, folder, ':');) {
        const std::string candidate = folder + '/' + program;
        if (!folder.empty() && access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return "";
}

}  // namespace xdpsift::compare
