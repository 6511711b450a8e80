// SPDX-License-Identifier: BSD-2-Clause
// What the confined process will be allowed to do with files, tried out while there is a way back.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "confine/user.h"
#include "xdpsift/result.h"

namespace xdpsift::confine {

// As long as one lives, the process opens files as `user` (as itself without one) and without a capability. It can go
// back, so this is no protection. The process must have one thread.
class AsConfined {
   public:
    static Result<AsConfined> begin(const std::optional<User>& user);
    AsConfined(AsConfined&& other) noexcept;
    AsConfined& operator=(AsConfined&&) = delete;
    ~AsConfined();

    // Whether files can be created in `folder`; the error says which user could.
    Result<void> check_can_create_in(const std::string& folder) const;

   private:
    AsConfined() = default;

    bool switched_ = false;  // to another user
    uid_t old_uid_ = 0;
    gid_t old_gid_ = 0;
    std::vector<gid_t> old_groups_;
    void* old_capabilities_ = nullptr;  // libcap-ng's
};

}  // namespace xdpsift::confine
