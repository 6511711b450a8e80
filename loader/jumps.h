// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <linux/bpf.h>

#include <span>

namespace xdpsift::loader {

// Leads each jump to where its way ends: past jumps that only lead on, and past a comparison whose outcome is decided
// by the constant that was set just before. What nothing leads to any more stays where it is, for specialise() to
// remove.
void shorten_jumps(std::span<bpf_insn> program);

}  // namespace xdpsift::loader
