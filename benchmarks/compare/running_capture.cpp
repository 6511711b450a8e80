// SPDX-License-Identifier: BSD-2-Clause
#include "compare/running_capture.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <filesystem>

#include "compare/capture_file.h"
#include "compare/interrupt.h"

namespace xdpsift::compare {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStartTimeout{30'000};
constexpr milliseconds kEndTimeout{60'000};
constexpr int kPollMs = 2;

Result<void> wait_for_file(ChildProcess& process, const std::string& file) {
    const auto until = std::chrono::steady_clock::now() + kStartTimeout;
    while (!std::filesystem::exists(file)) {
        if (interrupted()) return fail(ExitStatus::failed, "interrupted");
        if (!process.running()) return fail(ExitStatus::failed, "it ended at once: " + process.read_output());
        if (std::chrono::steady_clock::now() > until) return fail(ExitStatus::failed, "it did not become ready");
        poll(nullptr, 0, kPollMs);
    }
    return {};
}

}  // namespace

Result<RunningCapture> RunningCapture::start(const Peer& peer, CaptureJob job, int netns_fd) {
    auto process = ChildProcess::start(peer.command(job), netns_fd);
    if (!process) return with_context(peer.name, process.error());
    RunningCapture capture(peer, std::move(job), std::move(*process));
    const auto ready = peer.ready_text.empty() ? wait_for_file(capture.process_, capture.job_.ready_file())
                                               : capture.process_.wait_for_text(peer.ready_text, kStartTimeout);
    if (!ready) return with_context(peer.name, ready.error());
    capture.startup_s_ = capture.process_.cpu_s();
    return capture;
}

Result<CaptureReport> RunningCapture::finish(const generator::Offered& offered) {
    poll(nullptr, 0, static_cast<int>(peer_->settle.count()));
    process_.signal(SIGINT);
    const auto ending = process_.wait(kEndTimeout);
    if (!ending) return with_context(peer_->name, ending.error());
    if (ending->exit_status != 0)
        return fail(ExitStatus::failed,
                    fmt::format("{} ended with {}: {}", peer_->name, ending->exit_status, process_.read_output()));
    auto report = count(offered);
    if (!report) return with_context(peer_->name, report.error());
    report->user_s = ending->user_s;
    report->system_s = ending->system_s;
    report->startup_s = startup_s_;
    return report;
}

Result<CaptureReport> RunningCapture::count(const generator::Offered& offered) {
    CaptureReport report;
    SequenceCounter counter(offered.first, offered.frames);
    const auto file_bytes = visit_packets(job_.file, [&](auto packet) { counter.add(packet); });
    if (!file_bytes) return tl::unexpected(file_bytes.error());
    report.file_bytes = *file_bytes;
    report.counts = counter.counts();
    const auto own = peer_->own_counts(job_, process_.read_output());
    if (!own) return tl::unexpected(own.error());
    report.own = *own;
    for (const auto& used : {job_.file, job_.summary_file(), job_.ready_file()}) {
        std::error_code ignored;
        std::filesystem::remove(used, ignored);
    }
    return report;
}

}  // namespace xdpsift::compare
