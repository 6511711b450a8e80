// SPDX-License-Identifier: BSD-2-Clause
// The arguments of `xdpsift capture` as they stand on the command line, before anything is judged.
#pragma once

#include "cli/filter_arguments.h"

namespace xdpsift::cli {

struct CaptureArguments : FilterArguments {
    // Source
    Values interface_name, mode, netns;
    // Selection
    Values sample_rate, sampler, seed, snaplen;
    // Limits
    Values count, duration, max_bytes, min_free_disk;
    bool unlimited = false;
    // Output
    Values write, format, file_size, file_count, summary, ready_file;
    // Ring
    Values ring, ring_size;
    // Other
    Values lock, drop_to;
    bool fail_on_loss = false;
    bool quiet = false;
    bool verbose = false;
};

// Declares the options by group, with examples below the help. `arguments` must outlive the parsing.
// CLI11 throws CLI::ParseError from parse(): usage_error() makes an Error of it.
void declare_capture_options(CLI::App& app, CaptureArguments& arguments);

}  // namespace xdpsift::cli
