// SPDX-License-Identifier: BSD-2-Clause
#include "drain/decode.h"

#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include "xdpsift/event.h"

namespace xdpsift::drain {
namespace {

std::vector<std::byte> sample(const xs_event& event, std::size_t data_bytes) {
    std::vector<std::byte> bytes(sizeof(event) + data_bytes);
    std::memcpy(bytes.data(), &event, sizeof(event));
    for (std::size_t i = 0; i < data_bytes; i++) bytes[sizeof(event) + i] = static_cast<std::byte>(i);
    return bytes;
}

xs_event valid_event() {
    xs_event event{};
    event.time_ns = 123;
    event.packet_id = 1ULL << XS_PACKET_ID_CPU_SHIFT | 7;
    event.frame_len = 1514;
    event.cap_len = 60;
    event.queue = 3;
    event.interface_id = 2;
    event.version = XS_CONTRACT_VERSION;
    return event;
}

std::optional<Record> decoded(std::span<const std::byte> bytes) {
    Record record;
    if (!decode_sample(bytes, record)) return std::nullopt;
    return record;
}

TEST(DecodeSample, TakesEveryField) {
    const auto bytes = sample(valid_event(), 60);
    const auto record = decoded(bytes);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->time_ns, 123u);
    EXPECT_EQ(record->packet_id, 1ULL << 48 | 7);
    EXPECT_EQ(record->frame_len, 1514u);
    EXPECT_EQ(record->queue, 3u);
    EXPECT_EQ(record->interface_id, 2u);
    ASSERT_EQ(record->data.size(), 60u);
    EXPECT_EQ(record->data.data(), bytes.data() + sizeof(xs_event));
}

TEST(DecodeSample, IgnoresTheRingsPadding) {
    const auto bytes = sample(valid_event(), 64);
    const auto record = decoded(bytes);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->data.size(), 60u);
}

TEST(DecodeSample, RefusesEveryLengthThatIsTooShort) {
    const auto bytes = sample(valid_event(), 60);
    for (std::size_t length = 0; length < bytes.size(); length++)
        EXPECT_FALSE(decoded(std::span(bytes).first(length))) << length;
}

TEST(DecodeSample, RefusesAnotherVersion) {
    auto event = valid_event();
    event.version = XS_CONTRACT_VERSION + 1;
    EXPECT_FALSE(decoded(sample(event, 60)));
}

TEST(DecodeSample, RefusesMoreKeptThanThereWas) {
    auto event = valid_event();
    event.frame_len = 59;
    EXPECT_FALSE(decoded(sample(event, 60)));
}

TEST(DecodeSample, NeverShowsBytesBeyondTheSample) {
    std::mt19937 random(1);
    for (int i = 0; i < 100'000; i++) {
        std::vector<std::byte> bytes(random() % 200);
        for (auto& byte : bytes) byte = static_cast<std::byte>(random() % 4 == 0 ? random() : 1);
        const auto record = decoded(bytes);
        if (!record || record->data.empty()) continue;
        EXPECT_GE(record->data.data(), bytes.data());
        EXPECT_LE(record->data.data() + record->data.size(), bytes.data() + bytes.size());
    }
}

}  // namespace
}  // namespace xdpsift::drain
