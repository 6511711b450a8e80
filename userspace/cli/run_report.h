// SPDX-License-Identifier: BSD-2-Clause
// What became of the packets of a file. Frames are counted from 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xdpsift::cli {

struct FrameNote {
    std::uint64_t frame = 0;
    std::string why;
};

struct Difference {
    std::uint64_t frame = 0;
    bool libpcap = false;  // its verdict on the expression; the kernel's is the other
};

struct Verification {
    std::uint64_t compared = 0;
    std::vector<Difference> differ;
    std::vector<FrameNote> unverified;
};

struct RunReport {
    std::uint64_t packets = 0;
    std::vector<std::uint64_t> frames;  // that match
    std::vector<FrameNote> skipped;
    std::optional<Verification> verification;
    std::string error;  // what kept the rest of the file from being read
};

// The table's head, and its line for a frame that matches.
std::string frame_table_head();
std::string frame_table_line(std::uint64_t frame, std::uint64_t time_ns, std::uint32_t frame_len, std::size_t cap_len);
// What stands below it.
std::string run_text(const RunReport& report);

// One line: {"packets", "matched", "frames", "skipped": [{"frame", "why"}]}; "verify" and "error" where there are any.
std::string run_json(const RunReport& report);

}  // namespace xdpsift::cli
