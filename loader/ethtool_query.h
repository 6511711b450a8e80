// SPDX-License-Identifier: BSD-2-Clause
// What ethtool(8) shows of an interface, in the calling thread's network namespace.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "loader/xdp_support.h"

namespace xdpsift::loader {

// Every offload by the kernel's name of it, and whether it is on now. Empty when the driver does not tell.
std::map<std::string, bool> offloads_of(const std::string& interface);

// Queues in use; none when the driver does not tell.
std::optional<QueueCounts> queues_of(const std::string& interface);

}  // namespace xdpsift::loader
