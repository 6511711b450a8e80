// SPDX-License-Identifier: BSD-2-Clause
// Expressions over every primitive of pcap-filter(7) that libpcap compiles for Ethernet.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "bpf/random_world.h"

namespace xdpsift::bpf {

std::span<const std::string_view> primitives();

// One to four of them, joined by and, or, not and parentheses.
std::string random_expression(World& world);

// Frames of every kind that the primitives tell apart, whole, cut, spoilt.
Bytes random_frame(World& world);

}  // namespace xdpsift::bpf
