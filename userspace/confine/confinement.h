// SPDX-License-Identifier: BSD-2-Clause
// The privileges of a running capture: none. What can fail is tried in prepare(), while nothing is attached; enter()
// gives up for good what only set-up needed.
#pragma once

#include <optional>
#include <string>

#include "confine/file_rules.h"
#include "confine/system_calls.h"
#include "confine/user.h"
#include "xdpsift/result.h"

namespace xdpsift::confine {

// What the running kernel has for it; capabilities and no_new_privs are in every kernel.
struct Offer {
    bool in_build = true;      // builds for the sanitizers, whose run-time needs more, leave files and calls alone
    int landlock_version = 0;  // 0: none
    bool system_calls = false;
};
Offer offer();

struct Settings {
    std::optional<User> user;  // to go on as
    std::string folder;        // where further files will be opened and old ones removed; empty: no file is opened
};

// Of a process with one thread.
class Confinement {
   public:
    static Result<Confinement> prepare(Settings settings);

    // Once. From here on the process keeps the files that are open and the system calls of the pipeline. Where the
    // kernel has no rules for files or no filter for calls, the rest is in force all the same.
    Result<void> enter();

    // What is in force after enter(), for a person.
    std::string description() const;

   private:
    Confinement(Settings settings, std::optional<FileRules> files, std::optional<SystemCalls> calls);

    Settings settings_;
    std::optional<FileRules> files_;    // none in a build without
    std::optional<SystemCalls> calls_;  // likewise
    bool bounding_set_dropped_ = false;
};

}  // namespace xdpsift::confine
