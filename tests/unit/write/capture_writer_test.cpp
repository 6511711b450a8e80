// SPDX-License-Identifier: BSD-2-Clause
// What arrives in an output, as long as nothing fails.
#include "write/capture_writer.h"

#include <gtest/gtest.h>

#include "capture_reader.h"
#include "memory_sink.h"
#include "samples.h"

namespace xdpsift::test {
namespace {

using write::CaptureWriter;
using write::Format;
using Flush = CaptureWriter::Flush;

class CaptureWriterTest : public testing::Test {
   protected:
    void open(std::size_t interfaces = 1, Format format = Format::pcapng) {
        auto opened = CaptureWriter::open({.path = "x", .format = format}, sample_description(interfaces),
                                          written_statistics(writer_), into(memory_));
        ASSERT_TRUE(opened) << opened.error().message;
        writer_.emplace(std::move(*opened));
    }
    ReadCapture read() const { return read_pcapng(memory_.bytes); }

    Memory memory_;
    std::optional<CaptureWriter> writer_;
};

TEST_F(CaptureWriterTest, TheHeaderIsThroughAtOnce) {
    open(2);
    const auto capture = read();
    EXPECT_EQ(capture.error, "");
    EXPECT_EQ(capture.interfaces.size(), 2u);
    EXPECT_EQ(writer_->files(), std::vector<std::string>{"x"});
}

TEST_F(CaptureWriterTest, AnEmptyCaptureHasStatisticsAlone) {
    open(2);
    EXPECT_EQ(writer_->finish().value(), Flush::done);
    EXPECT_EQ(writer_->finish().value(), Flush::done) << "once more does nothing";
    EXPECT_EQ(memory_.closes, 1);
    const auto capture = read();
    EXPECT_EQ(capture.error, "");
    EXPECT_TRUE(capture.packets.empty());
    ASSERT_EQ(capture.statistics.size(), 2u);
    EXPECT_EQ(number(capture.statistics[1].options.at(4)), 1000u);
}

TEST_F(CaptureWriterTest, PacketsOfSeveralInterfacesAreCountedApart) {
    open(3);
    const auto frame = udp_frame(99);
    for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(writer_->packet(sample_record(i, frame, i % 4 == 0 ? 2 : 0)));
    EXPECT_EQ(writer_->packets_accepted(), 10u);
    EXPECT_EQ(writer_->packets_written(), 0u) << "nothing is written before it is due";
    ASSERT_EQ(writer_->flush().value(), Flush::done);
    EXPECT_EQ(writer_->packets_written(), 10u);
    EXPECT_EQ(read().packets.size(), 10u);
    ASSERT_EQ(writer_->finish().value(), Flush::done);
    const auto counts = writer_->written_by_interface();
    EXPECT_EQ(std::vector<std::uint64_t>(counts.begin(), counts.end()), (std::vector<std::uint64_t>{7, 0, 3}));
    const auto capture = read();
    ASSERT_EQ(capture.error, "");
    EXPECT_EQ(capture.statistics.at(0).options.at(1), "written=7");
    EXPECT_EQ(number(capture.statistics.at(2).options.at(8)), 3u);
}

TEST_F(CaptureWriterTest, AFullBufferFlushesItself) {
    open();
    const auto frame = udp_frame(65472);
    const int before = memory_.writes;
    for (std::uint64_t i = 0; i < 100; ++i) {
        ASSERT_TRUE(writer_->has_room());
        ASSERT_TRUE(writer_->packet(sample_record(i, frame)));
    }
    EXPECT_GE(memory_.writes - before, 25);
    EXPECT_LE(memory_.writes - before, 35) << "about 256 KiB by one write";
    ASSERT_EQ(writer_->finish().value(), Flush::done);
    const auto capture = read();
    EXPECT_EQ(capture.error, "");
    EXPECT_EQ(capture.packets.size(), 100u);
}

TEST_F(CaptureWriterTest, AnUnknownInterfaceIsRefused) {
    open(2);
    const auto frame = udp_frame(60);
    EXPECT_FALSE(writer_->packet(sample_record(0, frame, 2)));
    EXPECT_TRUE(writer_->packet(sample_record(0, frame, 1)));
    ASSERT_EQ(writer_->finish().value(), Flush::done);
    EXPECT_EQ(writer_->packets_written(), 1u);
    EXPECT_EQ(read().error, "");
}

TEST_F(CaptureWriterTest, PcapHasNoStatistics) {
    open(1, Format::pcap);
    const auto frame = udp_frame(77);
    for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(writer_->packet(sample_record(i, frame)));
    ASSERT_EQ(writer_->finish().value(), Flush::done);
    const auto capture = read_pcap(memory_.bytes);
    EXPECT_EQ(capture.error, "");
    EXPECT_EQ(capture.packets.size(), 5u);
    EXPECT_EQ(memory_.bytes.size(), 24 + 5 * (16 + 77));
}

TEST_F(CaptureWriterTest, AbandonKeepsWhatIsWrittenAndNoMore) {
    open();
    const auto frame = udp_frame(60);
    ASSERT_TRUE(writer_->packet(sample_record(0, frame)));
    ASSERT_TRUE(writer_->flush());
    ASSERT_TRUE(writer_->packet(sample_record(1, frame)));
    writer_->abandon();
    EXPECT_EQ(memory_.closes, 1);
    EXPECT_EQ(writer_->packets_written(), 1u);
    EXPECT_EQ(writer_->finish().value(), Flush::done);
    EXPECT_FALSE(writer_->packet(sample_record(2, frame)));
    const auto capture = read();
    EXPECT_EQ(capture.error, "");
    EXPECT_EQ(capture.packets.size(), 1u);
    EXPECT_TRUE(capture.statistics.empty());
}

// A reader that takes a few bytes whenever it is asked again.
class SlowReaderTest : public CaptureWriterTest, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(SlowReaderTest, EveryByteArrivesOnce) {
    memory_.room = 0;
    memory_.is_live = true;
    memory_.can_cut = false;
    open(2);
    const std::uint64_t step = GetParam();
    const auto take = [&](auto&& again) {
        for (;;) {
            const auto result = again();
            ASSERT_TRUE(result) << result.error().message;
            if (*result == Flush::done) return;
            memory_.room = step;
        }
    };
    const auto frame = udp_frame(1001);
    std::uint64_t accepted = 0;
    for (; accepted < 700; ++accepted) {
        // A reader that lags: room is made only once there is none.
        while (!writer_->has_room()) {
            memory_.room = step;
            ASSERT_TRUE(writer_->flush());
        }
        ASSERT_TRUE(writer_->packet(sample_record(accepted, frame, accepted % 2)));
        ASSERT_GE(writer_->packets_accepted(), writer_->packets_written());
    }
    take([&] { return writer_->finish(); });
    EXPECT_EQ(memory_.closes, 1);
    EXPECT_EQ(writer_->packets_written(), accepted);
    const auto capture = read();
    ASSERT_EQ(capture.error, "");
    ASSERT_EQ(capture.packets.size(), accepted);
    for (std::uint64_t i = 0; i < accepted; ++i) ASSERT_EQ(capture.packets[i].time_ns, kStartNs + i * 1000);
    EXPECT_EQ(capture.statistics.size(), 2u) << "the statistics stand once, however often finish() was called";
}

INSTANTIATE_TEST_SUITE_P(BytesATime, SlowReaderTest, testing::Values(1, 7, 1000, 4096, 65536, 1 << 20));

TEST_F(CaptureWriterTest, CountsFollowAReaderByteByByte) {
    memory_.room = 0;
    memory_.is_live = true;
    open(2);
    const auto frame = udp_frame(60);
    for (std::uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(writer_->packet(sample_record(i, frame, i % 2)));
    while (writer_->packets_written() < 4) {
        memory_.room = 1;
        ASSERT_TRUE(writer_->flush());
        const auto counts = writer_->written_by_interface();
        EXPECT_EQ(counts[0] + counts[1], writer_->packets_written());
        EXPECT_TRUE(counts[0] == counts[1] || counts[0] == counts[1] + 1);
        // The packets that a reader could use by now are those that count as written.
        EXPECT_EQ(read().packets.size(), writer_->packets_written());
    }
}

TEST_F(CaptureWriterTest, AStalledReaderIsAbandoned) {
    memory_.room = 3000;
    memory_.is_live = true;
    memory_.can_cut = false;
    open();
    const auto frame = udp_frame(500);
    std::uint64_t accepted = 0;
    for (; writer_->has_room(); ++accepted) ASSERT_TRUE(writer_->packet(sample_record(accepted, frame)));
    EXPECT_GT(accepted, 200u);
    EXPECT_EQ(writer_->finish().value(), Flush::would_block);
    writer_->abandon();
    EXPECT_EQ(memory_.bytes.size(), 3000u);
    EXPECT_EQ(read().packets.size(), writer_->packets_written());
    EXPECT_EQ(writer_->finish().value(), Flush::done);
}

TEST_F(CaptureWriterTest, AbandonCutsWhereItCan) {
    open();
    const auto frame = udp_frame(500);
    for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(writer_->packet(sample_record(i, frame)));
    memory_.room = 1500;
    EXPECT_EQ(writer_->finish().value(), Flush::would_block);
    writer_->abandon();
    const auto capture = read();
    EXPECT_EQ(capture.error, "");
    EXPECT_EQ(capture.packets.size(), 2u);
    EXPECT_EQ(writer_->packets_written(), 2u);
}

TEST(CaptureWriterOptions, ContradictionsAreUsage) {
    std::map<std::string, Memory> memories;
    const auto refused = [&](write::OutputOptions options, std::size_t interfaces = 1) {
        const auto writer = CaptureWriter::open(std::move(options), sample_description(interfaces), {}, into(memories));
        return !writer && writer.error().status == ExitStatus::usage && memories.empty();
    };
    EXPECT_TRUE(refused({.path = "-", .file_size_bytes = 1000}));
    EXPECT_TRUE(refused({.path = "x", .file_count = 3}));
    EXPECT_TRUE(refused({.path = ""}));
    EXPECT_TRUE(refused({.path = "x%"}));
    EXPECT_TRUE(refused({.path = "x", .format = Format::pcap}, 2));
    EXPECT_FALSE(refused({.path = "x"}));
}

}  // namespace
}  // namespace xdpsift::test
