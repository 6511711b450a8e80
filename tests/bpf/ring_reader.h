// SPDX-License-Identifier: BSD-2-Clause
// One CPU's ring, of either kind, opened and read with nothing of the product's own readers.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bpf/loaded_program.h"
#include "harness/packet_builder.h"
#include "xdpsift/event.h"
#include "xdpsift/ring_options.h"

namespace xdpsift::bpf {

struct RingRecord {
    xs_event event{};
    harness::Bytes data;      // event.cap_len bytes
    std::size_t padding = 0;  // bytes that followed them
};

class RingReader {
   public:
    virtual ~RingReader() = default;
    // Takes all that is there.
    virtual std::vector<RingRecord> read_all() = 0;
    // Records that the kernel itself says were lost, as far as read_all() came by them.
    virtual std::uint64_t lost() const = 0;
    virtual int fd() const = 0;
};

// Puts a ring of the program's kind into its map of rings. `pages` is a power of two. Throws std::runtime_error.
std::unique_ptr<RingReader> open_ring(LoadedProgram& program, std::uint32_t cpu, std::size_t pages);

// The event and the packet that stand in a record.
RingRecord decode_record(std::span<const std::uint8_t> record);

// A test that runs with each kind.
class EachRingTest : public ::testing::TestWithParam<RingKind> {
   protected:
    static loader::SamplerOptions through_ring() {
        loader::SamplerOptions options;
        options.ring.kind = GetParam();
        return options;
    }
};
inline const auto kEachRing = ::testing::Values(RingKind::perf, RingKind::bpf);
inline std::string name_of_ring(const ::testing::TestParamInfo<RingKind>& info) { return to_string(info.param); }

}  // namespace xdpsift::bpf
