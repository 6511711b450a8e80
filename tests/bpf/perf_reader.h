// SPDX-License-Identifier: BSD-2-Clause
// One CPU's perf ring, opened and read as perf_event_open(2) says, with nothing of the product's own reader.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/packet_builder.h"
#include "xdpsift/event.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::bpf {

struct PerfRecord {
    xs_event event{};
    harness::Bytes data;      // event.cap_len bytes
    std::size_t padding = 0;  // bytes that followed them
};

class PerfReader {
   public:
    // Puts the ring into the events map. `pages` is a power of two. Throws std::runtime_error.
    PerfReader(int events_map_fd, std::uint32_t cpu, std::size_t pages);
    ~PerfReader();
    PerfReader(const PerfReader&) = delete;
    PerfReader& operator=(const PerfReader&) = delete;

    // Takes all that is there.
    std::vector<PerfRecord> read_all();
    // Records that the kernel itself says were lost, as far as read_all() came by them.
    std::uint64_t lost() const { return lost_; }

   private:
    UniqueFd fd_;
    std::uint8_t* pages_ = nullptr;
    std::size_t page_bytes_ = 0;
    std::size_t ring_bytes_ = 0;
    std::uint64_t lost_ = 0;
};

}  // namespace xdpsift::bpf
