// SPDX-License-Identifier: BSD-2-Clause
// Brings the records of all CPUs into one order of time.
#pragma once

#include <cstdint>
#include <vector>

#include "xdpsift/record.h"

namespace xdpsift::order {

// A k-way merge over sources that are each in order. A record is let out when nothing older can follow: every source
// has one at hand, or it is older than the horizon that the caller gives, so that a quiet CPU holds nobody back. A
// source that is pressed for space is not made to wait. A record that comes late all the same carries the time of the
// one before it: what leaves here never goes back in time.
// Borrows the sources. Not thread-safe.
class Merge {
   public:
    explicit Merge(std::vector<RecordSource*> sources) : sources_(std::move(sources)) {}

    // The oldest record that may be let out, or nullptr. Valid until pop().
    Record* next(std::uint64_t horizon_ns);
    // Takes the record that next() showed.
    void pop();

    // Records that came too late for their place.
    std::uint64_t late() const { return late_; }

   private:
    bool choose();

    std::vector<RecordSource*> sources_;
    RecordSource* current_ = nullptr;  // holds the oldest record
    std::uint64_t until_ns_ = 0;       // the oldest time among the others: current_ stays current up to it
    bool complete_ = false;            // every source had a record when current_ was chosen
    bool pressed_ = false;             // one of them was pressed
    std::uint64_t last_ns_ = 0;
    std::uint64_t late_ = 0;
};

}  // namespace xdpsift::order
