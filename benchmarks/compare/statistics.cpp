// SPDX-License-Identifier: BSD-2-Clause
#include "compare/statistics.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace xdpsift::compare {
namespace {

constexpr double kLowerQuantile = 0.025;
constexpr double kUpperQuantile = 0.975;

// The standard leaves the algorithm of its distributions open: the remainder is the same everywhere, and its bias
// (of the order of 1e-18) is nothing here.
std::vector<double> resample(std::span<const double> values, std::mt19937_64& random) {
    std::vector<double> out(values.size());
    for (double& value : out) value = values[random() % values.size()];
    return out;
}

double quantile(const std::vector<double>& sorted, double part) {
    const double place = part * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(place));
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

Estimate interval(double value, std::vector<double> resampled, std::size_t runs) {
    if (resampled.empty()) return {};
    std::sort(resampled.begin(), resampled.end());
    return {value, quantile(resampled, kLowerQuantile), quantile(resampled, kUpperQuantile), runs};
}

}  // namespace

double median(std::span<const double> values) {
    if (values.empty()) return 0;
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    const std::size_t middle = sorted.size() / 2;
    return sorted.size() % 2 != 0 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

Estimate median_estimate(std::span<const double> values, std::uint64_t seed) {
    if (values.empty()) return {};
    std::mt19937_64 random(seed);
    std::vector<double> medians;
    for (unsigned i = 0; i < kResamples; i++) medians.push_back(median(resample(values, random)));
    return interval(median(values), std::move(medians), values.size());
}

Estimate ratio_estimate(std::span<const double> ours, std::span<const double> theirs, std::uint64_t seed) {
    constexpr double kNothing[] = {0};
    return added_ratio_estimate(ours, theirs, kNothing, seed);
}

Estimate added_estimate(std::span<const double> values, std::span<const double> baseline, std::uint64_t seed) {
    if (values.empty() || baseline.empty()) return {};
    std::mt19937_64 random(seed);
    std::vector<double> added;
    for (unsigned i = 0; i < kResamples; i++) {
        const double whole = median(resample(values, random));
        added.push_back(whole - median(resample(baseline, random)));
    }
    return interval(median(values) - median(baseline), std::move(added), std::min(values.size(), baseline.size()));
}

Estimate added_ratio_estimate(std::span<const double> ours, std::span<const double> theirs,
                              std::span<const double> baseline, std::uint64_t seed) {
    if (ours.empty() || theirs.empty() || baseline.empty()) return {};
    const double divisor = median(theirs) - median(baseline);
    if (divisor <= 0) return {};
    std::mt19937_64 random(seed);
    std::vector<double> ratios;
    for (unsigned i = 0; i < kResamples; i++) {
        const double base = median(resample(baseline, random));
        const double dividend = median(resample(ours, random)) - base;
        const double drawn = median(resample(theirs, random)) - base;
        if (drawn > 0) ratios.push_back(dividend / drawn);
    }
    return interval((median(ours) - median(baseline)) / divisor, std::move(ratios),
                    std::min(ours.size(), theirs.size()));
}

}  // namespace xdpsift::compare
