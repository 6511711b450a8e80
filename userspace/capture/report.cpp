// SPDX-License-Identifier: BSD-2-Clause
// What a capture says about itself: while it runs, in the file, and at its end.
#include <fmt/format.h>

#include "capture/capture.h"
#include "capture/monotonic.h"

namespace xdpsift::capture {

Ledger Capture::ledger(std::uint32_t interface_id) const {
    Ledger ledger = counters_.read(interface_id);
    ledger.received = received_[interface_id];
    ledger.written = writer_->written_by_interface()[interface_id];
    // Until the end, what is received and not yet written is on its way.
    if (end_ns_ != 0) ledger.discarded = ledger.received - ledger.written;
    return ledger;
}

Progress Capture::progress(std::uint64_t now_ns) const {
    Progress progress;
    progress.elapsed = std::chrono::nanoseconds(now_ns - start_ns_);
    for (std::uint32_t i = 0; i < counters_.interfaces(); i++) progress.total += ledger(i);
    progress.admitted_bytes = limiter_->bytes();
    return progress;
}

std::vector<write::InterfaceStatistics> Capture::statistics() const {
    std::vector<write::InterfaceStatistics> all;
    const std::uint64_t now_ns = end_ns_ != 0 ? end_ns_ : monotonic_ns();
    for (std::uint32_t i = 0; i < counters_.interfaces(); i++) {
        write::InterfaceStatistics one;
        one.start_ns = start_epoch_ns_;
        one.end_ns = clock_.epoch_of(now_ns);
        one.ledger = ledger(i);
        one.ledger.for_each([&](std::string_view name, std::uint64_t value) {
            one.comment += fmt::format("{}{}={}", one.comment.empty() ? "" : " ", name, value);
        });
        one.comment += fmt::format(" malformed={} oversize={} ringless={} late={} ledger={}", one.ledger.malformed,
                                   one.ledger.oversize, one.ledger.ringless, merge_.late(),
                                   end_ns_ == 0          ? "interim"
                                   : one.ledger.closed() ? "closed"
                                                         : "open");
        for (const auto& step : clock_.steps())
            one.comment += fmt::format(" clock_step_ns={}{}", step.by_ns, step.applied ? "" : "(held)");
        all.push_back(std::move(one));
    }
    return all;
}

Report Capture::report() {
    Report report;
    report.reason = *stop_reason_;
    report.error = error_;
    report.elapsed = std::chrono::nanoseconds(end_ns_ - start_ns_);
    for (std::uint32_t i = 0; i < counters_.interfaces(); i++) {
        report.interfaces.push_back(ledger(i));
        report.total += report.interfaces.back();
    }
    report.files = writer_->files();
    report.clock_steps = clock_.steps();
    report.late = merge_.late();
    for (const auto& ring : rings_) report.lost_announced += ring->lost_announced();
    for (std::size_t i = 0; i < report.interfaces.size() && report.ledger_reason.empty(); i++)
        report.ledger_reason = report.interfaces[i].imbalance();
    std::uint64_t undecodable = 0;
    for (const auto& ring : rings_) undecodable += ring->undecodable();
    if (undecodable > 0) report.ledger_reason = fmt::format("{} records of the rings could not be read", undecodable);
    return report;
}

}  // namespace xdpsift::capture
