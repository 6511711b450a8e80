// SPDX-License-Identifier: BSD-2-Clause
// One CPU's BPF ring, read as the kernel's Documentation/bpf/ringbuf.rst says.
#pragma once

#include "bpf/ring_reader.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::bpf {

class BpfReader final : public RingReader {
   public:
    BpfReader(int rings_map_fd, std::uint32_t cpu, std::size_t pages);
    ~BpfReader() override;

    std::vector<RingRecord> read_all() override;
    std::uint64_t lost() const override { return 0; }  // nothing is said
    int fd() const override { return fd_.get(); }

   private:
    UniqueFd fd_;
    std::size_t page_bytes_ = 0;
    std::size_t ring_bytes_ = 0;
    std::uint8_t* consumer_ = nullptr;        // a page
    const std::uint8_t* producer_ = nullptr;  // a page, then the ring, twice
};

}  // namespace xdpsift::bpf
