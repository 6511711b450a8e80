// SPDX-License-Identifier: BSD-2-Clause
#include "cli/capture_arguments.h"

#include "cli/help_formatter.h"
#include "cli/option_group.h"

namespace xdpsift::cli {
namespace {

constexpr const char* kFooter =
    R"(Filter options combine with AND, the entries of one list with OR. A LIST is separated by
commas; an option that is repeated adds to its list. SIZE takes k, M, G or T (powers of 1024),
TIME takes ns, us, ms, s, m, h or d and is in seconds without.

Examples:
  DNS of one network, at most 1000 packets:
    xdpsift capture -i eth0 --proto udp --port 53 --host 192.0.2.0/24 -c 1000 -w dns.pcapng
  One in a hundred packets for a minute, the first 128 bytes of each:
    xdpsift capture -i eth0 --sample-rate 100 -s 128 --duration 60 -w sample.pcapng
  Connections being opened, but for one network:
    xdpsift capture -i eth0 -w syn.pcapng 'tcp[tcpflags] & tcp-syn != 0 and not net 192.0.2'
  Sources from a list of prefixes, read live:
    xdpsift capture -i eth0 --src @blocklist.txt -w - | tcpdump -n -r -
  Around the clock in ten files of 100 MiB:
    xdpsift capture -i eth0 --unlimited --file-size 100M --file-count 10 -w 'eth0-%s.pcapng'

The manual, with all units, the summary and the exit status: man xdpsift-capture)";

void declare_source(CLI::App& app, CaptureArguments& arguments) {
    OptionGroup source(app, "Source");
    source.value("-i,--interface", "NAME", arguments.interface_name, "capture what enters this interface (required)");
    source.value("--mode", "MODE", arguments.mode, "XDP attach mode: auto (default), native or generic");
    source.value("--netns", "NAME|PATH", arguments.netns, "the network namespace that holds the interface");
}

void declare_selection_and_limits(CLI::App& app, CaptureArguments& arguments) {
    OptionGroup selection(app, "Selection");
    selection.value("--sample-rate", "N", arguments.sample_rate, "keep 1 match in N (default 1: every match)");
    selection.value("--sampler", "METHOD", arguments.sampler, "uniform: each match with the same probability");
    selection.value("--seed", "N", arguments.seed, "seed of the sampler, to repeat a run (default: random)");
    selection.value("-s,--snaplen", "BYTES", arguments.snaplen, "bytes kept of each packet (default 0: all)");

    OptionGroup limits(app, "Limits (default: 10000 packets and 300 s; whichever comes first)");
    limits.value("-c,--count", "N", arguments.count, "end after N packets");
    limits.value("--duration", "TIME", arguments.duration, "end after this time");
    limits.value("--max-bytes", "SIZE", arguments.max_bytes, "end before more packet bytes than this are kept");
    limits.flag("--unlimited", arguments.unlimited, "none of these three");
    limits.value("--min-free-disk", "SIZE", arguments.min_free_disk, "end before the disk has less room than this");
}

void declare_output_and_rest(CLI::App& app, CaptureArguments& arguments) {
    OptionGroup output(app, "Output");
    output.value("-w,--write", "FILE|-", arguments.write,
                 "the capture file (required); - is standard output;\nstrftime(3) patterns expand");
    output.value("--format", "FORMAT", arguments.format, "pcapng (default) or pcap");
    output.value("--file-size", "SIZE", arguments.file_size, "begin a new file before this size is passed");
    output.value("--file-count", "N", arguments.file_count, "keep the newest N files");
    output.value("--summary", "FILE|-", arguments.summary, "write the summary as JSON");
    output.value("--ready-file", "FILE", arguments.ready_file, "create this file once the capture is live");

    OptionGroup ring(app, "Ring");
    ring.value("--ring", "KIND", arguments.ring, "perf (default) or bpf: the kernel's buffer");
    ring.value("--ring-size", "SIZE", arguments.ring_size, "bytes for each CPU, 4k to 1G (default 4M)");

    OptionGroup other(app, "Other");
    other.value("--lock", "FILE", arguments.lock, "exit at once when another run holds this lock");
    other.value("-Z,--drop-to", "USER", arguments.drop_to, "go on as this user once the capture is live");
    other.flag("--fail-on-loss", arguments.fail_on_loss, "exit status 6 when packets were lost");
    other.flag("-q,--quiet", arguments.quiet, "only errors");
    other.flag("-v,--verbose", arguments.verbose, "more: what is confined, the verifier's log");
    app.set_help_flag("-h,--help", "this help")->group("Other");
}

}  // namespace

void declare_capture_options(CLI::App& app, CaptureArguments& arguments) {
    set_help(app, "xdpsift capture -i NAME -w FILE|- [OPTIONS] [EXPRESSION...]", kFooter);
    declare_source(app, arguments);
    declare_filter_options(app, arguments);
    declare_selection_and_limits(app, arguments);
    declare_output_and_rest(app, arguments);
}

}  // namespace xdpsift::cli
