// SPDX-License-Identifier: BSD-2-Clause
// A peer that captures: started until ready, stopped, and its file and CPU time looked at.
#pragma once

#include <string>

#include "compare/child_process.h"
#include "compare/figures.h"
#include "generator/offered_load.h"
#include "xdpsift/result.h"

namespace xdpsift::compare {

class RunningCapture {
   public:
    // In the namespace that holds the job's interface; returns once it captures.
    static Result<RunningCapture> start(const Peer& peer, CaptureJob job, int netns_fd);
    // Gives it time to empty its buffer, stops it as Ctrl-C would, counts, and removes its files.
    Result<CaptureReport> finish(const generator::Offered& offered);

   private:
    RunningCapture(const Peer& peer, CaptureJob job, ChildProcess process)
        : peer_(&peer), job_(std::move(job)), process_(std::move(process)) {}
    Result<CaptureReport> count(const generator::Offered& offered);

    const Peer* peer_;  // of known_peers(), which stay
    CaptureJob job_;
    ChildProcess process_;
    double startup_s_ = 0;
};

}  // namespace xdpsift::compare
