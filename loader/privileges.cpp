// SPDX-License-Identifier: BSD-2-Clause
#include "loader/privileges.h"

#include <cap-ng.h>
#include <fmt/format.h>
#include <sys/resource.h>

namespace xdpsift::loader {

std::string missing_capabilities() {
    struct Needed {
        unsigned capability;
        const char* name;
    };
    constexpr Needed kNeeded[] = {{CAP_BPF, "CAP_BPF"}, {CAP_NET_ADMIN, "CAP_NET_ADMIN"}, {CAP_PERFMON, "CAP_PERFMON"}};
    capng_get_caps_process();
    std::string missing;
    for (const auto& needed : kNeeded) {
        const bool covered_by_admin =
            needed.capability != CAP_NET_ADMIN && capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN);
        if (covered_by_admin || capng_have_capability(CAPNG_EFFECTIVE, needed.capability)) continue;
        if (!missing.empty()) missing += ", ";
        missing += needed.name;
    }
    return missing;
}

Result<void> check_capabilities() {
    const auto missing = missing_capabilities();
    if (missing.empty()) return {};
    return fail(
        ExitStatus::not_permitted,
        fmt::format("a capture needs {}: run as root, or grant it (setcap, systemd's AmbientCapabilities)", missing));
}

bool may_lock_memory() {
    capng_get_caps_process();
    return capng_have_capability(CAPNG_EFFECTIVE, CAP_IPC_LOCK) != 0;
}

void raise_memlock_limit() {
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

}  // namespace xdpsift::loader
