// SPDX-License-Identifier: BSD-2-Clause
// What a panel of the comparison holds equal for all that take part in it, and what they are asked to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "generator/size_mix.h"
#include "xdpsift/result.h"

namespace xdpsift::compare {

// idle: nothing captures. all: every packet is captured. none: the filter takes no packet. sample: one in kSampleRate.
enum class Scenario { idle, all, none, sample };
// Where the receive path runs. same: on the generator's CPU, in its softirq. apart: in the interface's NAPI thread, on
// another CPU.
enum class Placement { same, apart };

inline constexpr std::uint32_t kSampleRate = 1'000;

const char* name_of(Scenario scenario);
const char* name_of(Placement placement);
Result<Scenario> parse_scenario(const std::string& text);
Result<Placement> parse_placement(const std::string& text);

struct Conditions {
    Placement placement = Placement::same;
    generator::SizeMix sizes;
    std::uint32_t flows = 64;
    std::uint64_t rate_pps = 0;      // 0: as fast as it goes
    std::uint32_t snaplen = 128;     // bytes; 0: whole packets
    std::uint32_t ring_kib = 1'024;  // of each CPU for tools on XDP, of the one ring for the others
    std::uint64_t count = 300'000;
    unsigned generator_cpu = 0;
    unsigned receiver_cpu = 1;  // of the NAPI thread, where there is one
};

// "same core, 64 bytes, snaplen 128".
std::string title_of(const Conditions& conditions);

}  // namespace xdpsift::compare
