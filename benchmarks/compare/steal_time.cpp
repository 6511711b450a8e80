// SPDX-License-Identifier: BSD-2-Clause
#include "compare/steal_time.h"

#include <fstream>
#include <sstream>

namespace xdpsift::compare {
namespace {

constexpr int kCountedFields = 8;  // a guest's time is contained in user and nice
constexpr int kStealField = 7;

}  // namespace

std::optional<CpuTimes> parse_cpu_times(const std::string& line) {
    std::istringstream fields(line);
    std::string name;
    if (!(fields >> name) || name != "cpu") return std::nullopt;
    CpuTimes times;
    for (int i = 0; i < kCountedFields; i++) {
        std::uint64_t ticks = 0;
        if (!(fields >> ticks)) return std::nullopt;
        times.total += ticks;
        if (i == kStealField) times.stolen = ticks;
    }
    return times;
}

std::optional<CpuTimes> read_cpu_times() {
    std::ifstream stat("/proc/stat");
    std::string line;
    if (!std::getline(stat, line)) return std::nullopt;
    return parse_cpu_times(line);
}

double stolen_part(const CpuTimes& before, const CpuTimes& after) {
    if (after.total <= before.total || after.stolen <= before.stolen) return 0;
    return static_cast<double>(after.stolen - before.stolen) / static_cast<double>(after.total - before.total);
}

}  // namespace xdpsift::compare
