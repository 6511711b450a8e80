// SPDX-License-Identifier: BSD-2-Clause
// The pipeline: drain -> order -> limit -> write, from the moment the hook is live until the file is closed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/epoch_clock.h"
#include "capture/link_watch.h"
#include "capture/signals.h"
#include "drain/kernel_counters.h"
#include "drain/rings.h"
#include "limit/free_disk.h"
#include "limit/limiter.h"
#include "order/merge.h"
#include "write/capture_writer.h"
#include "xdpsift/ledger.h"
#include "xdpsift/result.h"
#include "xdpsift/selection.h"

namespace xdpsift::capture {

// The attachment, which the pipeline ends but does not own.
struct Hook {
    std::function<void()> detach;             // when it returns, the kernel's counters are final
    std::function<bool()> byte_limit_passed;  // the kernel has refused a packet for its bytes
    std::function<Result<void>()> check;      // an error once it is not ours any more; may wait for the kernel
};

struct Progress {
    std::chrono::nanoseconds elapsed{};
    Ledger total;
    std::uint64_t admitted_bytes = 0;  // packet bytes, against the byte limit
    bool final = false;                // the sums hold; before, packets are on their way
};

// What the person in front of it is told meanwhile. Called from run(), on its thread.
class Observer {
   public:
    virtual ~Observer() = default;
    virtual void every_second(const Progress& progress) = 0;
    virtual void on_request(const Progress& progress) = 0;  // SIGUSR1
};

struct Report {
    StopReason reason = StopReason::error;
    std::optional<Error> error;  // why it failed, or what kept the last packets from the output
    std::chrono::nanoseconds elapsed{};
    std::vector<Ledger> interfaces;
    Ledger total;
    std::vector<std::string> files;
    std::vector<ClockStep> clock_steps;
    std::uint64_t late = 0;            // packets that came too late for their place in the order of time
    std::uint64_t lost_announced = 0;  // of ring_lost: what the kernel announced in the rings
    std::string ledger_reason;         // why the ledger does not close; empty when it does
};

struct Settings {
    Limits limits;
    std::string disk_path;  // on the file system that min_free_disk_bytes speaks of
};

// One thread. Built before the hook is attached, so that everything that can fail has been tried by then.
class Capture {
   public:
    Capture(Settings settings, drain::Rings rings, drain::KernelCounters counters, EpochClock clock, Signals signals);
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    // Opens the output and writes its header. What was made goes again when it fails.
    Result<void> open_output(write::OutputOptions output, write::FileDescription description);

    // There will be no capture: a file that was made for it goes again.
    void remove_output();

    // `start_ns`: the moment the hook went live, CLOCK_MONOTONIC. Returns when the capture is over.
    Report run(std::uint64_t start_ns, Hook hook, std::vector<LinkWatch> links, Observer& observer);

   private:
    Result<void> watch_disk();
    Result<void> watch_everything();
    Result<void> watch(int fd, std::uint32_t events, std::uint64_t tag);
    void wait();
    int wait_ms(std::uint64_t now_ns) const;
    void handle_signals();
    bool pass(std::uint64_t horizon_ns);
    void deliver(Record& record);
    void flush();
    void check_limits();
    void tell(std::uint64_t now_ns);
    void check_hook();
    bool interface_gone();
    void stop(StopReason reason);
    void stop_on(const Error& error);
    void drain_the_rest();
    void wait_for_output();
    void finish_output();
    Report report();
    Progress progress(std::uint64_t now_ns) const;
    Ledger ledger(std::uint32_t interface_id) const;
    std::vector<write::InterfaceStatistics> statistics() const;

    Settings settings_;
    drain::Rings rings_;
    drain::KernelCounters counters_;
    EpochClock clock_;
    Signals signals_;
    order::Merge merge_;
    std::optional<write::CaptureWriter> writer_;
    std::optional<limit::Limiter> limiter_;
    std::optional<limit::Disk> disk_;  // with a limit on it
    std::vector<LinkWatch> links_;
    Hook hook_;
    Observer* observer_ = nullptr;

    UniqueFd epoll_;
    int output_fd_ = -1;        // of an output that may block, or whose reader may go away
    bool output_full_ = false;  // it took nothing the last time
    bool output_gone_ = false;  // its reader went away
    bool given_up_ = false;     // nothing more goes to the output
    bool more_waits_ = false;   // the last pass stopped before the rings were empty
    std::uint64_t tick_ns_ = 0;
    std::uint64_t start_ns_ = 0;
    std::uint64_t start_epoch_ns_ = 0;  // as the wall clock told it then
    std::uint64_t end_ns_ = 0;          // when the hook was detached; 0: it is live
    std::uint64_t next_tell_ns_ = 0;
    std::uint64_t next_flush_ns_ = 0;
    std::uint64_t told_seen_ = 0;          // when it was told the last time
    std::vector<std::uint64_t> received_;  // for each interface
    std::optional<StopReason> stop_reason_;
    std::optional<Error> error_;
};

}  // namespace xdpsift::capture
