// SPDX-License-Identifier: BSD-2-Clause
// The network interface to capture on, and the namespace that holds it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "xdpsift/result.h"

namespace xdpsift::loader {

struct Interface {
    std::string name;
    int index = 0;
    std::array<std::uint8_t, 6> mac{};
    std::uint32_t mtu = 0;
    std::string driver;  // empty when it has none
    bool up = false;
};

// Moves the calling thread into a network namespace: a name under /run/netns, or a path. To be called before anything
// else is opened; files stay reachable.
Result<void> enter_network_namespace(const std::string& name_or_path);

// In the calling thread's namespace. ExitStatus::unavailable when there is none of that name.
Result<Interface> find_interface(const std::string& name);

std::vector<std::string> interface_names();

}  // namespace xdpsift::loader
