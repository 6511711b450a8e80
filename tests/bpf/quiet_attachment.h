// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "xdpsift/unique_fd.h"

namespace xdpsift::bpf {

// Before Linux 5.18 the kernel changes its own code, and interrupts every CPU for it, when a program is run that is
// attached nowhere; on 5.10 that takes a hundred times as long as the run. So it is attached where no packet comes by:
// to a loopback interface of ours that is down, in a network namespace of its own. Where that is of no use, or not
// allowed, none is returned.
UniqueFd attach_where_no_packet_comes(int program_fd);

}  // namespace xdpsift::bpf
