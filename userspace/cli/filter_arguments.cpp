// SPDX-License-Identifier: BSD-2-Clause
#include "cli/filter_arguments.h"

#include "cli/option_group.h"

namespace xdpsift::cli {

void declare_filter_options(CLI::App& app, FilterArguments& arguments) {
    OptionGroup filter(app, "Filter");
    filter.value("--src", "LIST", arguments.src, "source address: A, A/LEN, A-B or @FILE; IPv4 and IPv6");
    filter.value("--dst", "LIST", arguments.dst, "destination address, likewise");
    filter.value("--host", "LIST", arguments.host, "either address");
    filter.value("--sport", "LIST", arguments.sport, "source port: N or N-M");
    filter.value("--dport", "LIST", arguments.dport, "destination port");
    filter.value("--port", "LIST", arguments.port, "either port");
    filter.value("--proto", "LIST", arguments.proto, "tcp, udp, icmp, icmpv6, sctp, gre, esp, ... or 0-255");
    filter.value("--vlan", "LIST", arguments.vlan, "VLAN id; without it, tagged and untagged match alike");
    filter.value("-F", "FILE", arguments.expression_file, "the expression stands in this file");
    app.add_option(
           "EXPRESSION",
           [&arguments](const CLI::results_t& results) {
               arguments.expression = results;
               return true;
           },
           "pcap-filter(7): has to hold as well; its words stand at the end")
        ->expected(0, CLI::detail::expected_max_vector_size)
        ->allow_extra_args()  // or only the first word would be taken
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->option_text(" ")
        ->group("Filter");
}

}  // namespace xdpsift::cli
