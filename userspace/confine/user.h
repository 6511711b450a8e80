// SPDX-License-Identifier: BSD-2-Clause
// The user that the process goes on as.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "xdpsift/result.h"

namespace xdpsift::confine {

struct User {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  // all of them, as after a login
};

// By name, in passwd(5) or what nsswitch.conf(5) names. ExitStatus::usage when there is none.
Result<User> find_user(const std::string& name);

// For good: groups, group, user, in this order. Needs CAP_SETUID and CAP_SETGID.
Result<void> become(const User& user);

}  // namespace xdpsift::confine
