// SPDX-License-Identifier: BSD-2-Clause
// The filter as it stands on a command line, before anything is judged.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace xdpsift::cli {

// Every value that an option was given, in order: one given twice has two.
using Values = std::vector<std::string>;

struct FilterArguments {
    Values src, dst, host, sport, dport, port, proto, vlan;
    Values expression_file;
    Values expression;  // its words
};

// `arguments` must outlive the parsing.
void declare_filter_options(CLI::App& app, FilterArguments& arguments);

}  // namespace xdpsift::cli
