// SPDX-License-Identifier: BSD-2-Clause
// Lists for filters, as short as a table of tests wants them: addresses({"192.0.2.0/24"}), ports({53, {80, 90}}).
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "xdpsift/filter.h"

namespace xdpsift::bpf {

struct NumberRange {
    NumberRange(unsigned only) : first(only), last(only) {}  // NOLINT(google-explicit-constructor): reads as a list
    NumberRange(unsigned from, unsigned to) : first(from), last(to) {}
    unsigned first;
    unsigned last;
};

template <std::size_t N>
NumberSet<N> number_set(const std::vector<NumberRange>& ranges) {
    NumberSet<N> set;
    for (const NumberRange& range : ranges) {
        for (unsigned number = range.first; number <= range.last; ++number) set.numbers.set(number);
        if (!set.text.empty()) set.text += ',';
        set.text += std::to_string(range.first);
        if (range.last != range.first) set.text += '-' + std::to_string(range.last);
    }
    return set;
}
inline NumberSet<65536> ports(const std::vector<NumberRange>& ranges) { return number_set<65536>(ranges); }
inline NumberSet<256> protocols(const std::vector<NumberRange>& ranges) { return number_set<256>(ranges); }
inline NumberSet<4096> vlans(const std::vector<NumberRange>& ranges) { return number_set<4096>(ranges); }

// Each entry an address, "a/len" or "a-b" of either family. Throws std::invalid_argument.
AddressSet addresses(const std::vector<std::string>& entries);
// Sorts, and joins what overlaps or touches: the shape that AddressSet promises.
void normalise(AddressSet& set);

}  // namespace xdpsift::bpf
