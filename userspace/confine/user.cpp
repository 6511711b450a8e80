// SPDX-License-Identifier: BSD-2-Clause
#include "confine/user.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace xdpsift::confine {
namespace {

std::vector<gid_t> groups_of(const char* name, gid_t gid) {
    int count = 32;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    // What is too small is told by -1, and how many there are in `count`.
    while (::getgrouplist(name, gid, groups.data(), &count) < 0) groups.resize(static_cast<std::size_t>(count));
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

}  // namespace

Result<User> find_user(const std::string& name) {
    errno = 0;
    const passwd* entry = ::getpwnam(name.c_str());
    if (entry == nullptr) {
        const auto reason = errno == 0 || errno == ENOENT ? std::string() : fmt::format(": {}", std::strerror(errno));
        return fail(ExitStatus::usage, fmt::format("there is no user \"{}\"{}", name, reason));
    }
    return User{name, entry->pw_uid, entry->pw_gid, groups_of(name.c_str(), entry->pw_gid)};
}

Result<void> become(const User& user) {
    if (::setgroups(user.groups.size(), user.groups.data()) == 0 && ::setresgid(user.gid, user.gid, user.gid) == 0 &&
        ::setresuid(user.uid, user.uid, user.uid) == 0)
        return {};
    return fail(errno == EPERM ? ExitStatus::not_permitted : ExitStatus::failed,
                fmt::format("cannot become user \"{}\": {}", user.name, std::strerror(errno)));
}

}  // namespace xdpsift::confine
