// SPDX-License-Identifier: BSD-2-Clause
// A ring that a test writes as the kernel would, and reads by `Records`.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "xdpsift/event.h"
#include "xdpsift/record.h"

namespace xdpsift::drain {

inline constexpr std::size_t kRingBytes = 256;

template <typename Records, std::size_t kFrameBytes>
class WrittenRing : public ::testing::Test {
   protected:
    template <typename T>
    void put(const T& value) {
        std::array<std::byte, sizeof(T)> bytes;
        std::memcpy(bytes.data(), &value, sizeof(T));
        for (const auto byte : bytes) ring_[head_++ % kRingBytes] = byte;
    }
    // The event and the frame of CPU 3's packet.
    void put_packet(std::uint64_t count, std::uint16_t interface_id) {
        xs_event event{};
        event.packet_id = 3ULL << XS_PACKET_ID_CPU_SHIFT | count;
        event.frame_len = event.cap_len = kFrameBytes;
        event.interface_id = interface_id;
        event.version = XS_CONTRACT_VERSION;
        put(event);
        for (std::size_t i = 0; i < kFrameBytes; i++) put(static_cast<std::uint8_t>(count + i));
    }
    // The next packet's count, and what was lost before it.
    std::optional<std::pair<std::uint64_t, std::uint64_t>> take() {
        records_.set_head(head_);
        const Record* record = records_.peek();
        if (record == nullptr) return std::nullopt;
        const auto count = record->packet_id & XS_PACKET_ID_COUNT_MASK;
        EXPECT_EQ(record->data.size(), kFrameBytes);
        for (std::size_t i = 0; i < record->data.size(); i++)
            EXPECT_EQ(std::to_integer<std::uint8_t>(record->data[i]), static_cast<std::uint8_t>(count + i));
        const auto lost = record->dropped_before;
        records_.pop();
        return std::pair(count, lost);
    }
    static auto packet(std::uint64_t count, std::uint64_t lost) { return std::optional(std::pair(count, lost)); }

    alignas(8) std::array<std::byte, kRingBytes> ring_{};
    std::uint64_t head_ = 0;
    Records records_{ring_};
};

}  // namespace xdpsift::drain
