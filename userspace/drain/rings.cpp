// SPDX-License-Identifier: BSD-2-Clause
#include "drain/rings.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "drain/bpf_ring.h"
#include "drain/cpu_list.h"
#include "drain/perf_ring.h"

namespace xdpsift::drain {
namespace {

Result<std::vector<int>> online_cpus() {
    const char* path = "/sys/devices/system/cpu/online";
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    auto cpus = parse_cpu_list(line);
    if (!cpus)
        return fail(ExitStatus::failed,
                    fmt::format("cannot read the list of CPUs in {}: {}", path, std::strerror(errno)));
    return std::move(*cpus);
}

template <typename Kind>
Result<std::unique_ptr<Ring>> owned(Result<Kind> ring) {
    if (!ring) return tl::unexpected(ring.error());
    return std::make_unique<Kind>(std::move(*ring));
}

Result<std::unique_ptr<Ring>> open_ring(int cpu, const RingOptions& options) {
    if (options.kind == RingKind::bpf) return owned(BpfRing::open(cpu, options.bytes));
    return owned(PerfRing::open(cpu, options.bytes, options.wakeup_bytes()));
}

// All at once where the kernel can: of an array of maps it waits after each call until every CPU has seen the change.
Result<void> enter(int rings_map_fd, const std::vector<int>& cpus, const Rings& rings) {
    std::vector<int> fds;
    fds.reserve(rings.size());
    for (const auto& ring : rings) fds.push_back(ring->fd());
    auto count = static_cast<__u32>(fds.size());
    if (bpf_map_update_batch(rings_map_fd, cpus.data(), fds.data(), &count, nullptr) == 0) return {};
    for (std::size_t i = 0; i < fds.size(); i++) {
        if (const int error = bpf_map_update_elem(rings_map_fd, &cpus[i], &fds[i], BPF_ANY); error != 0)
            return fail(ExitStatus::failed,
                        fmt::format("cannot give CPU {} its ring: {}", cpus[i], std::strerror(-error)));
    }
    return {};
}

}  // namespace

Result<Rings> open_rings(int rings_map_fd, const RingOptions& options) {
    const auto cpus = online_cpus();
    if (!cpus) return tl::unexpected(cpus.error());
    Rings rings;
    rings.reserve(cpus->size());
    for (const int cpu : *cpus) {
        auto ring = open_ring(cpu, options);
        if (!ring) return tl::unexpected(ring.error());
        rings.push_back(std::move(*ring));
    }
    if (auto entered = enter(rings_map_fd, *cpus, rings); !entered) return tl::unexpected(entered.error());
    return rings;
}

}  // namespace xdpsift::drain
