// SPDX-License-Identifier: BSD-2-Clause
// What stands on the terminal while a capture runs.
#pragma once

#include "capture/capture.h"
#include "cli/capture_options.h"

namespace xdpsift::cli {

// A line on standard error that is written over each second, on a terminal alone; the counters when asked for.
class LiveLine final : public capture::Observer {
   public:
    explicit LiveLine(const CaptureOptions& options);
    LiveLine(const LiveLine&) = delete;
    LiveLine& operator=(const LiveLine&) = delete;
    ~LiveLine() override;

    void every_second(const capture::Progress& progress) override;
    void on_request(const capture::Progress& progress) override;

   private:
    std::string limits_left(const capture::Progress& progress) const;
    void clear();

    const CaptureOptions& options_;
    bool on_terminal_;
    bool shown_ = false;
};

}  // namespace xdpsift::cli
