// SPDX-License-Identifier: BSD-2-Clause
// Lists of addresses as --src, --dst and --host take them.
#pragma once

#include <string_view>

#include "xdpsift/filter.h"
#include "xdpsift/result.h"

namespace xdpsift::cli {

// Comma-separated entries: ADDRESS, ADDRESS/LENGTH, FIRST-LAST, IPv4 and IPv6 mixed, or @FILE: a file with one such
// entry on a line, where # starts a comment. `option` is named in errors, which are ExitStatus::usage.
// The set's text is the list as written, with the count of entries behind each file.
Result<AddressSet> parse_address_list(std::string_view option, std::string_view text);

}  // namespace xdpsift::cli
