// SPDX-License-Identifier: BSD-2-Clause
// A loaded program on one packet from user space: BPF_PROG_TEST_RUN of bpf(2). Nothing is sent or received.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "xdpsift/result.h"

namespace xdpsift::loader {

// Shorter packets than an Ethernet header are refused by every kernel.
inline constexpr std::size_t kShortestTestRun = 14;
// So many bytes are taken by every kernel: a page, less what stands in front of a packet and behind it.
inline constexpr std::size_t kSurelyTested = 3072;

// The program's return value; none where the kernel does not take a packet of this size. Up to Linux 5.17 that is
// what does not fit into one page, and later what needs more than 17 fragments.
Result<std::optional<std::uint32_t>> test_run(int program_fd, std::span<const std::uint8_t> packet);

}  // namespace xdpsift::loader
