// SPDX-License-Identifier: BSD-2-Clause
#include "compare/sequence_count.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "generator/live_frames.h"
#include "generator/udp_frame.h"

namespace xdpsift::compare {
namespace {

constexpr std::uint16_t kEthertypeIpv4 = 0x0800;
constexpr std::size_t kEthertypeOffset = 12;
constexpr std::size_t kProtocolFromEnd = 1;  // the time to live stands before it
constexpr std::uint16_t kVersionMask = 0xff00;
constexpr std::uint16_t kIpv4WithoutOptions = 0x4500;

}  // namespace

std::optional<std::uint64_t> sequence_of(std::span<const std::byte> frame) {
    load_headers headers{};
    if (frame.size() < sizeof(headers)) return std::nullopt;
    memcpy(&headers, frame.data(), sizeof(headers));
    std::uint16_t ethertype = 0;
    memcpy(&ethertype, headers.ethernet + kEthertypeOffset, sizeof(ethertype));
    const bool ours = ntohs(ethertype) == kEthertypeIpv4 &&
                      (ntohs(headers.version_and_tos) & kVersionMask) == kIpv4WithoutOptions &&
                      headers.before_checksum[sizeof(headers.before_checksum) - kProtocolFromEnd] == IPPROTO_UDP &&
                      ntohs(headers.destination_port) == generator::UdpFrame{}.destination_port;
    if (!ours) return std::nullopt;
    return std::uint64_t{headers.sequence};
}

void SequenceCounter::add(std::span<const std::byte> frame) {
    counts_.packets++;
    const auto sequence = sequence_of(frame);
    if (!sequence || *sequence < first_ || *sequence - first_ >= seen_.size()) {
        counts_.foreign++;
        return;
    }
    const std::uint64_t place = *sequence - first_;
    if (seen_[place]) {
        counts_.duplicates++;
        return;
    }
    seen_[place] = true;
    counts_.distinct++;
    if (place < next_) {
        counts_.reordered++;
    } else {
        next_ = place + 1;
    }
}

SequenceCounts SequenceCounter::counts() const {
    SequenceCounts out = counts_;
    out.missing = seen_.size() - out.distinct;
    return out;
}

}  // namespace xdpsift::compare
