// SPDX-License-Identifier: BSD-2-Clause
#include "limit/limiter.h"

#include <limits>

namespace xdpsift::limit {
namespace {

std::uint64_t deadline(const Limits& limits, std::uint64_t start_ns) {
    constexpr auto kNever = std::numeric_limits<std::uint64_t>::max();
    if (!limits.duration) return kNever;
    const auto duration_ns = static_cast<std::uint64_t>(limits.duration->count());
    return duration_ns > kNever - start_ns ? kNever : start_ns + duration_ns;
}

}  // namespace

Limiter::Limiter(const Limits& limits, std::uint64_t start_ns)
    : limits_(limits), deadline_ns_(deadline(limits, start_ns)) {}

bool Limiter::admit(const Record& record) {
    if (record.time_ns >= deadline_ns_ || byte_limit_passed_) return false;
    if (limits_.packets && packets_ >= *limits_.packets) return false;
    if (limits_.bytes && bytes_ + record.data.size() > *limits_.bytes) {
        byte_limit_passed_ = true;
        return false;
    }
    packets_++;
    bytes_ += record.data.size();
    return true;
}

std::optional<StopReason> Limiter::reached(std::uint64_t now_ns, bool byte_limit_passed) const {
    if (limits_.packets && packets_ >= *limits_.packets) return StopReason::packet_limit;
    if (now_ns >= deadline_ns_) return StopReason::time_limit;
    if (limits_.bytes && (byte_limit_passed || byte_limit_passed_ || bytes_ >= *limits_.bytes))
        return StopReason::byte_limit;
    return std::nullopt;
}

}  // namespace xdpsift::limit
