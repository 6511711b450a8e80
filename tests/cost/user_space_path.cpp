// SPDX-License-Identifier: BSD-2-Clause
// A packet's way through user space, from the rings of two CPUs to the blocks of the file. tests/cost/run counts the
// instructions of take_everything() with callgrind.
//   cost_user_space_path PACKETS
#include <linux/perf_event.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "drain/ring_records.h"
#include "limit/limiter.h"
#include "order/merge.h"
#include "write/capture_writer.h"
#include "xdpsift/event.h"

namespace {

using namespace xdpsift;

constexpr std::size_t kRingBytes = 1 << 20;
constexpr std::uint32_t kCapLen = 128;
// The perf header, the raw sample's length, our header, the packet, padded to 8.
constexpr std::size_t kRecordBytes = (sizeof(perf_event_header) + 4 + sizeof(xs_event) + kCapLen + 7) / 8 * 8;
// A ring that is filled here.
class Ring final : public RecordSource {
   public:
    explicit Ring(std::uint64_t cpu) : cpu_(cpu), bytes_(kRingBytes), records_(bytes_) {}

    bool has_room() const { return head_ + kRecordBytes - records_.tail() <= kRingBytes; }
    void write(std::uint64_t time_ns) {
        const perf_event_header header{PERF_RECORD_SAMPLE, 0, static_cast<std::uint16_t>(kRecordBytes)};
        const std::uint32_t length = kRecordBytes - sizeof(header) - sizeof(length);
        xs_event event{};
        event.time_ns = time_ns;
        event.packet_id = cpu_ << XS_PACKET_ID_CPU_SHIFT | ++count_;
        event.frame_len = 1514;
        event.cap_len = kCapLen;
        event.version = XS_CONTRACT_VERSION;
        std::array<std::byte, kRecordBytes> record{};
        std::memcpy(record.data(), &header, sizeof(header));
        std::memcpy(record.data() + sizeof(header), &length, sizeof(length));
        std::memcpy(record.data() + sizeof(header) + sizeof(length), &event, sizeof(event));
        for (const auto byte : record) bytes_[head_++ % kRingBytes] = byte;
        records_.set_head(head_);
    }
    Record* peek() override { return records_.peek(); }
    void pop() override { records_.pop(); }
    bool pressed() const override { return records_.pressed(); }

   private:
    std::uint64_t cpu_;
    std::vector<std::byte> bytes_;
    drain::RingRecords records_;
    std::uint64_t head_ = 0;
    std::uint64_t count_ = 0;
};

class Nowhere final : public write::Sink {
   public:
    Result<std::size_t> write(std::span<const std::byte> bytes) override { return bytes.size(); }
    Result<bool> cut_back(std::uint64_t) override { return false; }
    Result<void> close() override { return {}; }
};

// What is counted. As capture::Capture has it, without the clock.
[[gnu::noinline]] std::uint64_t take_everything(order::Merge& merge, limit::Limiter& limiter,
                                                write::CaptureWriter& writer) {
    std::uint64_t packets = 0;
    while (Record* record = merge.next(std::numeric_limits<std::uint64_t>::max())) {
        if (limiter.admit(*record) && writer.packet(*record)) packets++;
        merge.pop();
    }
    return packets;
}

Result<std::uint64_t> run(std::uint64_t packets) {
    Ring even(0), odd(1);
    order::Merge merge({&even, &odd});
    limit::Limiter limiter({}, 0);
    write::FileDescription description;
    description.interfaces.resize(1);
    auto writer = write::CaptureWriter::open(
        {.path = "-"}, description, [] { return std::vector<write::InterfaceStatistics>(1); },
        [](const std::string&) -> Result<std::unique_ptr<write::Sink>> { return std::make_unique<Nowhere>(); });
    if (!writer) return tl::unexpected(writer.error());
    std::uint64_t written = 0, taken = 0;
    while (taken < packets) {
        // In turn, as two busy CPUs would; the last ring may stay a little emptier.
        for (; written < packets && even.has_room() && odd.has_room(); written++)
            (written % 2 == 0 ? even : odd).write(written + 1);
        const auto more = take_everything(merge, limiter, *writer);
        if (more == 0) return fail(ExitStatus::failed, "a packet went nowhere");
        taken += more;
    }
    if (auto finished = writer->finish(); !finished) return tl::unexpected(finished.error());
    return taken;
}

}  // namespace

int main(int argc, char** argv) {
    const auto packets = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
    const auto taken = run(packets);
    if (!taken || packets == 0) {
        std::fprintf(stderr, "%s\n", packets == 0 ? "how many packets?" : taken.error().message.c_str());
        return 2;
    }
    std::printf("%llu packets\n", static_cast<unsigned long long>(*taken));
}
