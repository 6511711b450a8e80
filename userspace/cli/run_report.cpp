// SPDX-License-Identifier: BSD-2-Clause
#include "cli/run_report.h"

#include <fmt/format.h>

#include <ctime>
#include <iterator>
#include <nlohmann/json.hpp>

namespace xdpsift::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

std::string counted(std::uint64_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string time_text(std::uint64_t time_ns) {
    const auto seconds = static_cast<std::time_t>(time_ns / kNanosecondsPerSecond);
    std::tm time{};
    ::gmtime_r(&seconds, &time);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:09}", time.tm_year + 1900, time.tm_mon + 1, time.tm_mday,
                       time.tm_hour, time.tm_min, time.tm_sec, time_ns % kNanosecondsPerSecond);
}

Json notes_json(const std::vector<FrameNote>& notes) {
    auto list = Json::array();
    for (const auto& note : notes) list.push_back({{"frame", note.frame}, {"why", note.why}});
    return list;
}

void append_notes(std::string& text, const std::vector<FrameNote>& notes) {
    for (const auto& note : notes) fmt::format_to(std::back_inserter(text), "{:>8}  {}\n", note.frame, note.why);
}

void append_verification(std::string& text, const Verification& verification) {
    if (verification.differ.empty()) {
        text += fmt::format("libpcap agrees on each of {} that it was asked about\n",
                            counted(verification.compared, "frame"));
    } else {
        text += fmt::format("libpcap differs on {} of {}:\n", verification.differ.size(),
                            counted(verification.compared, "frame"));
        for (const auto& one : verification.differ)
            fmt::format_to(std::back_inserter(text), "{:>8}  libpcap {}, and the kernel does not\n", one.frame,
                           one.libpcap ? "lets it through" : "rejects it");
    }
    if (!verification.unverified.empty())
        text += fmt::format("libpcap has no word on {}:\n", counted(verification.unverified.size(), "frame"));
    append_notes(text, verification.unverified);
}

}  // namespace

std::string frame_table_head() { return fmt::format("{:>8}  {:<29}  length\n", "frame", "time (UTC)"); }

std::string frame_table_line(std::uint64_t frame, std::uint64_t time_ns, std::uint32_t frame_len, std::size_t cap_len) {
    const auto cut = cap_len < frame_len ? fmt::format(" ({} captured)", cap_len) : std::string();
    return fmt::format("{:>8}  {}  {}{}\n", frame, time_text(time_ns), frame_len, cut);
}

std::string run_text(const RunReport& report) {
    auto text = fmt::format("{} of {} match\n", report.frames.size(), counted(report.packets, "packet"));
    if (!report.skipped.empty())
        text += fmt::format("{} skipped, for it cannot be known whether they match:\n",
                            counted(report.skipped.size(), "frame"));
    append_notes(text, report.skipped);
    if (report.verification) append_verification(text, *report.verification);
    return text;
}

std::string run_json(const RunReport& report) {
    Json json{{"packets", report.packets},
              {"matched", report.frames.size()},
              {"frames", report.frames},
              {"skipped", notes_json(report.skipped)}};
    if (report.verification) {
        auto differ = Json::array();
        for (const auto& one : report.verification->differ)
            differ.push_back({{"frame", one.frame}, {"kernel", !one.libpcap}, {"libpcap", one.libpcap}});
        json["verify"] = {{"compared", report.verification->compared},
                          {"differ", std::move(differ)},
                          {"unverified", notes_json(report.verification->unverified)}};
    }
    if (!report.error.empty()) json["error"] = report.error;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace xdpsift::cli
