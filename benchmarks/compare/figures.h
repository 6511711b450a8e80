// SPDX-License-Identifier: BSD-2-Clause
// What is concluded from the runs of a panel: figures with intervals, and ratios of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare/conditions.h"
#include "compare/peers.h"
#include "compare/sequence_count.h"
#include "compare/statistics.h"

namespace xdpsift::compare {

struct CaptureReport {
    SequenceCounts counts;  // of the file
    std::uint64_t file_bytes = 0;
    OwnCounts own;
    double user_s = 0;  // CPU, from start to end
    double system_s = 0;
    double startup_s = 0;  // the part of both that was spent before it was ready
};

struct Run {
    std::uint64_t offered = 0;   // packets
    std::uint64_t received = 0;  // of them, at the receiver's interface
    double offered_pps = 0;
    double path_s = 0;       // CPU: of the generator's thread with the softirq in it, or of the NAPI thread
    double stolen_part = 0;  // of all CPU time meanwhile
    std::optional<CaptureReport> capture;
};

struct Contender {
    std::string name;
    Scenario scenario = Scenario::idle;
    const Peer* peer = nullptr;  // of known_peers(); none: nothing captures
    std::string program;         // where it stands
    bool empty_xdp = false;      // a program that only returns XDP_PASS is attached
};

struct Series {
    Contender contender;
    std::vector<Run> runs;  // those that count
};

struct Panel {
    Conditions conditions;
    std::vector<Series> series;
    unsigned rounds = 0;
    unsigned thrown_away = 0;  // runs, for stolen CPU time
};

struct Figure {
    const char* name;
    const char* unit;
    double (*of)(Scenario scenario, const Run& run);
    bool of_capture;  // asked only of runs with one
};

// pps, path_ns, cpu_ns, total_ns, startup_s, lost, duplicates, reordered, file_bytes.
const std::vector<Figure>& figures();
const Figure& figure(const std::string& name);

Estimate estimate(const Series& series, const Figure& figure);
Estimate ratio(const Series& ours, const Series& theirs, const Figure& figure);

// What a series' total_ns lies above that of the idle one, and the ratio of what two of them add.
Estimate added(const Series& series, const Series& idle);
Estimate added_ratio(const Series& ours, const Series& theirs, const Series& idle);

// In which nothing captures and no program is attached; null: none.
const Series* idle_series(const Panel& panel);
// Which series of the panel is xdpsift's in that scenario (the default ring's); null: none.
const Series* own_series(const Panel& panel, Scenario scenario);

// Decides on each run whether it counts, and how often it may be done again.
class StealFilter {
   public:
    StealFilter(double most_stolen, unsigned most_repeats) : most_stolen_(most_stolen), repeats_left_(most_repeats) {}
    enum class Verdict { keep, repeat, leave_out };
    Verdict judge(double stolen_part);
    unsigned thrown_away() const { return thrown_away_; }

   private:
    double most_stolen_;
    unsigned repeats_left_;
    unsigned thrown_away_ = 0;
};

}  // namespace xdpsift::compare
