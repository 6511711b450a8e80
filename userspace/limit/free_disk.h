// SPDX-License-Identifier: BSD-2-Clause
// How full the file system of the output is.
#pragma once

#include <cstdint>
#include <string>

#include "xdpsift/result.h"

namespace xdpsift::limit {

// Bytes that an ordinary user may still write to the file system that holds `path` (statvfs(3)).
Result<std::uint64_t> free_disk_bytes(const std::string& path);

}  // namespace xdpsift::limit
