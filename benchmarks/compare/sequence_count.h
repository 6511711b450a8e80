// SPDX-License-Identifier: BSD-2-Clause
// What became of a load's numbered frames: each is looked for by its number, nothing is inferred from totals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace xdpsift::compare {

struct SequenceCounts {
    std::uint64_t packets = 0;     // all that were handed in
    std::uint64_t distinct = 0;    // numbers of the load that were seen
    std::uint64_t missing = 0;     // numbers of the load that were not
    std::uint64_t duplicates = 0;  // packets whose number was seen before
    // Packets behind one with a higher number, as RFC 4737 counts them; duplicates are not.
    std::uint64_t reordered = 0;
    std::uint64_t foreign = 0;  // no frames of this load
};

class SequenceCounter {
   public:
    // The load's numbers: `count` from `first` on.
    SequenceCounter(std::uint64_t first, std::uint64_t count) : first_(first), seen_(count) {}

    // A captured frame's bytes, from the Ethernet header on.
    void add(std::span<const std::byte> frame);
    SequenceCounts counts() const;

   private:
    std::uint64_t first_;
    std::vector<bool> seen_;
    std::uint64_t next_ = 0;  // behind the highest so far, relative to the first
    SequenceCounts counts_;
};

// The number in a frame that the generator made, if it is one: UDP over IPv4 to its port, long enough.
std::optional<std::uint64_t> sequence_of(std::span<const std::byte> frame);

}  // namespace xdpsift::compare
