// SPDX-License-Identifier: BSD-2-Clause
// A ring of either kind with anything in it: the walk from record to record, and the decoding of a sample.
// Input: a byte for the size of the ring, then portions as a kernel gone wild would write them: a byte for their length
// in units of eight, and their bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "drain/bpf_records.h"
#include "drain/decode.h"
#include "drain/ring_records.h"
#include "fuzz/require.h"

namespace {

using xdpsift::Record;
using xdpsift::drain::BpfRecords;
using xdpsift::drain::RingRecords;

// Reads every byte, so that the sanitizer sees each.
unsigned sum_of(std::span<const std::byte> data) {
    unsigned sum = 0;
    for (const auto byte : data) sum += std::to_integer<unsigned>(byte);
    return sum;
}

void check(const Record& record) {
    XS_REQUIRE(record.data.size() <= record.frame_len);
    XS_REQUIRE(sum_of(record.data) <= 255 * record.data.size());
}

void decode(std::span<const std::byte> input) {
    // On the heap and of its exact size: the sanitizer guards its end.
    const std::vector<std::byte> sample(input.begin(), input.end());
    Record record;
    if (xdpsift::drain::decode_sample(sample, record)) check(record);
}

// What is left between the tail and the head once there is nothing more to take.
void check_rest(const RingRecords& records, std::uint64_t head) { XS_REQUIRE(head - records.tail() < 8); }
// A record that is still being written ends the pass, and a head that cannot be is not believed.
void check_rest(const BpfRecords& records, std::uint64_t head) { XS_REQUIRE(records.tail() <= head); }

template <typename Records>
void walk(std::span<const std::byte> input) {
    if (input.empty()) return;
    const std::size_t ring_bytes = std::size_t{8} << (std::to_integer<unsigned>(input[0]) % 8);
    input = input.subspan(1);
    std::vector<std::byte> ring(ring_bytes);
    Records records(ring);
    std::uint64_t head = 0;
    while (!input.empty()) {
        const std::size_t announced = std::to_integer<std::size_t>(input[0]) * 8;
        const auto portion = input.subspan(1, std::min(announced, input.size() - 1));
        input = input.subspan(1 + portion.size());
        for (std::size_t i = 0; i < portion.size(); i++) ring[(head + i) % ring_bytes] = portion[i];
        // The announced length, even where the input ends earlier: a head that promises too much.
        head += announced;
        records.set_head(head);
        while (const Record* record = records.peek()) {
            check(*record);
            XS_REQUIRE(records.peek() == record);
            const auto before = records.tail();
            records.pop();
            XS_REQUIRE(records.tail() > before && records.tail() <= head);
        }
        check_rest(records, head);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = std::as_bytes(std::span(data, size));
    decode(input);
    walk<RingRecords>(input);
    walk<BpfRecords>(input);
    return 0;
}
