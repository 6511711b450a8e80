// SPDX-License-Identifier: BSD-2-Clause
// One run at a time: an advisory lock (flock(2)) that the kernel releases with the process.
#pragma once

#include <string>

#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::cli {

// Takes the lock and writes this process's id into the file; it stays there afterwards. Held by another: at once
// ExitStatus::unavailable, naming the holder.
Result<UniqueFd> take_lock(const std::string& path);

}  // namespace xdpsift::cli
