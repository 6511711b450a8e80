// SPDX-License-Identifier: BSD-2-Clause
// A classic program as a graph, so that a jump may lead further than its own fields could say.
#pragma once

#include <vector>

#include "expression/classic.h"

namespace xdpsift::expression {

struct Flow {
    ClassicProgram program;
    std::vector<Successors> next;  // in place of the instructions' own displacements
};

// The program as it stands. It has been checked.
Flow flow_of(const ClassicProgram& program);

// Leaves out what the way to an instruction has settled before: a comparison whose outcome is known is jumped past,
// what A or X hold already is not loaded again. libpcap's optimiser does this too, but not for long lists, where its
// time grows with the square; here it grows with the length. The verdict is the same for every frame. A program with
// loops is left as it is.
Flow shorten(Flow flow);

}  // namespace xdpsift::expression
