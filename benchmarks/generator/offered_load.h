// SPDX-License-Identifier: BSD-2-Clause
// Offers frames to the far end of a veth pair, faster than sockets can: a program run on live frames
// (BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18) redirects each into the near end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "generator/size_mix.h"
#include "generator/udp_frame.h"
#include "xdpsift/result.h"

struct live_frames;

namespace xdpsift::generator {

struct LoadOptions {
    std::uint32_t interface_index = 0;  // the near end, in the namespace of the calling thread
    UdpFrame frame;                     // IPv4, no VLAN tag; its size is the mix's affair
    SizeMix sizes;
    std::uint32_t flows = 1;     // source ports from the frame's own on, then source addresses: kFlowsOfAnAddress each
    std::uint64_t rate_pps = 0;  // 0: as fast as it goes; else kLowestRate or more, in bursts of a batch
    std::uint32_t batch = 64;    // frames redirected before the kernel flushes; fewer where they would take over 1 ms
};

inline constexpr std::uint32_t kFlowsOfAnAddress = 16'384;
inline constexpr std::uint32_t kMostFlows = 1'048'576;
inline constexpr std::uint64_t kLowestRate = 1'000;  // a CPU waits for each batch, with softirqs held back

struct Offered {
    std::uint64_t first = 0;  // the number of the first frame
    std::uint64_t frames = 0;
    std::chrono::nanoseconds elapsed{0};
    double pps() const {
        return elapsed.count() > 0 ? static_cast<double>(frames) * 1e9 / static_cast<double>(elapsed.count()) : 0;
    }
};

// Not thread-safe; each payload begins with the frame's number, 64 bits in the machine's byte order, from 0.
class OfferedLoad {
   public:
    static Result<OfferedLoad> open(const LoadOptions& options);
    OfferedLoad(OfferedLoad&&) noexcept;
    OfferedLoad& operator=(OfferedLoad&&) noexcept;
    ~OfferedLoad();

    // Blocks until `count` frames are offered, or a signal came: then fewer were.
    // The receiving end takes them only where it has NAPI: an XDP program attached, or GRO on.
    Result<Offered> run(std::uint64_t count);

    // A program that does nothing but XDP_PASS, for the receiving end.
    int pass_program_fd() const;

   private:
    struct SkeletonDeleter {
        void operator()(::live_frames* skeleton) const;
    };
    OfferedLoad() = default;

    std::unique_ptr<::live_frames, SkeletonDeleter> skeleton_;
    std::vector<std::byte> frame_;  // of the largest size
    std::uint32_t batch_ = 0;
};

}  // namespace xdpsift::generator
