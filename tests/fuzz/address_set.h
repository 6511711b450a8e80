// SPDX-License-Identifier: BSD-2-Clause
// What every set of addresses promises (xdpsift/filter.h).
#pragma once

#include <cstddef>

#include "fuzz/require.h"
#include "xdpsift/filter.h"

namespace xdpsift::fuzz {

// False where there is no next address.
inline bool next(std::uint32_t& address) { return ++address != 0; }
inline bool next(Ipv6Address& address) {
    for (auto byte = address.rbegin(); byte != address.rend(); ++byte)
        if (++*byte != 0) return true;
    return false;
}

// Sorted, disjoint, not adjacent.
template <typename Ranges>
void check_ranges(const Ranges& ranges) {
    for (std::size_t i = 0; i < ranges.size(); i++) {
        XS_REQUIRE(ranges[i].first <= ranges[i].last);
        if (i == 0) continue;
        auto after = ranges[i - 1].last;
        XS_REQUIRE(next(after) && after < ranges[i].first);
    }
}

inline void check_addresses(const AddressSet& set) {
    check_ranges(set.v4);
    check_ranges(set.v6);
    XS_REQUIRE(!set.v4.empty() || !set.v6.empty());
}

}  // namespace xdpsift::fuzz
