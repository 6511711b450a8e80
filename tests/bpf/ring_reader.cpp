// SPDX-License-Identifier: BSD-2-Clause
#include "bpf/ring_reader.h"

#include <cstring>

#include "bpf/bpf_reader.h"
#include "bpf/perf_reader.h"

namespace xdpsift::bpf {

std::unique_ptr<RingReader> open_ring(LoadedProgram& program, std::uint32_t cpu, std::size_t pages) {
    const int map_fd = program.sampler().rings_map_fd();
    if (program.ring_kind() == RingKind::bpf) return std::make_unique<BpfReader>(map_fd, cpu, pages);
    return std::make_unique<PerfReader>(map_fd, cpu, pages);
}

RingRecord decode_record(std::span<const std::uint8_t> bytes) {
    RingRecord record;
    if (bytes.size() < sizeof(xs_event)) {
        ADD_FAILURE() << "a record of " << bytes.size() << " bytes";
        return record;
    }
    std::memcpy(&record.event, bytes.data(), sizeof(xs_event));
    const auto data = bytes.subspan(sizeof(xs_event));
    if (record.event.cap_len > data.size()) {
        ADD_FAILURE() << "cap_len " << record.event.cap_len << " in a record that holds " << data.size();
        return record;
    }
    const auto kept = data.first(record.event.cap_len);
    record.data.assign(kept.begin(), kept.end());
    record.padding = data.size() - kept.size();
    return record;
}

}  // namespace xdpsift::bpf
