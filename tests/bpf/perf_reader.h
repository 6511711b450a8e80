// SPDX-License-Identifier: BSD-2-Clause
// One CPU's perf ring, read as perf_event_open(2) says.
#pragma once

#include "bpf/ring_reader.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::bpf {

class PerfReader final : public RingReader {
   public:
    PerfReader(int events_map_fd, std::uint32_t cpu, std::size_t pages);
    ~PerfReader() override;

    std::vector<RingRecord> read_all() override;
    std::uint64_t lost() const override { return lost_; }
    int fd() const override { return fd_.get(); }

   private:
    UniqueFd fd_;
    std::uint8_t* pages_ = nullptr;
    std::size_t page_bytes_ = 0;
    std::size_t ring_bytes_ = 0;
    std::uint64_t lost_ = 0;
};

}  // namespace xdpsift::bpf
