// SPDX-License-Identifier: BSD-2-Clause
#include "samples.h"

#include <initializer_list>

namespace xdpsift::test {

write::FileDescription sample_description(std::size_t interfaces) {
    write::FileDescription description{"a test machine", "Linux 6.1.0", "xdpsift 0.1", "xdpsift capture -i eth0", {}};
    for (std::size_t i = 0; i < interfaces; ++i)
        description.interfaces.push_back(
            {.name = "eth" + std::to_string(i),
             .description = "an interface",
             .filter = "proto udp and port 53",
             .selection = "selectorAlgorithm=4 samplingProbability=0.01",
             .mac = std::array<std::uint8_t, 6>{2, 0, 0, 0, 0, static_cast<std::uint8_t>(i)},
             .snaplen = 0});
    return description;
}

std::vector<std::byte> udp_frame(std::size_t size, std::uint8_t number) {
    std::vector<std::byte> frame(size, std::byte{number});
    std::size_t at = 0;
    const auto put = [&](std::initializer_list<int> bytes) {
        for (const int byte : bytes) frame[at++] = static_cast<std::byte>(byte);
    };
    const auto put16 = [&](std::size_t value) {
        put({static_cast<int>(value >> 8 & 255), static_cast<int>(value & 255)});
    };
    put({2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0});
    put({0x45, 0});
    put16(size - 14);
    put({0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1});
    put16(4000);
    put16(4001);
    put16(size - 34);
    put({0, 0});
    return frame;
}

Record sample_record(std::uint64_t n, const std::vector<std::byte>& data, std::uint32_t interface_id) {
    return {.time_ns = kStartNs + n * 1000,
            .packet_id = std::uint64_t{3} << 48 | (n + 1),
            .dropped_before = n % 3 == 2 ? n : 0,
            .frame_len = static_cast<std::uint32_t>(data.size()),
            .interface_id = interface_id,
            .queue = static_cast<std::uint32_t>(n % 4),
            .data = data};
}

write::StatisticsSource written_statistics(const std::optional<write::CaptureWriter>& writer) {
    return [&writer] {
        std::vector<write::InterfaceStatistics> all;
        for (const std::uint64_t written : writer->written_by_interface()) {
            write::InterfaceStatistics statistics{
                .start_ns = kStartNs, .end_ns = kStartNs + 1'000'000, .ledger = {}, .comment = {}};
            statistics.ledger.seen = 1000;
            statistics.ledger.matched = 100;
            statistics.ledger.ring_lost = 7;
            statistics.ledger.written = written;
            statistics.comment = "written=" + std::to_string(written);
            all.push_back(statistics);
        }
        return all;
    };
}

}  // namespace xdpsift::test
