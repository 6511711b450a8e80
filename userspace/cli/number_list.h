// SPDX-License-Identifier: BSD-2-Clause
// Lists of ports, protocols and VLAN ids: comma-separated numbers and ranges N-M.
// `option` is named in errors, which are ExitStatus::usage. The set's text is the list as written.
#pragma once

#include <string_view>

#include "xdpsift/filter.h"
#include "xdpsift/result.h"

namespace xdpsift::cli {

// 0-65535. Names of services are refused.
Result<NumberSet<65536>> parse_port_list(std::string_view option, std::string_view text);

// 0-255, or names of the IANA registry of protocol numbers with their usual short forms, in any case.
Result<NumberSet<256>> parse_protocol_list(std::string_view option, std::string_view text);

// 0-4095; 0 stands for tags that carry a priority alone.
Result<NumberSet<4096>> parse_vlan_list(std::string_view option, std::string_view text);

}  // namespace xdpsift::cli
