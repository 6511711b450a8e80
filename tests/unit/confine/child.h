// SPDX-License-Identifier: BSD-2-Clause
// A process that confines itself as a capture does, and tries something then.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>

namespace xdpsift::confine {

// How it ended: its exit status, or 128 + the signal that ended it.
inline constexpr int kCouldNotConfine = 100;

// In a child: enters a confinement that may write below `folder` (empty: nowhere) and returns what `attempt` does.
int confined(const std::string& folder, const std::function<int()>& attempt);

// The value of a line of /proc/PID/status, of a child that has entered and waits.
std::string status_of_confined(const std::string& name);

class TemporaryFolder {
   public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    const std::filesystem::path& path() const { return path_; }

   private:
    std::filesystem::path path_;
};

}  // namespace xdpsift::confine
