// SPDX-License-Identifier: BSD-2-Clause
// The measurements as a table for a person and as JSON for a script.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kernel/measure.h"

namespace xdpsift::kernel {

// A miss should cost at most this much more than the empty program.
inline constexpr std::uint32_t kMissAimNs = 10;
// A match of which 128 bytes go into a BPF ring should cost at most this much in all.
inline constexpr std::uint32_t kBpfRingAimNs = 150;
inline constexpr const char* kBpfRingAimCase = "match, snaplen 128, --ring bpf";

// The first measurement is the empty program's.
std::string table(const std::vector<Measurement>& measurements);
nlohmann::json to_json(const std::vector<Measurement>& measurements, const MeasureOptions& options);

}  // namespace xdpsift::kernel
