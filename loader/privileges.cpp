// SPDX-License-Identifier: BSD-2-Clause
#include "loader/privileges.h"

#include <cap-ng.h>
#include <fmt/format.h>
#include <sys/resource.h>

namespace xdpsift::loader {

std::string missing_capabilities(const Plans& plans) {
    struct Needed {
        const char* name;
        unsigned capability;
        bool wanted = true;
        bool covered_by_admin = false;  // CAP_SYS_ADMIN, which they were split from, does as well
    };
    const Needed all[] = {{"CAP_BPF", CAP_BPF, true, true},
                          {"CAP_NET_ADMIN", CAP_NET_ADMIN},
                          {"CAP_PERFMON", CAP_PERFMON, true, true},
                          {"CAP_SETUID", CAP_SETUID, plans.other_user},
                          {"CAP_SETGID", CAP_SETGID, plans.other_user}};
    capng_get_caps_process();
    const bool admin = capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN) != 0;
    std::string missing;
    for (const auto& needed : all) {
        if (!needed.wanted || (needed.covered_by_admin && admin)) continue;
        if (capng_have_capability(CAPNG_EFFECTIVE, needed.capability)) continue;
        if (!missing.empty()) missing += ", ";
        missing += needed.name;
    }
    return missing;
}

Result<void> check_capabilities(const Plans& plans) {
    const auto missing = missing_capabilities(plans);
    if (missing.empty()) return {};
    return fail(ExitStatus::not_permitted,
                fmt::format("a capture{} needs {}: run as root, or grant it (scripts/setcap, systemd's "
                            "AmbientCapabilities)",
                            plans.other_user ? " that goes on as another user" : "", missing));
}

bool may_lock_memory() {
    capng_get_caps_process();
    return capng_have_capability(CAPNG_EFFECTIVE, CAP_IPC_LOCK) != 0;
}

void raise_memlock_limit() {
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_MEMLOCK, &unlimited) == 0) return;
    rlimit limit{};
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_MEMLOCK, &limit);
}

std::optional<std::uint64_t> memlock_limit_bytes() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
    return limit.rlim_cur;
}

}  // namespace xdpsift::loader
