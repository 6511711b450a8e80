// SPDX-License-Identifier: BSD-2-Clause
#include "confine/confinement.h"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <utility>

#include "confine/capabilities.h"

namespace xdpsift::confine {
namespace {

constexpr bool kInBuild = XDPSIFT_SANDBOX != 0;

// The time zone as it is now, rules for the seasons included, stays: without TZ each conversion of a time looks at
// /etc/localtime again.
void keep_time_zone() {
    ::setenv("TZ", ":/etc/localtime", 0);
    ::tzset();
}

}  // namespace

Offer offer() { return {kInBuild, landlock_version(), system_call_filters_offered()}; }

Confinement::Confinement(Settings settings, std::optional<FileRules> files, std::optional<SystemCalls> calls)
    : settings_(std::move(settings)), files_(std::move(files)), calls_(std::move(calls)) {}

Result<Confinement> Confinement::prepare(Settings settings) {
    keep_time_zone();
    if (!kInBuild) return Confinement(std::move(settings), std::nullopt, std::nullopt);
    auto files = FileRules::prepare(settings.folder);
    if (!files) return tl::unexpected(files.error());
    auto calls = SystemCalls::prepare(!settings.folder.empty());
    if (!calls) return tl::unexpected(calls.error());
    return Confinement(std::move(settings), std::move(*files), std::move(*calls));
}

// Each step takes what the next one gives up.
Result<void> Confinement::enter() {
    bounding_set_dropped_ = drop_bounding_set();
    Result<void> done;
    if (settings_.user) done = become(*settings_.user);
    if (done) done = drop_capabilities();
    if (done) done = forbid_new_privileges();
    if (done && files_) done = files_->enter();
    if (done && calls_) done = calls_->enter();
    return done;
}

std::string Confinement::description() const {
    std::string text =
        fmt::format("no capabilities{}, no new privileges", bounding_set_dropped_ ? " (nor in the bounding set)" : "");
    if (settings_.user) text += fmt::format(", user {}", settings_.user->name);
    if (!files_ || !calls_) return text + "; files and system calls are not restricted in this build";
    if (files_->version() == 0)
        text += "; files: not restricted, for this kernel has no Landlock";
    else if (settings_.folder.empty())
        text += fmt::format("; files: none can be opened (Landlock {})", files_->version());
    else
        text += fmt::format("; files: written below '{}' alone (Landlock {})", settings_.folder, files_->version());
    text += calls_->in_force() ? "; system calls: a list, any other ends the process (seccomp)"
                               : "; system calls: not restricted, for this kernel has no seccomp filters";
    return text;
}

}  // namespace xdpsift::confine
