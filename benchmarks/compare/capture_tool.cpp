// SPDX-License-Identifier: BSD-2-Clause
#include "compare/capture_tool.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compare/interrupt.h"
#include "compare/capture_file.h"
#include "compare/veth_pair.h"

namespace xdpsift::compare {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStartTimeout{30'000};
constexpr milliseconds kEndTimeout{60'000};
// tcpdump's kernel ring hands over a block that is not full only after a second, and tcpdump does not look into it
// once it was told to stop.
constexpr milliseconds kSettleTime{1'500};
constexpr int kPollMs = 2;

std::string summary_file(const std::string& file) { return file + ".json"; }
std::string ready_file(const std::string& file) { return file + ".ready"; }

std::vector<std::string> xdpsift_command(bool matches, const std::string& file, const CaptureOptions& options) {
    std::vector<std::string> command{options.xdpsift,
                                     "capture",
                                     "-i",
                                     kReceiverInterface,
                                     "-s",
                                     std::to_string(options.snaplen),
                                     "--unlimited",
                                     "-w",
                                     file,
                                     "--summary",
                                     summary_file(file),
                                     "--ready-file",
                                     ready_file(file),
                                     "--ring-size",
                                     fmt::format("{}K", options.ring_kib),
                                     "--proto",
                                     "udp"};
    if (!matches) command.insert(command.end(), {"--port", "53"});
    return command;
}

std::vector<std::string> tcpdump_command(bool matches, const std::string& file, const CaptureOptions& options) {
    return {options.tcpdump,
            "-i",
            kReceiverInterface,
            "-n",
            "-Z",
            "root",  // else it gives up root and cannot write into the directory
            "-s",
            std::to_string(options.snaplen),
            "-B",
            std::to_string(options.ring_kib),
            "-w",
            file,
            matches ? "udp" : "udp port 53"};
}

Result<void> wait_for_file(ChildProcess& process, const std::string& file) {
    const auto until = std::chrono::steady_clock::now() + kStartTimeout;
    while (!std::filesystem::exists(file)) {
        if (interrupted()) return fail(ExitStatus::failed, "interrupted");
        if (!process.running()) return fail(ExitStatus::failed, "it ended at once: " + process.read_errors());
        if (std::chrono::steady_clock::now() > until) return fail(ExitStatus::failed, "it did not become ready");
        poll(nullptr, 0, kPollMs);
    }
    return {};
}

// "123 packets captured" on a line of its own.
std::uint64_t number_before(const std::string& text, const std::string& words) {
    const auto end = text.find(' ' + words);
    if (end == std::string::npos) return 0;
    const auto line = text.rfind('\n', end);
    return std::strtoull(text.c_str() + (line == std::string::npos ? 0 : line + 1), nullptr, 10);
}

Result<void> add_xdpsift_counts(const std::string& file, CaptureReport& report) {
    std::ifstream in(summary_file(file));
    const auto summary = nlohmann::json::parse(in, nullptr, false);
    if (!summary.is_object() || !summary.contains("totals"))
        return fail(ExitStatus::failed, "its summary cannot be read");
    const auto& totals = summary["totals"];
    if (!summary.value("ledger_closed", false)) return fail(ExitStatus::failed, "its ledger is open: " + totals.dump());
    report.reported = totals.value("written", std::uint64_t{0});
    report.reported_lost = totals.value("ring_lost", std::uint64_t{0}) + totals.value("discarded", std::uint64_t{0});
    return {};
}

void add_tcpdump_counts(const std::string& said, CaptureReport& report) {
    report.reported = number_before(said, "packets captured");
    report.reported_lost = number_before(said, "packets dropped by kernel");
}

}  // namespace

Result<RunningCapture> RunningCapture::start(Tool tool, bool matches, int netns_fd, const CaptureOptions& options) {
    const bool ours = tool == Tool::xdpsift;
    const std::string file = options.directory + (ours ? "/xdpsift.pcapng" : "/tcpdump.pcap");
    const std::string name = ours ? options.xdpsift : options.tcpdump;
    auto process = ChildProcess::start(
        ours ? xdpsift_command(matches, file, options) : tcpdump_command(matches, file, options), netns_fd);
    if (!process) return with_context(name, process.error());
    RunningCapture capture(tool, std::move(*process), file);
    const auto ready = ours ? wait_for_file(capture.process_, ready_file(file))
                            : capture.process_.wait_for_text("listening on", kStartTimeout);
    if (!ready) return with_context(name, ready.error());
    capture.startup_s_ = capture.process_.cpu_s();
    return capture;
}

Result<CaptureReport> RunningCapture::finish() {
    const std::string name = tool_ == Tool::xdpsift ? "xdpsift" : "tcpdump";
    poll(nullptr, 0, static_cast<int>(kSettleTime.count()));
    process_.signal(SIGINT);
    const auto ending = process_.wait(kEndTimeout);
    if (!ending) return with_context(name, ending.error());
    if (ending->exit_status != 0)
        return fail(ExitStatus::failed,
                    fmt::format("{} ended with {}: {}", name, ending->exit_status, process_.read_errors()));
    CaptureReport report;
    const auto file_bytes = visit_packets(file_, [&](auto) { report.captured++; });
    if (!file_bytes) return with_context(name, file_bytes.error());
    report.file_bytes = *file_bytes;
    report.user_s = ending->user_s;
    report.system_s = ending->system_s;
    report.startup_s = startup_s_;
    if (tool_ == Tool::tcpdump) {
        add_tcpdump_counts(process_.read_errors(), report);
    } else if (auto added = add_xdpsift_counts(file_, report); !added) {
        return with_context(name, added.error());
    }
    for (const auto& used : {file_, summary_file(file_), ready_file(file_)}) {
        std::error_code ignored;
        std::filesystem::remove(used, ignored);
    }
    return report;
}

}  // namespace xdpsift::compare
