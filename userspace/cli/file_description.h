// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "write/description.h"

namespace xdpsift::cli {

// What each of our capture files says of its origin: this machine, this program, and `comment`. No interfaces yet.
write::FileDescription describe_file(std::string comment);

}  // namespace xdpsift::cli
