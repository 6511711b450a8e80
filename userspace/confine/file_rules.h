// SPDX-License-Identifier: BSD-2-Clause
// Which files may be opened, made and removed: Landlock (landlock(7)), Linux 5.13 and later.
#pragma once

#include <cstdint>
#include <string>

#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::confine {

// The version of Landlock's interface that the kernel offers; 0 when it has none, or it is not switched on.
int landlock_version();

// Files that are open already are not touched by it.
class FileRules {
   public:
    // Below `folder` files may be created, written to and removed; elsewhere, and everywhere when it is empty, nothing.
    // On a kernel without Landlock these are no rules.
    static Result<FileRules> prepare(const std::string& folder);

    // Needs no_new_privs.
    Result<void> enter() const;
    int version() const { return version_; }

   private:
    FileRules() = default;

    int version_ = 0;
    UniqueFd ruleset_;
};

}  // namespace xdpsift::confine
