// SPDX-License-Identifier: BSD-2-Clause
// Words for the person in front of it.
#pragma once

#include <string_view>

namespace xdpsift::cli {

// To standard error. One that takes nothing (a full disk, a terminal that is gone) is no reason to fail: what has to
// be known stands in the exit status, the summary and the file.
void say(std::string_view words);

// Standard input, output and error that the caller left closed are opened, so that no file of ours takes their
// numbers; writing to such an output fails. To be called first.
void occupy_standard_streams();

}  // namespace xdpsift::cli
