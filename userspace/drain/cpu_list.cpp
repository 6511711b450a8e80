// SPDX-License-Identifier: BSD-2-Clause
#include "drain/cpu_list.h"

#include <charconv>

namespace xdpsift::drain {
namespace {

// Takes a CPU's number off the front of `rest`.
std::optional<int> take_cpu(std::string_view& rest) {
    int cpu = 0;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), cpu);
    if (error != std::errc() || cpu < 0 || cpu >= kMostCpus) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
    return cpu;
}

bool take(std::string_view& rest, char expected) {
    if (rest.empty() || rest.front() != expected) return false;
    rest.remove_prefix(1);
    return true;
}

}  // namespace

std::optional<std::vector<int>> parse_cpu_list(std::string_view text) {
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    std::vector<int> cpus;
    int next = 0;
    do {
        const auto first = take_cpu(text);
        const auto last = first && take(text, '-') ? take_cpu(text) : first;
        // The kernel's lists ascend, so that no CPU is named twice.
        if (!first || !last || *first < next || *last < *first) return std::nullopt;
        for (int cpu = *first; cpu <= *last; cpu++) cpus.push_back(cpu);
        next = *last + 1;
    } while (take(text, ','));
    if (!text.empty()) return std::nullopt;
    return cpus;
}

}  // namespace xdpsift::drain
