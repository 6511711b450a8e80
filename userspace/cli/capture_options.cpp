// SPDX-License-Identifier: BSD-2-Clause
#include "cli/capture_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <bit>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <utility>
#include <vector>

#include "cli/quantity.h"
#include "cli/quoted.h"
#include "cli/resolver.h"
#include "cli/suggest.h"

namespace xdpsift::cli {
namespace {

template <typename Choice>
Result<Choice> parse_choice(std::string_view option, std::string_view text,
                            std::initializer_list<std::pair<const char*, Choice>> choices) {
    std::vector<std::string> names;
    for (const auto& [name, choice] : choices) {
        if (text == name) return choice;
        names.emplace_back(name);
    }
    return fail(ExitStatus::usage, fmt::format("{}: {} is none of {}{}", option, in_quotes(text),
                                               fmt::join(names, ", "), did_you_mean(text, names)));
}

Result<std::string> parse_name(std::string_view option, std::string_view text) {
    if (text.empty()) return fail(ExitStatus::usage, fmt::format("{} needs a name", option));
    return std::string(text);
}

Result<std::string> parse_file_name(std::string_view option, std::string_view text) {
    if (text == "-") return fail(ExitStatus::usage, fmt::format("{} needs the name of a file, not -", option));
    return parse_name(option, text);
}

template <typename Number>
auto count_parser(Number smallest, Number largest) {
    return [=](std::string_view option, std::string_view text) -> Result<Number> {
        return parse_count(option, text, smallest, largest).map([](std::uint64_t value) {
            return static_cast<Number>(value);
        });
    };
}

Result<std::uint64_t> parse_any_size(std::string_view option, std::string_view text) {
    return parse_size(option, text);
}

Result<std::uint64_t> parse_file_size(std::string_view option, std::string_view text) {
    return parse_size(option, text, kSmallestFileBytes);
}

// A ring of either kind is a power of two of pages.
Result<std::uint64_t> parse_ring_size(std::string_view option, std::string_view text) {
    return parse_size(option, text, kSmallestRingBytes, kLargestRingBytes).map([](std::uint64_t bytes) {
        const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        return std::bit_ceil(std::max(bytes, page_bytes));
    });
}

Result<Mode> parse_mode(std::string_view option, std::string_view text) {
    return parse_choice<Mode>(option, text,
                              {{"auto", Mode::automatic}, {"native", Mode::native}, {"generic", Mode::generic}});
}

Result<FileFormat> parse_format(std::string_view option, std::string_view text) {
    return parse_choice<FileFormat>(option, text, {{"pcapng", FileFormat::pcapng}, {"pcap", FileFormat::pcap}});
}

// Words that scripts may carry over from elsewhere get an answer of their own.
Result<std::string> parse_sampler(std::string_view option, std::string_view text) {
    if (text == "count" || text == "flow")
        return fail(ExitStatus::usage,
                    fmt::format("{} {}: this version has one sampler, uniform: leave the option out", option, text));
    return parse_choice<std::string>(option, text, {{"uniform", "uniform"}});
}

Result<RingKind> parse_ring(std::string_view option, std::string_view text) {
    return parse_choice<RingKind>(option, text, {{"perf", RingKind::perf}, {"bpf", RingKind::bpf}});
}

Result<std::uint32_t> parse_sample_rate(std::string_view option, std::string_view text) {
    auto rate = count_parser<std::uint32_t>(1, std::numeric_limits<std::uint32_t>::max())(option, text);
    if (!rate) rate.error().message += ": N keeps 1 packet in N";
    return rate;
}

void resolve_source(const CaptureArguments& arguments, CaptureOptions& options, Resolver& resolver) {
    const auto& names = arguments.interface_name;
    resolver.refuse_when(names.empty(), "no interface is named: add -i NAME");
    resolver.refuse_when(
        names.size() > 1,
        fmt::format("-i is given {} times: this version captures from one interface at a time", names.size()));
    resolver.one("-i", names, options.interface_name, parse_name);
    resolver.one("--mode", arguments.mode, options.mode, parse_mode);
    resolver.one("--netns", arguments.netns, options.netns, parse_name);
}

void resolve_selection(const CaptureArguments& arguments, CaptureOptions& options, Resolver& resolver) {
    std::string sampler;
    resolver.one("--sample-rate", arguments.sample_rate, options.selection.sample_rate, parse_sample_rate);
    resolver.one("--sampler", arguments.sampler, sampler, parse_sampler);
    resolver.one("--seed", arguments.seed, options.seed, count_parser<std::uint64_t>(0, UINT64_MAX));
    resolver.one("-s", arguments.snaplen, options.selection.snaplen, count_parser<std::uint32_t>(0, kLargestSnaplen));
    options.selection.seed = options.seed.value_or(0);
}

void resolve_limits(const CaptureArguments& arguments, Limits& limits, Resolver& resolver) {
    const bool any = !arguments.count.empty() || !arguments.duration.empty() || !arguments.max_bytes.empty();
    resolver.refuse_when(any && arguments.unlimited,
                         "--unlimited contradicts -c, --duration and --max-bytes: leave it out, or them");
    resolver.one("-c", arguments.count, limits.packets, count_parser<std::uint64_t>(1, UINT64_MAX));
    resolver.one("--duration", arguments.duration, limits.duration, parse_duration);
    resolver.one("--max-bytes", arguments.max_bytes, limits.bytes, parse_any_size);
    resolver.one("--min-free-disk", arguments.min_free_disk, limits.min_free_disk_bytes, parse_any_size);
    if (!any && !arguments.unlimited) {
        limits.packets = kDefaultPacketLimit;
        limits.duration = kDefaultTimeLimit;
    }
}

// Under whatever name.
bool same_file(const std::string& one, const std::string& other) {
    if (one.empty() || other.empty()) return false;
    if (one == "-" || other == "-") return one == other;
    std::error_code error;
    if (std::filesystem::equivalent(one, other, error)) return true;
    return std::filesystem::weakly_canonical(one, error) == std::filesystem::weakly_canonical(other, error);
}

void refuse_shared_files(const CaptureOptions& options, Resolver& resolver) {
    const std::pair<const char*, const std::string&> files[] = {{"-w", options.write},
                                                                {"--summary", options.summary},
                                                                {"--ready-file", options.ready_file},
                                                                {"--lock", options.lock_file}};
    for (const auto& [option, file] : files)
        for (const auto& [other_option, other_file] : files)
            resolver.refuse_when(option != other_option && same_file(file, other_file),
                                 fmt::format("{} and {} both name {}", option, other_option,
                                             file == "-" ? "standard output (-)" : in_quotes(file)));
}

void resolve_output(const CaptureArguments& arguments, CaptureOptions& options, Resolver& resolver) {
    resolver.refuse_when(arguments.write.empty(), "no output is named: add -w FILE, or -w - for standard output");
    resolver.one("-w", arguments.write, options.write, parse_name);
    resolver.one("--format", arguments.format, options.format, parse_format);
    resolver.one("--file-size", arguments.file_size, options.file_size_bytes, parse_file_size);
    resolver.one("--file-count", arguments.file_count, options.file_count,
                 count_parser<std::uint32_t>(1, std::numeric_limits<std::uint32_t>::max()));
    resolver.one("--summary", arguments.summary, options.summary, parse_name);
    resolver.one("--ready-file", arguments.ready_file, options.ready_file, parse_file_name);
    resolver.one("--lock", arguments.lock, options.lock_file, parse_file_name);
    refuse_shared_files(options, resolver);
    resolver.refuse_when(options.write == "-" && options.file_size_bytes.has_value(),
                         "--file-size needs files to rotate: -w - is one stream");
    resolver.refuse_when(options.file_count && !options.file_size_bytes,
                         "--file-count needs --file-size: it says when a file is full");
    resolver.refuse_when(options.write == "-" && options.limits.min_free_disk_bytes.has_value(),
                         "--min-free-disk needs a file on a disk: -w - is a stream");
}

}  // namespace

Result<CaptureOptions> resolve(const CaptureArguments& arguments) {
    CaptureOptions options;
    Resolver resolver;
    resolve_source(arguments, options, resolver);
    resolve_filter(arguments, options, resolver);
    resolve_selection(arguments, options, resolver);
    resolve_limits(arguments, options.limits, resolver);
    resolve_output(arguments, options, resolver);
    resolver.one("--ring", arguments.ring, options.ring.kind, parse_ring);
    resolver.one("--ring-size", arguments.ring_size, options.ring.bytes, parse_ring_size);
    resolver.one("-Z", arguments.drop_to, options.drop_to, parse_name);
    resolver.refuse_when(arguments.quiet && arguments.verbose, "-q and -v contradict each other: leave one out");
    options.fail_on_loss = arguments.fail_on_loss;
    options.quiet = arguments.quiet;
    options.verbose = arguments.verbose;
    if (!resolver.outcome()) return tl::unexpected(resolver.outcome().error());
    return options;
}

}  // namespace xdpsift::cli
