// SPDX-License-Identifier: BSD-2-Clause
// Code of the loader's own into the kernel program, where a function keeps the place for it (XS_PLACE_..., event.h).
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "xdpsift/result.h"

namespace xdpsift::loader {

// What goes into a place is no function but a stretch of a program, as expression::Translation describes it: entered
// behind its first instruction with the arguments in r1 to r5, left by way of the first, a jump that is aimed here,
// with the result in r0. It leaves r6 to r9 alone.
using Stretch = std::vector<bpf_insn>;
using Stretches = std::map<std::uint32_t, Stretch>;  // by the number of the place

// `program` is what libbpf is about to load: one function, and behind it those that it calls. Each call of a place in
// `inlined` becomes a jump to a copy of its stretch, which jumps back; a place in `functions` stays a function with
// that code. ExitStatus::failed for a place of which neither speaks, ExitStatus::unsupported when there is no room.
Result<std::vector<bpf_insn>> fill_places(std::span<const bpf_insn> program, const Stretches& inlined,
                                          const Stretches& functions);

// Bytes of the stack that the function at the program's begin uses; the rest is for what is inlined.
int stack_used(std::span<const bpf_insn> program);

}  // namespace xdpsift::loader
