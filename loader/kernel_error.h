// SPDX-License-Identifier: BSD-2-Clause
// What the kernel refused, as a sentence with its exit status.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "xdpsift/result.h"

namespace xdpsift::loader {

// The most that Linux 5.10 takes. A log that does not fit hides the refusal behind ENOSPC before 6.4; what is not
// written to costs no memory.
inline constexpr std::size_t kVerifierLogBytes = (1 << 24) - 1;

// Loading the program failed with `error` (positive errno); `verifier_log` may be empty.
tl::unexpected<Error> load_error(int error, std::string_view verifier_log);

// Whether it failed because the program is larger, or has more ways through it, than the kernel takes.
bool is_beyond_limits(int error, std::string_view verifier_log);

// Attaching in `mode` ("native", "generic") failed with `error` (positive errno).
tl::unexpected<Error> attach_error(int error, std::string_view mode);

// Why a driver refuses native XDP, for a note.
std::string attach_reason(int error);

}  // namespace xdpsift::loader
