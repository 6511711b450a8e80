// SPDX-License-Identifier: BSD-2-Clause
// xdpsift and tcpdump behind one face: started until ready, stopped, and asked what they captured and used.
#pragma once

#include <cstdint>
#include <string>

#include "compare/child_process.h"
#include "xdpsift/result.h"

namespace xdpsift::compare {

enum class Tool { xdpsift, tcpdump };

struct CaptureOptions {
    std::string xdpsift = "xdpsift";
    std::string tcpdump = "tcpdump";
    std::string directory;          // for the capture files; best on a tmpfs
    std::uint32_t snaplen = 128;    // bytes
    std::uint32_t ring_kib = 4096;  // of each CPU for xdpsift, of the one ring for tcpdump
};

struct CaptureReport {
    std::uint64_t captured = 0;  // packets in the file
    std::uint64_t file_bytes = 0;
    std::uint64_t reported = 0;       // packets, by the tool's own word
    std::uint64_t reported_lost = 0;  // the same
    double user_s = 0;                // CPU, from start to end
    double system_s = 0;
    double startup_s = 0;  // the part of both that was spent before it was ready
};

class RunningCapture {
   public:
    // In the namespace, on the receiver's interface; returns once it captures. `matches`: a filter that takes the
    // load's packets, or else one that takes none.
    static Result<RunningCapture> start(Tool tool, bool matches, int netns_fd, const CaptureOptions& options);
    // Gives it time to empty its ring, stops it as Ctrl-C would, and counts.
    Result<CaptureReport> finish();

   private:
    RunningCapture(Tool tool, ChildProcess process, std::string file)
        : tool_(tool), process_(std::move(process)), file_(std::move(file)) {}

    Tool tool_;
    ChildProcess process_;
    std::string file_;
    double startup_s_ = 0;
};

}  // namespace xdpsift::compare
