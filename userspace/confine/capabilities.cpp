// SPDX-License-Identifier: BSD-2-Clause
#include "confine/capabilities.h"

#include <cap-ng.h>
#include <fmt/format.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstring>

namespace xdpsift::confine {

bool drop_bounding_set() {
    // The kernel may know more capabilities than the headers: it refuses the first that it does not know.
    for (unsigned long capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
        if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return false;
    }
    return true;
}

Result<void> drop_capabilities() {
    capng_clear(CAPNG_SELECT_CAPS);
    const int error = capng_apply(CAPNG_SELECT_CAPS);
    // The ambient set follows the permitted one.
    if (error == 0) return {};
    return fail(ExitStatus::failed, fmt::format("cannot drop the capabilities (libcap-ng says {})", error));
}

Result<void> forbid_new_privileges() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return {};
    return fail(ExitStatus::failed, fmt::format("cannot forbid new privileges: {}", std::strerror(errno)));
}

}  // namespace xdpsift::confine
