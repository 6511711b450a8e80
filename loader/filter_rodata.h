// SPDX-License-Identifier: BSD-2-Clause
// The structured filter in the shape that the kernel program reads.
#pragma once

#include <cstddef>
#include <vector>

#include "xdpsift/event.h"
#include "xdpsift/filter.h"

namespace xdpsift::loader {

// What the trie is allowed to hold: some hundreds of megabytes in the kernel, and some seconds to fill it. A single
// range may take 254 of them, so that a list of a few megabytes could ask for all of the machine's memory.
inline constexpr std::size_t kMostPrefixes = 2'000'000;

// Fills the program's read-only filter; returns the prefixes that go to the trie, because a list has more than
// `most_searched` ranges of a family; when these are more than kMostPrefixes, the rest is left out. `out` has to be
// zeroed.
std::vector<xs_prefix> fill_filter(const Filter& filter, std::size_t most_searched, xs_filter& out);

}  // namespace xdpsift::loader
