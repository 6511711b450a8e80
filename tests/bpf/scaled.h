// SPDX-License-Identifier: BSD-2-Clause
// How much of a random test is run, and from which seed: XDPSIFT_TEST_SEED sets another one, XDPSIFT_TEST_FILTERS a
// number of per cent, fewer for slow machines.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

namespace xdpsift::bpf {

inline std::uint64_t seed() {
    constexpr std::uint64_t kDefaultSeed = 20'241'121;
    const char* const chosen = std::getenv("XDPSIFT_TEST_SEED");
    const std::uint64_t value = chosen != nullptr ? std::strtoull(chosen, nullptr, 0) : kDefaultSeed;
    std::cout << "seed " << value << "\n";
    return value;
}

inline unsigned scaled(unsigned count) {
    const char* const percent = std::getenv("XDPSIFT_TEST_FILTERS");
    return percent != nullptr ? std::max(1u, count * static_cast<unsigned>(std::stoul(percent)) / 100) : count;
}

}  // namespace xdpsift::bpf
