// SPDX-License-Identifier: BSD-2-Clause
// pcap-filter(7) expressions to classic BPF, by libpcap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "expression/classic.h"
#include "expression/paths.h"
#include "xdpsift/result.h"

namespace xdpsift::expression {

// Bytes of an expression's text.
inline constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;

// libpcap's optimiser takes half a second for this many instructions, and a minute for ten times as many: a
// program that is longer goes on as it is.
inline constexpr std::size_t kMostOptimised = 5000;

struct CompileOptions {
    bool optimise = true;
    unsigned limit_s = 60;  // for libpcap, names that it looks up included
};

struct Compiled {
    ClassicProgram program;
    bool optimised = false;
    OnlyVerdict verdict = OnlyVerdict::depends;  // where it can be told without a packet
};

// For Ethernet, and for what is in the frame alone: none of Linux's extensions for live captures, so that `vlan` looks
// at the tag in the frame. ExitStatus::usage with libpcap's own words, and where they point.
Result<Compiled> compile(const std::string& text, const CompileOptions& options = {});

}  // namespace xdpsift::expression
