// SPDX-License-Identifier: BSD-2-Clause
#include "cli/compiled_filter.h"

#include "cli/quoted.h"

namespace xdpsift::cli {

using expression::OnlyVerdict;

Result<expression::Compiled> compile_filter(const FilterOptions& options) {
    if (options.expression.empty()) return expression::Compiled{};
    auto compiled = expression::compile(options.expression);
    // libpcap's words hold the user's as they are.
    if (!compiled) compiled.error().message = printable(compiled.error().message, 1024);
    return compiled;
}

std::string verdict_note(const expression::Compiled& compiled) {
    switch (compiled.verdict) {
        case OnlyVerdict::rejects: return "no packet can satisfy this expression";
        case OnlyVerdict::accepts: return "every packet satisfies this expression";
        case OnlyVerdict::depends: break;
    }
    return {};
}

}  // namespace xdpsift::cli
