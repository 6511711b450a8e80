// SPDX-License-Identifier: BSD-2-Clause
#include "cli/filter_options.h"

#include <fmt/format.h>

#include "cli/address_list.h"
#include "cli/list_file.h"
#include "cli/number_list.h"
#include "cli/quoted.h"
#include "cli/resolver.h"

namespace xdpsift::cli {
namespace {

void resolve_fields(const FilterArguments& arguments, Filter& filter, Resolver& resolver) {
    resolver.list("--src", arguments.src, filter.src, parse_address_list);
    resolver.list("--dst", arguments.dst, filter.dst, parse_address_list);
    resolver.list("--host", arguments.host, filter.host, parse_address_list);
    resolver.list("--sport", arguments.sport, filter.sport, parse_port_list);
    resolver.list("--dport", arguments.dport, filter.dport, parse_port_list);
    resolver.list("--port", arguments.port, filter.port, parse_port_list);
    resolver.list("--proto", arguments.proto, filter.proto, parse_protocol_list);
    resolver.list("--vlan", arguments.vlan, filter.vlan, parse_vlan_list);
}

// Given on the command line or in a file. Its meaning is libpcap's affair.
void resolve_expression(const FilterArguments& arguments, std::string& expression, Resolver& resolver) {
    resolver.refuse_when(!arguments.expression_file.empty() && !arguments.expression.empty(),
                         fmt::format("-F names a file with an expression, and there is another one: {}: leave one out",
                                     in_quotes(joined(arguments.expression, ' '))));
    expression = joined(arguments.expression, ' ');
    resolver.one("-F", arguments.expression_file, expression,
                 [](std::string_view, std::string_view path) { return read_expression_file(std::string(path)); });
    // A file ends with a line's end, and a script may quote more blanks than there are words.
    const auto last = expression.find_last_not_of(" \t\r\n");
    expression.erase(last == std::string::npos ? 0 : last + 1);
    expression.erase(0, expression.find_first_not_of(" \t\r\n"));
}

// An option of a pcapng block holds 64 KiB, and there are others in it.
constexpr std::size_t kExpressionBytes = 16 << 10;

}  // namespace

void resolve_filter(const FilterArguments& arguments, FilterOptions& options, Resolver& resolver) {
    resolve_fields(arguments, options.filter, resolver);
    resolve_expression(arguments, options.expression, resolver);
}

std::string expression_text(const std::string& expression) {
    std::string text = expression;
    for (char& letter : text) {
        if (letter == '\n' || letter == '\r' || letter == '\t') letter = ' ';
    }
    auto shown = printable(text, kExpressionBytes);
    if (text.size() > kExpressionBytes) shown += fmt::format(" ({} bytes)", text.size());
    return shown;
}

std::string effective_filter(const FilterOptions& options) {
    auto fields = options.filter.text();
    if (options.expression.empty()) return fields;
    auto expression = expression_text(options.expression);
    return fields.empty() ? expression : fmt::format("{} and ({})", fields, expression);
}

}  // namespace xdpsift::cli
