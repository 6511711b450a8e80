// SPDX-License-Identifier: BSD-2-Clause
#include "cli/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace xdpsift::cli {
namespace {

using Json = nlohmann::ordered_json;

double seconds(std::chrono::nanoseconds time) {
    return std::round(std::chrono::duration<double>(time).count() * 1e6) / 1e6;
}

Json counters(const Ledger& ledger) {
    Json json = Json::object();
    ledger.for_each([&json](std::string_view name, std::uint64_t value) { json[std::string(name)] = value; });
    return json;
}

Json diagnostics(const Ledger& ledger) {
    return {{"malformed", ledger.malformed}, {"oversize", ledger.oversize}, {"ringless", ledger.ringless}};
}

const char* in_words(StopReason reason) {
    switch (reason) {
        case StopReason::packet_limit: return "the packet limit was reached";
        case StopReason::time_limit: return "the time limit was reached";
        case StopReason::byte_limit: return "the byte limit was reached";
        case StopReason::signal: return "a signal ended it";
        case StopReason::disk_low: return "the disk is nearly full";
        case StopReason::interface_gone: return "the interface went away";
        case StopReason::output_closed: return "the output's reader went away";
        case StopReason::error: return "it failed";
    }
    return "";
}

}  // namespace

std::string summary_json(const CaptureOptions& options, const std::vector<AttachedInterface>& interfaces,
                         const capture::Report& report) {
    Json json;
    json["version"] = 1;
    json["stop_reason"] = to_string(report.reason);
    json["elapsed_s"] = seconds(report.elapsed);
    json["files"] = report.files;
    json["filter"] = effective_filter(options);
    json["sampler"] = {{"method", "uniform"},
                       {"rate", options.selection.sample_rate},
                       {"psamp_selector_algorithm", kPsampUniformProbabilistic},
                       {"seed", options.selection.seed}};
    json["ring"] = {{"kind", to_string(options.ring.kind)}, {"bytes_per_cpu", options.ring.bytes}};
    json["totals"] = counters(report.total);
    json["ledger_closed"] = report.ledger_reason.empty();
    if (!report.ledger_reason.empty()) json["ledger_reason"] = report.ledger_reason;
    json["diagnostics"] = diagnostics(report.total);
    json["diagnostics"]["late"] = report.late;
    json["diagnostics"]["lost_announced"] = report.lost_announced;
    json["clock_steps"] = Json::array();
    for (const auto& step : report.clock_steps)
        json["clock_steps"].push_back(
            {{"by_s", seconds(std::chrono::nanoseconds(step.by_ns))}, {"applied", step.applied}});
    if (report.error) json["error"] = report.error->message;
    json["interfaces"] = Json::array();
    for (std::size_t i = 0; i < interfaces.size(); i++) {
        Json one{{"name", interfaces[i].name}, {"hook", "xdp"}, {"mode", interfaces[i].mode}};
        one.update(counters(report.interfaces[i]));
        one["diagnostics"] = diagnostics(report.interfaces[i]);
        json["interfaces"].push_back(std::move(one));
    }
    // Names of files and interfaces may be any bytes; JSON is UTF-8.
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string counters_line(const Ledger& ledger) {
    return fmt::format("seen {}, matched {}, selected {}, lost {}, written {}", ledger.seen, ledger.matched,
                       ledger.selected, ledger.ring_lost, ledger.written);
}

std::string final_words(const CaptureOptions& options, const capture::Report& report) {
    const Ledger& total = report.total;
    const auto where = report.files.empty()          ? std::string("nowhere")
                       : report.files.front() == "-" ? std::string("standard output")
                                                     : fmt::format("{}", fmt::join(report.files, ", "));
    std::string words = fmt::format("{} packets written to {} in {:.1f} s: {}.\n", total.written, where,
                                    std::chrono::duration<double>(report.elapsed).count(), in_words(report.reason));
    words +=
        fmt::format("  seen      {} = {} filtered out + {} matched\n", total.seen, total.filtered_out, total.matched);
    words += fmt::format("  matched   {} = {} sampled out (1 in {}) + {} rate limited + {} over budget + {} selected\n",
                         total.matched, total.sampled_out, options.selection.sample_rate, total.rate_limited,
                         total.over_budget, total.selected);
    words += fmt::format("  selected  {} = {} lost in the ring + {} received\n", total.selected, total.ring_lost,
                         total.received);
    words +=
        fmt::format("  received  {} = {} discarded + {} written\n", total.received, total.discarded, total.written);
    if (total.malformed > 0)
        words += fmt::format("  {} of those filtered out have headers that are cut short or contradict themselves\n",
                             total.malformed);
    if (total.oversize > 0)
        words += fmt::format("  {} of the lost are larger than a ring record; -s keeps less of each\n", total.oversize);
    if (total.ringless > 0)
        words += fmt::format(
            "  {} of the lost came in on a CPU that came online during the capture and has no ring: start it anew\n",
            total.ringless);
    if (total.ring_lost > total.oversize + total.ringless)
        words += "  packets were lost: raise --ring-size, sample (--sample-rate), or keep less of each (-s)\n";
    if (report.late > 0)
        words += fmt::format("  {} packets came late and carry the time of the one before\n", report.late);
    for (const auto& step : report.clock_steps) {
        words += fmt::format("  the clock was set by {:+.6f} s{}\n", static_cast<double>(step.by_ns) / 1e9,
                             step.applied ? "" : "; timestamps go on as before, since they do not go back in a file");
    }
    if (!report.ledger_reason.empty()) words += fmt::format("  the ledger does not close: {}\n", report.ledger_reason);
    return words;
}

}  // namespace xdpsift::cli
