// SPDX-License-Identifier: BSD-2-Clause
// Medians, and how far they can be trusted: percentile bootstrap, from a seed, so that the same runs give the same
// figures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace xdpsift::compare {

inline constexpr std::uint64_t kBootstrapSeed = 1;
inline constexpr unsigned kResamples = 2'000;

// Where the middle 95 % of the resamples' figures lie.
struct Estimate {
    double value = 0;
    double low = 0;
    double high = 0;
    std::size_t runs = 0;  // 0: nothing to estimate from, and the others are 0 too
};

// Of an even count, the mean of the two in the middle; of none, 0.
double median(std::span<const double> values);

Estimate median_estimate(std::span<const double> values, std::uint64_t seed = kBootstrapSeed);
// The median of `ours` divided by that of `theirs`; both are resampled. Resamples whose divisor is 0 are left out, and
// without any left, or with one side empty, `runs` is 0.
Estimate ratio_estimate(std::span<const double> ours, std::span<const double> theirs,
                        std::uint64_t seed = kBootstrapSeed);

// What the median of `values` lies above that of `baseline`; both are resampled.
Estimate added_estimate(std::span<const double> values, std::span<const double> baseline,
                        std::uint64_t seed = kBootstrapSeed);
// What ours add to the baseline, divided by what theirs add; as ratio_estimate, where theirs add nothing too.
Estimate added_ratio_estimate(std::span<const double> ours, std::span<const double> theirs,
                              std::span<const double> baseline, std::uint64_t seed = kBootstrapSeed);

}  // namespace xdpsift::compare
