// SPDX-License-Identifier: BSD-2-Clause
// How a capture went: as JSON for scripts, in words for the person in front of it.
#pragma once

#include <string>
#include <vector>

#include "capture/capture.h"
#include "cli/capture_options.h"

namespace xdpsift::cli {

// The interfaces of a capture as they were attached, in the order of their ids.
struct AttachedInterface {
    std::string name;
    std::string mode;  // "native" or "generic"
};

// One object, a line of its own at the end.
std::string summary_json(const CaptureOptions& options, const std::vector<AttachedInterface>& interfaces,
                         const capture::Report& report);

// Several lines.
std::string final_words(const CaptureOptions& options, const capture::Report& report);

// "seen 120, matched 7, selected 7, lost 0, written 7".
std::string counters_line(const Ledger& ledger);

}  // namespace xdpsift::cli
