// SPDX-License-Identifier: BSD-2-Clause
// Privileges, given up for good.
#pragma once

#include "xdpsift/result.h"

namespace xdpsift::confine {

// Empties the bounding set, which takes CAP_SETPCAP and is left as it is without: nothing can be gained from it once
// forbid_new_privileges() was called. True when it was emptied.
bool drop_bounding_set();

// Permitted, effective, inheritable and ambient.
Result<void> drop_capabilities();

// execve(2) grants nothing from now on.
Result<void> forbid_new_privileges();

}  // namespace xdpsift::confine
