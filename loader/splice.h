// SPDX-License-Identifier: BSD-2-Clause
// A translated expression into the kernel program, in place of the functions that keep the place for it.
#pragma once

#include <linux/bpf.h>

#include <span>
#include <vector>

#include "expression/classic.h"
#include "xdpsift/result.h"

namespace xdpsift::loader {

// `program` is what libbpf is about to load: one function, and behind it the two that it calls (expression.bpf.h), in
// this order. The first call becomes a jump to the translation, which jumps back; the second one's function becomes the
// translation for copied frames, where frames may have several fragments. ExitStatus::unsupported when there is no
// room.
Result<std::vector<bpf_insn>> splice(std::span<const bpf_insn> program, const expression::ClassicProgram& expression,
                                     bool fragments);

}  // namespace xdpsift::loader
