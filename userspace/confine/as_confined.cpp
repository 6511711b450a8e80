// SPDX-License-Identifier: BSD-2-Clause
#include "confine/as_confined.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace xdpsift::confine {
namespace {

std::vector<gid_t> own_groups() {
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    return groups;
}

// Who could, when the folder belongs to another user.
std::string owner_hint(const std::string& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0 || status.st_uid == ::geteuid()) return {};
    const passwd* owner = ::getpwuid(status.st_uid);
    return owner == nullptr ? std::string() : fmt::format(", or go on as its owner with -Z {}", owner->pw_name);
}

}  // namespace

Result<AsConfined> AsConfined::begin(const std::optional<User>& user) {
    AsConfined state;
    state.old_uid_ = ::geteuid();
    state.old_gid_ = ::getegid();
    state.old_groups_ = own_groups();
    capng_get_caps_process();
    state.old_capabilities_ = capng_save_state();
    if (user) {
        // From here on the destructor goes back, however far it came.
        state.switched_ = true;
        if (::setgroups(user->groups.size(), user->groups.data()) != 0 || ::setegid(user->gid) != 0 ||
            ::seteuid(user->uid) != 0)
            return fail(errno == EPERM ? ExitStatus::not_permitted : ExitStatus::failed,
                        fmt::format("cannot become user \"{}\": {}{}", user->name, std::strerror(errno),
                                    errno == EPERM ? "; -Z needs CAP_SETUID and CAP_SETGID" : ""));
        capng_get_caps_process();
    }
    for (unsigned capability = 0; capability <= CAP_LAST_CAP; capability++)
        capng_update(CAPNG_DROP, CAPNG_EFFECTIVE, capability);
    if (capng_apply(CAPNG_SELECT_CAPS) != 0)
        return fail(ExitStatus::failed, "cannot lay down the effective capabilities");
    return state;
}

AsConfined::AsConfined(AsConfined&& other) noexcept
    : switched_(std::exchange(other.switched_, false)),
      old_uid_(other.old_uid_),
      old_gid_(other.old_gid_),
      old_groups_(std::move(other.old_groups_)),
      old_capabilities_(std::exchange(other.old_capabilities_, nullptr)) {}

AsConfined::~AsConfined() {
    if (old_capabilities_ == nullptr) return;
    // The real and the saved id are still the old ones, so that this needs no capability; the groups do.
    if (switched_) (void)!::seteuid(old_uid_);
    capng_restore_state(&old_capabilities_);
    capng_apply(CAPNG_SELECT_CAPS);
    if (!switched_) return;
    (void)!::setegid(old_gid_);
    (void)!::setgroups(old_groups_.size(), old_groups_.data());
}

Result<void> AsConfined::check_can_create_in(const std::string& folder) const {
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
    const int error = errno;
    const passwd* self = ::getpwuid(::geteuid());
    return fail(ExitStatus::failed,
                fmt::format("{}, which is who the capture goes on as, without capabilities, cannot create the next "
                            "files in '{}': {}; choose a folder that this user may write to{}",
                            self == nullptr ? fmt::format("user {}", ::geteuid()) : self->pw_name, folder,
                            std::strerror(error), error == EACCES ? owner_hint(folder) : ""));
}

}  // namespace xdpsift::confine
