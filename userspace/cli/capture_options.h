// SPDX-License-Identifier: BSD-2-Clause
// What a capture was asked to do, in typed and checked values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/capture_arguments.h"
#include "cli/filter_options.h"
#include "xdpsift/result.h"
#include "xdpsift/ring_options.h"
#include "xdpsift/selection.h"

namespace xdpsift::cli {

enum class Mode { automatic, native, generic };
enum class FileFormat { pcapng, pcap };

inline constexpr std::uint64_t kDefaultPacketLimit = 10000;
inline constexpr std::chrono::seconds kDefaultTimeLimit{300};
inline constexpr std::uint32_t kLargestSnaplen = 262144;
inline constexpr std::uint64_t kSmallestFileBytes = 1024;
inline constexpr std::uint64_t kSmallestRingBytes = 4096;
inline constexpr std::uint64_t kLargestRingBytes = std::uint64_t{1} << 30;

struct CaptureOptions : FilterOptions {
    std::string interface_name;
    Mode mode = Mode::automatic;
    std::string netns;  // name or path; empty: the one that the command runs in

    std::optional<std::uint64_t> seed;  // without one, the caller draws selection.seed
    Selection selection;                // seed: the one given, else 0
    Limits limits;

    std::string write;  // "-": standard output; may hold strftime patterns
    FileFormat format = FileFormat::pcapng;
    std::optional<std::uint64_t> file_size_bytes;
    std::optional<std::uint32_t> file_count;  // only with file_size_bytes
    std::string summary;                      // empty: none; "-": standard output
    std::string ready_file;                   // empty: none
    std::string lock_file;                    // empty: none
    std::string drop_to;                      // the user to go on as; empty: the one that started it

    RingOptions ring;
    bool fail_on_loss = false;
    bool quiet = false;
    bool verbose = false;
};

// Reads list files. The first option that cannot be used is an Error with ExitStatus::usage.
Result<CaptureOptions> resolve(const CaptureArguments& arguments);

// One line of valid UTF-8 with every setting that shapes the file, defaults included, as a command line. A list from a
// file stands as "@FILE (N entries)". Set selection.seed first.
std::string effective_command(const CaptureOptions& options);

}  // namespace xdpsift::cli
