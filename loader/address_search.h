// SPDX-License-Identifier: BSD-2-Clause
// A list of addresses as code: comparisons that halve it each time.
#pragma once

#include <cstddef>
#include <vector>

#include "loader/places.h"
#include "xdpsift/filter.h"

namespace xdpsift::loader {

// Longer lists of a family go to the trie of prefixes: all copies of the searches have to stand within a jump's reach.
inline constexpr std::size_t kMostSearched = 256;

// For the place XS_PLACE_ADDRESSES of a list. Sorted, disjoint ranges; none of them: nothing is in it.
Stretch search(const std::vector<Ipv4Range>& ranges);
Stretch search(const std::vector<Ipv6Range>& ranges);

}  // namespace xdpsift::loader
