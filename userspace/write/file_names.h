// SPDX-License-Identifier: BSD-2-Clause
// The names of the files of one capture.
#pragma once

#include <cstdint>
#include <ctime>
#include <span>
#include <string>

#include "xdpsift/result.h"

namespace xdpsift::write {

// A pattern in which strftime(3) conversions expand. With rotation each name is used once: a pattern that expands
// into something new is taken as it is; otherwise the file's number stands before the extension, as in
// x_00001.pcapng, x_00002.pcapng; without conversions from the first file on.
class FileNames {
   public:
    // A conversion that strftime(3) does not have is ExitStatus::usage, for what it would expand into is unclear.
    static Result<FileNames> from(std::string pattern, bool rotating);

    // The next file's name; none of `in_use`.
    std::string next(const std::tm& time, std::span<const std::string> in_use);

    // The folder of a file that is opened at `time`.
    std::string folder(const std::tm& time) const;
    // The innermost folder that holds all of the files, whenever they are opened.
    std::string common_folder() const;

   private:
    FileNames() = default;
    std::string expand(const std::tm& time) const;

    std::string pattern_;
    bool rotating_ = false;
    bool varies_ = false;  // holds a conversion other than %%
    std::string last_expanded_;
    std::uint64_t number_ = 0;
};

}  // namespace xdpsift::write
