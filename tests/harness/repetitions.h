// SPDX-License-Identifier: BSD-2-Clause
// How often a test that repeats itself does so: a part of it where the machine is slow (XDPSIFT_TEST_FAULTS, per cent).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace xdpsift::harness {

inline std::size_t fault_percentage() {
    const char* const text = std::getenv("XDPSIFT_TEST_FAULTS");
    return text == nullptr ? 100 : std::clamp<std::size_t>(std::strtoul(text, nullptr, 10), 1, 100);
}

// So many of `count`.
inline std::size_t repetitions(std::size_t count) { return std::max<std::size_t>(count * fault_percentage() / 100, 1); }

// Every so manieth of a row.
inline std::size_t stride() { return 100 / fault_percentage(); }

}  // namespace xdpsift::harness
