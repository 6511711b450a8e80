// SPDX-License-Identifier: BSD-2-Clause
#include "expression/alternatives.h"

#include <algorithm>

namespace xdpsift::expression {
namespace {

bool only_goes_on(const Flow& flow, std::size_t index) {
    return flow.program[index].code == (BPF_JMP | BPF_JA) && flow.next[index].at[0] > index;
}

std::size_t behind_jumps(const Flow& flow, std::size_t index) {
    while (only_goes_on(flow, index)) index = flow.next[index].at[0];
    return index;
}

// The comparison that comes next; program.size() where it is none of the list.
std::size_t next_comparison(const Flow& flow, const std::vector<std::uint32_t>& ways, std::size_t index) {
    while (ways[index] == 1 && only_goes_on(flow, index)) index = flow.next[index].at[0];
    const bool goes_on = ways[index] == 1 && flow.program[index].code == (BPF_JMP | BPF_JEQ | BPF_K);
    return goes_on ? index : flow.program.size();
}

}  // namespace

std::vector<std::uint32_t> count_ways(const Flow& flow) {
    std::vector<std::uint32_t> ways(flow.program.size());
    std::vector<std::size_t> open = {0};
    while (!open.empty()) {
        const auto i = open.back();
        open.pop_back();
        if (ways[i]++ > 0) continue;
        for (std::size_t s = 0; s < flow.next[i].count; s++) open.push_back(flow.next[i].at[s]);
    }
    return ways;
}

Alternatives alternatives(const Flow& flow, const std::vector<std::uint32_t>& ways, std::size_t first) {
    Alternatives out;
    for (auto at = first; at < flow.program.size();) {
        const auto& next = flow.next[at];
        out.comparisons++;
        out.cases.push_back({flow.program[at].k, behind_jumps(flow, next.at[0])});
        out.otherwise = behind_jumps(flow, next.at[1]);
        at = next_comparison(flow, ways, next.at[1]);
    }
    // Of the same value twice, the first is meant.
    const auto by_value = [](const auto& a, const auto& b) { return a.value < b.value; };
    const auto same_value = [](const auto& a, const auto& b) { return a.value == b.value; };
    std::stable_sort(out.cases.begin(), out.cases.end(), by_value);
    out.cases.erase(std::unique(out.cases.begin(), out.cases.end(), same_value), out.cases.end());
    return out;
}

}  // namespace xdpsift::expression
