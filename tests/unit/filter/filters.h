// SPDX-License-Identifier: BSD-2-Clause
// Filters as the commands hold them, from an expression or from options.
#pragma once

#include <stdexcept>
#include <string>

#include "cli/compiled_filter.h"
#include "cli/filter_options.h"

namespace xdpsift::test {

inline cli::FilterOptions with_expression(const std::string& expression) {
    cli::FilterOptions options;
    options.expression = expression;
    return options;
}

inline cli::FilterOptions with_port(unsigned port) {
    cli::FilterOptions options;
    options.filter.port.emplace();
    options.filter.port->numbers.set(port);
    options.filter.port->text = std::to_string(port);
    return options;
}

inline cli::FilterOptions with_vlan(unsigned id) {
    cli::FilterOptions options;
    options.filter.vlan.emplace();
    options.filter.vlan->numbers.set(id);
    options.filter.vlan->text = std::to_string(id);
    return options;
}

inline expression::Compiled compiled(const cli::FilterOptions& options) {
    auto out = cli::compile_filter(options);
    if (!out) throw std::runtime_error(out.error().message);
    return std::move(*out);
}

}  // namespace xdpsift::test
