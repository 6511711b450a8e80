// SPDX-License-Identifier: BSD-2-Clause
#include "cli/capture_arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

namespace xdpsift::cli {
namespace {

constexpr std::size_t kHelpColumn = 30;

constexpr const char* kFooter =
    R"(Filter options combine with AND, the entries of one list with OR. A LIST is separated by
commas; an option that is repeated adds to its list. SIZE takes k, M, G or T (powers of 1024),
TIME takes ns, us, ms, s, m, h or d and is in seconds without.

Examples:
  DNS of one network, at most 1000 packets:
    xdpsift capture -i eth0 --proto udp --port 53 --host 192.0.2.0/24 -c 1000 -w dns.pcapng
  One in a hundred packets for a minute, the first 128 bytes of each:
    xdpsift capture -i eth0 --sample-rate 100 -s 128 --duration 60 -w sample.pcapng
  Sources from a list of prefixes, read live:
    xdpsift capture -i eth0 --src @blocklist.txt -w - | tcpdump -n -r -
  Around the clock in ten files of 100 MiB:
    xdpsift capture -i eth0 --unlimited --file-size 100M --file-count 10 -w 'eth0-%s.pcapng'

The manual, with all units, the summary and the exit status: man xdpsift-capture)";

class HelpFormatter : public CLI::Formatter {
   public:
    std::string make_usage(const CLI::App*, std::string) const override {
        return "Usage: xdpsift capture -i NAME -w FILE|- [OPTIONS]\n";
    }
    // One blank line between groups is enough.
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
        return CLI::detail::find_and_replace(CLI::Formatter::make_help(app, name, mode), "\n\n\n", "\n\n");
    }
};

// The options of one group. Nothing is converted here, so that all judgement, and all its words, is in one place.
class Group {
   public:
    Group(CLI::App& app, const char* name) : app_(app), name_(name) {}

    void value(const char* names, const char* placeholder, Values& target, const char* description) {
        app_.add_option(names, collect_into(target), description)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->type_name(placeholder)
            ->option_text(placeholder)
            ->group(name_);
    }
    void flag(const char* names, bool& target, const char* description) {
        app_.add_flag(names, target, description)->group(name_);
    }

   private:
    static CLI::callback_t collect_into(Values& target) {
        return [&target](const CLI::results_t& results) {
            target = results;
            return true;
        };
    }

    CLI::App& app_;
    const char* name_;
};

void declare_source_and_filter(CLI::App& app, CaptureArguments& arguments) {
    Group source(app, "Source");
    source.value("-i,--interface", "NAME", arguments.interface_name, "capture what enters this interface (required)");
    source.value("--mode", "MODE", arguments.mode, "XDP attach mode: auto (default), native or generic");
    source.value("--netns", "NAME|PATH", arguments.netns, "the network namespace that holds the interface");

    Group filter(app, "Filter");
    filter.value("--src", "LIST", arguments.src, "source address: A, A/LEN, A-B or @FILE; IPv4 and IPv6");
    filter.value("--dst", "LIST", arguments.dst, "destination address, likewise");
    filter.value("--host", "LIST", arguments.host, "either address");
    filter.value("--sport", "LIST", arguments.sport, "source port: N or N-M");
    filter.value("--dport", "LIST", arguments.dport, "destination port");
    filter.value("--port", "LIST", arguments.port, "either port");
    filter.value("--proto", "LIST", arguments.proto, "tcp, udp, icmp, icmpv6, sctp, gre, esp, ... or 0-255");
    filter.value("--vlan", "LIST", arguments.vlan, "VLAN id; without it, tagged and untagged match alike");
    app.add_option("EXPRESSION",
                   [&arguments](const CLI::results_t& results) {
                       arguments.expression = results;
                       return true;
                   })
        ->expected(0, CLI::detail::expected_max_vector_size)
        ->allow_extra_args()  // or only the first word would be taken
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->group("");  // refused in this version: not shown in the help
}

void declare_selection_and_limits(CLI::App& app, CaptureArguments& arguments) {
    Group selection(app, "Selection");
    selection.value("--sample-rate", "N", arguments.sample_rate, "keep 1 match in N (default 1: every match)");
    selection.value("--sampler", "METHOD", arguments.sampler, "uniform: each match with the same probability");
    selection.value("--seed", "N", arguments.seed, "seed of the sampler, to repeat a run (default: random)");
    selection.value("-s,--snaplen", "BYTES", arguments.snaplen, "bytes kept of each packet (default 0: all)");

    Group limits(app, "Limits (default: 10000 packets and 300 s; whichever comes first)");
    limits.value("-c,--count", "N", arguments.count, "end after N packets");
    limits.value("--duration", "TIME", arguments.duration, "end after this time");
    limits.value("--max-bytes", "SIZE", arguments.max_bytes, "end before more packet bytes than this are kept");
    limits.flag("--unlimited", arguments.unlimited, "none of these three");
    limits.value("--min-free-disk", "SIZE", arguments.min_free_disk, "end before the disk has less room than this");
}

void declare_output_and_rest(CLI::App& app, CaptureArguments& arguments) {
    Group output(app, "Output");
    output.value("-w,--write", "FILE|-", arguments.write,
                 "the capture file (required); - is standard output;\nstrftime(3) patterns expand");
    output.value("--format", "FORMAT", arguments.format, "pcapng (default) or pcap");
    output.value("--file-size", "SIZE", arguments.file_size, "begin a new file before this size is passed");
    output.value("--file-count", "N", arguments.file_count, "keep the newest N files");
    output.value("--summary", "FILE|-", arguments.summary, "write the summary as JSON");
    output.value("--ready-file", "FILE", arguments.ready_file, "create this file once the capture is live");

    Group ring(app, "Ring");
    ring.value("--ring", "KIND", arguments.ring, "perf: the perf ring buffer");
    ring.value("--ring-size", "SIZE", arguments.ring_size, "bytes for each CPU, 4k to 1G (default 4M)");

    Group other(app, "Other");
    other.value("--lock", "FILE", arguments.lock, "exit at once when another run holds this lock");
    other.value("-Z,--drop-to", "USER", arguments.drop_to, "go on as this user once the capture is live");
    other.flag("--fail-on-loss", arguments.fail_on_loss, "exit status 6 when packets were lost");
    other.flag("-q,--quiet", arguments.quiet, "only errors");
    other.flag("-v,--verbose", arguments.verbose, "more: what is confined, the verifier's log");
    app.set_help_flag("-h,--help", "this help")->group("Other");
}

}  // namespace

void declare_capture_options(CLI::App& app, CaptureArguments& arguments) {
    // A formatter of its own: the parent's is shared with the other commands.
    auto formatter = std::make_shared<HelpFormatter>();
    formatter->column_width(kHelpColumn);
    app.formatter(formatter);
    declare_source_and_filter(app, arguments);
    declare_selection_and_limits(app, arguments);
    declare_output_and_rest(app, arguments);
    app.footer(kFooter);
}

}  // namespace xdpsift::cli
