// SPDX-License-Identifier: BSD-2-Clause
// Ways of filling a file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "xdpsift/result.h"

namespace xdpsift::disk {

struct Contender {
    std::string name;
    // Makes the file `path`, writes about `bytes` into it and says how many it wrote.
    std::function<Result<std::uint64_t>(const std::string& path, std::uint64_t bytes)> fill;
};

// The yardstick is write(2) of 1 MiB blocks.
inline constexpr const char* kYardstick = "write(2), 1 MiB";
std::vector<Contender> contenders();

}  // namespace xdpsift::disk
