// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "cli/capture_options.h"
#include "cli/filter_command_options.h"
#include "cli/quantity.h"
#include "cli/quoted.h"

namespace xdpsift::cli {
namespace {

class CommandLine {
   public:
    explicit CommandLine(std::string_view command) : line_(command) {}
    void add(std::string_view word) { (line_ += ' ') += word; }
    void add(std::string_view option, std::string_view value) {
        add(option);
        add(shell_quoted(value));
    }
    void add(std::string_view option, std::uint64_t value) { add(option, std::to_string(value)); }
    template <typename Set>
    void add_list(std::string_view option, const std::optional<Set>& set) {
        if (set) add(option, set->text);
    }
    const std::string& text() const { return line_; }

   private:
    std::string line_;
};

const char* name_of(Mode mode) {
    switch (mode) {
        case Mode::automatic: return "auto";
        case Mode::native: return "native";
        case Mode::generic: return "generic";
    }
    return "auto";
}

void add_filter(const Filter& filter, CommandLine& line) {
    line.add_list("--src", filter.src);
    line.add_list("--dst", filter.dst);
    line.add_list("--host", filter.host);
    line.add_list("--sport", filter.sport);
    line.add_list("--dport", filter.dport);
    line.add_list("--port", filter.port);
    line.add_list("--proto", filter.proto);
    line.add_list("--vlan", filter.vlan);
}

void add_limits(const Limits& limits, CommandLine& line) {
    if (limits.packets) line.add("-c", *limits.packets);
    if (limits.duration) line.add("--duration", duration_text(*limits.duration));
    if (limits.bytes) line.add("--max-bytes", *limits.bytes);
    if (!limits.packets && !limits.duration && !limits.bytes) line.add("--unlimited");
    if (limits.min_free_disk_bytes) line.add("--min-free-disk", *limits.min_free_disk_bytes);
}

}  // namespace

std::string effective_command(const CaptureOptions& options) {
    CommandLine line("xdpsift capture");
    line.add("-i", options.interface_name);
    line.add("--mode", name_of(options.mode));
    if (!options.netns.empty()) line.add("--netns", options.netns);
    add_filter(options.filter, line);
    line.add("--sample-rate", options.selection.sample_rate);
    // Without sampling the seed is never used.
    if (options.selection.sample_rate > 1) {
        line.add("--sampler", "uniform");
        line.add("--seed", options.selection.seed);
    }
    line.add("-s", options.selection.snaplen);
    add_limits(options.limits, line);
    line.add("-w", options.write);
    line.add("--format", options.format == FileFormat::pcap ? "pcap" : "pcapng");
    if (options.file_size_bytes) line.add("--file-size", *options.file_size_bytes);
    if (options.file_count) line.add("--file-count", *options.file_count);
    line.add("--ring", to_string(options.ring.kind));
    line.add("--ring-size", options.ring.bytes);
    if (!options.expression.empty()) line.add(shell_quoted(expression_text(options.expression)));
    return line.text();
}

std::string effective_command(const FilterRunOptions& options) {
    CommandLine line("xdpsift filter run");
    line.add("-r", options.read);
    line.add("-w", options.write);
    add_filter(options.filter, line);
    if (!options.expression.empty()) line.add(shell_quoted(expression_text(options.expression)));
    return line.text();
}

}  // namespace xdpsift::cli
