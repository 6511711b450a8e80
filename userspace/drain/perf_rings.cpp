// SPDX-License-Identifier: BSD-2-Clause
#include "drain/perf_rings.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "drain/cpu_list.h"

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

}  // namespace

Result<std::vector<PerfRing>> open_perf_rings(int events_map_fd, std::size_t ring_bytes) {
    const auto cpus = online_cpus();
    if (!cpus) return tl::unexpected(cpus.error());
    std::vector<PerfRing> rings;
    rings.reserve(cpus->size());
    for (const int cpu : *cpus) {
        auto ring = PerfRing::open(cpu, ring_bytes, ring_bytes / 4);
        if (!ring) return tl::unexpected(ring.error());
        const int fd = ring->fd();
        if (const int error = bpf_map_update_elem(events_map_fd, &cpu, &fd, BPF_ANY); error != 0) {
            return fail(ExitStatus::failed,
                        fmt::format("cannot give CPU {} its perf ring: {}", cpu, std::strerror(-error)));
        }
        rings.push_back(std::move(*ring));
    }
    return rings;
}

}  // namespace xdpsift::drain
