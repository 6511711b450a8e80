// SPDX-License-Identifier: BSD-2-Clause
#include "confine/file_rules.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace xdpsift::confine {
namespace {

// The version from which on truncation is a right of its own; headers of that time need not be there.
constexpr int kTruncateVersion = 3;
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14;

// How many rights to files each version knows, which are the lowest bits: all that is known is refused.
constexpr int kRights[] = {0, 13, 14, 15, 15, 16};

std::uint64_t known_rights(int version) {
    const auto newest = static_cast<int>(std::size(kRights)) - 1;
    return (std::uint64_t{1} << kRights[std::min(version, newest)]) - 1;
}

}  // namespace

int landlock_version() {
    const auto version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? static_cast<int>(version) : 0;
}

Result<FileRules> FileRules::prepare(const std::string& folder) {
    FileRules rules;
    rules.version_ = landlock_version();
    if (rules.version_ == 0) return rules;

    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = known_rights(rules.version_);
    rules.ruleset_.reset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
    if (!rules.ruleset_)
        return fail(ExitStatus::failed, fmt::format("cannot make rules for files: {}", std::strerror(errno)));
    if (folder.empty()) return rules;

    const UniqueFd parent(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!parent)
        return fail(ExitStatus::failed,
                    fmt::format("cannot open the output's folder '{}': {}", folder, std::strerror(errno)));
    landlock_path_beneath_attr below{};
    below.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;
    if (rules.version_ >= kTruncateVersion) below.allowed_access |= kTruncate;
    below.parent_fd = parent.get();
    if (::syscall(SYS_landlock_add_rule, rules.ruleset_.get(), LANDLOCK_RULE_PATH_BENEATH, &below, 0) != 0)
        return fail(ExitStatus::failed, fmt::format("cannot make a rule for '{}': {}", folder, std::strerror(errno)));
    return rules;
}

Result<void> FileRules::enter() const {
    if (!ruleset_ || ::syscall(SYS_landlock_restrict_self, ruleset_.get(), 0) == 0) return {};
    return fail(ExitStatus::failed, fmt::format("cannot restrict access to files: {}", std::strerror(errno)));
}

}  // namespace xdpsift::confine
