// SPDX-License-Identifier: BSD-2-Clause
#include "cli/filter_command_options.h"

#include <fmt/format.h>

#include "cli/help_formatter.h"
#include "cli/option_group.h"
#include "cli/quoted.h"
#include "cli/resolver.h"

namespace xdpsift::cli {
namespace {

constexpr const char* kExplainFooter =
    R"(Nothing is captured. Where programs may not be loaded, everything but the counts of the loaded
program is told all the same.

Examples:
  What an expression becomes, and what it does not see:
    xdpsift filter explain 'tcp port 443 and not net 192.0.2'
  What it costs, for a script:
    xdpsift filter explain --json -F filter.txt | jq .program

The manual, with the shape of the JSON: man xdpsift-filter)";

constexpr const char* kRunFooter =
    R"(The program that a capture would load runs in the kernel on each packet of the file: it takes the
same privileges as a capture, and no interface.

Examples:
  Which frames are DNS of one network:
    xdpsift filter run -r all.pcapng --port 53 --host 192.0.2.0/24
  Only those into another file, the clocks and lengths as they were:
    xdpsift filter run -r all.pcapng -w syn.pcapng 'tcp[tcpflags] & tcp-syn != 0'
  Does libpcap agree?
    xdpsift filter run -r all.pcapng --verify --json 'ip6 protochain 6'

The manual, with the shape of the JSON: man xdpsift-filter)";

Result<std::string> parse_file(std::string_view option, std::string_view text) {
    if (text.empty()) return fail(ExitStatus::usage, fmt::format("{} needs the name of a file", option));
    return std::string(text);
}

void declare_other(CLI::App& app, OptionGroup& group, bool& verbose) {
    group.flag("-v,--verbose", verbose, "more: the verifier's log where it refuses the program");
    app.set_help_flag("-h,--help", "this help")->group("Other");
}

}  // namespace

void declare_filter_explain_options(CLI::App& app, FilterExplainArguments& arguments) {
    set_help(app, "xdpsift filter explain [OPTIONS] [EXPRESSION...]", kExplainFooter);
    declare_filter_options(app, arguments);
    OptionGroup other(app, "Other");
    other.flag("--json", arguments.json, "one JSON object");
    declare_other(app, other, arguments.verbose);
}

void declare_filter_run_options(CLI::App& app, FilterRunArguments& arguments) {
    set_help(app, "xdpsift filter run -r FILE|- [OPTIONS] [EXPRESSION...]", kRunFooter);
    OptionGroup files(app, "Files");
    files.value("-r,--read", "FILE|-", arguments.read, "pcap or pcapng (required); - is standard input");
    files.value("-w,--write", "FILE|-", arguments.write, "write what matches as pcapng; - is standard output");
    declare_filter_options(app, arguments);
    OptionGroup other(app, "Other");
    other.flag("--verify", arguments.verify, "ask libpcap about each frame too; exit status 1 where it differs");
    other.flag("--json", arguments.json, "one JSON object");
    declare_other(app, other, arguments.verbose);
}

Result<FilterExplainOptions> resolve(const FilterExplainArguments& arguments) {
    FilterExplainOptions options;
    Resolver resolver;
    resolve_filter(arguments, options, resolver);
    options.json = arguments.json;
    options.verbose = arguments.verbose;
    if (!resolver.outcome()) return tl::unexpected(resolver.outcome().error());
    return options;
}

Result<FilterRunOptions> resolve(const FilterRunArguments& arguments) {
    FilterRunOptions options;
    Resolver resolver;
    resolver.refuse_when(arguments.read.empty(), "no capture is named: add -r FILE, or -r - for standard input");
    resolver.one("-r", arguments.read, options.read, parse_file);
    resolver.one("-w", arguments.write, options.write, parse_file);
    resolver.refuse_when(options.write == "-" && arguments.json,
                         "-w - and --json both take standard output: write to a file, or leave --json out");
    resolve_filter(arguments, options, resolver);
    options.verify = arguments.verify;
    options.json = arguments.json;
    options.verbose = arguments.verbose;
    if (!resolver.outcome()) return tl::unexpected(resolver.outcome().error());
    return options;
}

}  // namespace xdpsift::cli
