// SPDX-License-Identifier: BSD-2-Clause
// The structured filter in the shape that the kernel program reads.
#pragma once

#include <vector>

#include "xdpsift/event.h"
#include "xdpsift/filter.h"

namespace xdpsift::loader {

// Fills the program's read-only filter; returns the prefixes that go to the trie, because a list was too long to be
// compared in place. `out` has to be zeroed.
std::vector<xs_prefix> fill_filter(const Filter& filter, xs_filter& out);

}  // namespace xdpsift::loader
