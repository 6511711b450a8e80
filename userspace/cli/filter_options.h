// SPDX-License-Identifier: BSD-2-Clause
// What a packet has to satisfy, in typed and checked values: the part that `capture` and `filter` have in common.
#pragma once

#include <string>

#include "cli/filter_arguments.h"
#include "xdpsift/filter.h"

namespace xdpsift::cli {

class Resolver;

struct FilterOptions {
    Filter filter;
    std::string expression;  // pcap-filter(7), as it was written; empty: none
};

// Reads list files and the expression's.
void resolve_filter(const FilterArguments& arguments, FilterOptions& options, Resolver& resolver);

// An expression in one line of valid UTF-8. A long one is cut, and says so.
std::string expression_text(const std::string& expression);

// What a packet has to satisfy, in one line of valid UTF-8: the options' fields and the expression, joined by "and".
// Empty when everything matches. A long expression is cut, and says so.
std::string effective_filter(const FilterOptions& options);

}  // namespace xdpsift::cli
