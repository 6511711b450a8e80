// SPDX-License-Identifier: BSD-2-Clause
// The sampler's own program, attached nowhere, on one packet after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "drain/kernel_counters.h"
#include "expression/classic.h"
#include "loader/sampler.h"
#include "xdpsift/filter.h"
#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::offline {

enum class Outcome {
    match,
    no_match,
    malformed,  // no match: a header that the filter needs is cut short or contradicts itself
};

// Needs privileges. Not thread-safe.
class SamplerTrial {
   public:
    // As a capture would load it, but for a deadline that is long past: it copies nothing.
    static Result<SamplerTrial> load(const Filter& filter, const expression::ClassicProgram& expression);

    // None where the kernel takes no packet of this size.
    Result<std::optional<Outcome>> run(std::span<const std::uint8_t> packet);

   private:
    SamplerTrial(UniqueFd space, loader::Sampler sampler, drain::KernelCounters counters)
        : space_(std::move(space)),
          sampler_(std::move(sampler)),
          counters_(std::move(counters)),
          before_(counters_.read(0)) {}

    UniqueFd space_;  // the network namespace that it is attached in, if it is
    loader::Sampler sampler_;
    drain::KernelCounters counters_;
    Ledger before_;
};

}  // namespace xdpsift::offline
