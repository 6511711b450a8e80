// SPDX-License-Identifier: BSD-2-Clause
// A small file beside the capture: found out to be writable before the capture, written afterwards.
#pragma once

#include <string>

#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::cli {

class TextOutput {
   public:
    // "-": standard output. `what` names it in errors: "the summary".
    static Result<TextOutput> open(std::string what, const std::string& path);
    TextOutput(TextOutput&& other) noexcept;
    TextOutput& operator=(TextOutput&&) = delete;
    // A file that was made here and never written goes.
    ~TextOutput();
    // Once. Replaces what stood there.
    Result<void> write(const std::string& text);

   private:
    TextOutput() = default;

    std::string what_;
    std::string path_;
    bool made_ = false;  // the file was not there before
    UniqueFd fd_;
};

// A file that appears, with this process's id in it, when publish() is called and not before.
class ReadyFile {
   public:
    // Removes one that an earlier run left.
    static Result<ReadyFile> prepare(const std::string& path);
    ReadyFile(ReadyFile&& other) noexcept;
    ReadyFile& operator=(ReadyFile&&) = delete;
    ~ReadyFile();
    Result<void> publish();

   private:
    ReadyFile() = default;
    std::string path_;
    std::string temporary_;  // empty once it has been renamed
    UniqueFd fd_;
};

}  // namespace xdpsift::cli
