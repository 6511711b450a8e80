// SPDX-License-Identifier: BSD-2-Clause
// What the process may do, before it tries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "xdpsift/result.h"

namespace xdpsift::loader {

// What needs more capabilities than attaching does.
struct Plans {
    bool other_user = false;
};

// The capabilities that a capture needs and the process lacks: "CAP_BPF, CAP_NET_ADMIN"; empty when none.
std::string missing_capabilities(const Plans& plans = {});

// ExitStatus::not_permitted naming them.
Result<void> check_capabilities(const Plans& plans);

// CAP_IPC_LOCK: rings do not count against the limit of locked memory.
bool may_lock_memory();

// Before Linux 5.11 the program and its maps count against the limit of locked memory. Raises it as far as that is
// allowed.
void raise_memlock_limit();
// Nothing: unlimited.
std::optional<std::uint64_t> memlock_limit_bytes();

}  // namespace xdpsift::loader
