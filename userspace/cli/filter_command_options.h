// SPDX-License-Identifier: BSD-2-Clause
// The arguments of `xdpsift filter explain` and `xdpsift filter run`, and what they come to.
#pragma once

#include <string>

#include "cli/filter_arguments.h"
#include "cli/filter_options.h"
#include "xdpsift/result.h"

namespace xdpsift::cli {

struct FilterExplainArguments : FilterArguments {
    bool json = false;
    bool verbose = false;
};

struct FilterRunArguments : FilterArguments {
    Values read, write;
    bool verify = false;
    bool json = false;
    bool verbose = false;
};

// Each with its options by group and examples below the help. `arguments` must outlive the parsing.
void declare_filter_explain_options(CLI::App& app, FilterExplainArguments& arguments);
void declare_filter_run_options(CLI::App& app, FilterRunArguments& arguments);

struct FilterExplainOptions : FilterOptions {
    bool json = false;
    bool verbose = false;
};

struct FilterRunOptions : FilterOptions {
    std::string read;   // "-": standard input
    std::string write;  // "-": standard output; empty: nothing is written
    bool verify = false;
    bool json = false;
    bool verbose = false;
};

// The first option that cannot be used is an Error with ExitStatus::usage.
Result<FilterExplainOptions> resolve(const FilterExplainArguments& arguments);
Result<FilterRunOptions> resolve(const FilterRunArguments& arguments);

// One line of valid UTF-8: the command that makes the same choice again.
std::string effective_command(const FilterRunOptions& options);

}  // namespace xdpsift::cli
