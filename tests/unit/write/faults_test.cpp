// SPDX-License-Identifier: BSD-2-Clause
// What is left of a capture when its output fails: always a valid file, and exact counts.
#include <gtest/gtest.h>

#include "capture_reader.h"
#include "memory_sink.h"
#include "samples.h"
#include "write/capture_writer.h"

namespace xdpsift::test {
namespace {

using write::CaptureWriter;
using write::Format;

constexpr std::uint64_t kPackets = 6;

// Writes a small capture and says how it ended; a flush after every second packet.
std::optional<Error> write_capture(Memory& memory, std::optional<CaptureWriter>& writer, Format format) {
    auto opened = CaptureWriter::open({.path = "no such file", .format = format},
                                      sample_description(format == Format::pcapng ? 2 : 1), written_statistics(writer),
                                      into(memory));
    if (!opened) return opened.error();
    writer.emplace(std::move(*opened));
    for (std::uint64_t i = 0; i < kPackets; ++i) {
        const auto frame = udp_frame(43 + 10 * i);
        const auto taken = writer->packet(sample_record(i, frame, format == Format::pcapng ? i % 2 : 0));
        if (!taken) return taken.error();
        if (i % 2 == 0) continue;
        if (const auto flushed = writer->flush(); !flushed) return flushed.error();
    }
    if (const auto finished = writer->finish(); !finished) return finished.error();
    return std::nullopt;
}

std::uint64_t whole_size(Format format) {
    Memory memory;
    std::optional<CaptureWriter> writer;
    EXPECT_FALSE(write_capture(memory, writer, format));
    return memory.bytes.size();
}

ReadCapture read(const Memory& memory, Format format) {
    return format == Format::pcapng ? read_pcapng(memory.bytes) : read_pcap(memory.bytes);
}

class FaultsTest : public testing::TestWithParam<Format> {};

// The disk is full at the n-th byte, for every n, and stays full or has room again for the statistics.
TEST_P(FaultsTest, AtEveryByteTheFileStaysValid) {
    const std::uint64_t size = whole_size(GetParam());
    for (const bool room_again : {false, true}) {
        std::uint64_t most = 0;
        for (std::uint64_t n = 0; n < size; ++n) {
            SCOPED_TRACE(testing::Message() << "fails at byte " << n << (room_again ? ", once" : ""));
            Memory memory;
            memory.fails_at = n;
            memory.fails_again_at = room_again ? kNever : n;
            std::optional<CaptureWriter> writer;
            const auto error = write_capture(memory, writer, GetParam());
            ASSERT_TRUE(error);
            EXPECT_EQ(error->status, ExitStatus::failed);
            EXPECT_EQ(error->message, "memory takes no more");
            EXPECT_EQ(memory.closes, 1);
            if (!writer) {
                EXPECT_EQ(memory.bytes.size(), 0u) << "half a header is worse than none";
                continue;
            }
            const auto capture = read(memory, GetParam());
            ASSERT_EQ(capture.error, "");
            ASSERT_EQ(capture.packets.size(), writer->packets_written());
            EXPECT_GE(writer->packets_written(), most) << "more room, more packets";
            most = writer->packets_written();
            if (room_again && GetParam() == Format::pcapng && most < kPackets) {
                ASSERT_EQ(capture.statistics.size(), 2u);
                EXPECT_EQ(number(capture.statistics[0].options.at(8)), (most + 1) / 2);
                EXPECT_EQ(number(capture.statistics[1].options.at(8)), most / 2);
            }
            if (GetParam() == Format::pcapng && !capture.statistics.empty()) {
                EXPECT_EQ(capture.statistics[0].interface_id, 0u);
                EXPECT_LE(capture.statistics.size(), 2u) << "each interface's statistics stand once";
                if (capture.statistics.size() == 2) {
                    EXPECT_EQ(capture.statistics[1].interface_id, 1u);
                }
            }
            // Every later call says the same.
            const auto frame = udp_frame(60);
            EXPECT_EQ(writer->packet(sample_record(9, frame)).error().message, error->message);
            EXPECT_EQ(writer->flush().error().message, error->message);
            EXPECT_EQ(writer->finish().error().message, error->message);
            EXPECT_FALSE(writer->reader_closed());
            writer->abandon();
            EXPECT_EQ(memory.closes, 1);
        }
        EXPECT_GE(most, kPackets - 1);
    }
}

// The same where each write takes three bytes, so that no error comes at a buffer's start.
TEST_P(FaultsTest, AtEveryByteOfAnOutputThatTakesLittle) {
    const std::uint64_t size = whole_size(GetParam());
    for (std::uint64_t n = 0; n < size; ++n) {
        SCOPED_TRACE(testing::Message() << "fails at byte " << n);
        Memory memory;
        memory.at_most = 3;
        memory.fails_at = memory.fails_again_at = n;
        std::optional<CaptureWriter> writer;
        ASSERT_TRUE(write_capture(memory, writer, GetParam()));
        if (!writer) continue;
        const auto capture = read(memory, GetParam());
        ASSERT_EQ(capture.error, "");
        ASSERT_EQ(capture.packets.size(), writer->packets_written());
    }
}

// A pipe cannot be cut back: the message says so, and the counts are still exact.
TEST_P(FaultsTest, AtEveryByteOfAPipe) {
    const std::uint64_t size = whole_size(GetParam());
    for (std::uint64_t n = 0; n < size; ++n) {
        SCOPED_TRACE(testing::Message() << "fails at byte " << n);
        Memory memory;
        memory.can_cut = false;
        memory.fails_at = n;
        std::optional<CaptureWriter> writer;
        const auto error = write_capture(memory, writer, GetParam());
        ASSERT_TRUE(error);
        EXPECT_EQ(memory.bytes.size(), n);
        const auto capture = read(memory, GetParam());
        const bool says_so = error->message.find("cannot be cut back") != std::string::npos;
        EXPECT_EQ(says_so, !capture.error.empty() && n > 0) << capture.error;
        if (writer) {
            EXPECT_EQ(capture.packets.size(), writer->packets_written());
        }
    }
}

TEST_P(FaultsTest, AReaderThatLeavesIsTold) {
    const std::uint64_t size = whole_size(GetParam());
    for (std::uint64_t n = size / 2; n < size; ++n) {
        Memory memory;
        memory.closes_at = n;
        std::optional<CaptureWriter> writer;
        const auto error = write_capture(memory, writer, GetParam());
        ASSERT_TRUE(error && writer);
        EXPECT_TRUE(writer->reader_closed());
        EXPECT_EQ(memory.cuts, 0) << "there is nobody to cut for";
        EXPECT_EQ(read(memory, GetParam()).packets.size(), writer->packets_written());
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, FaultsTest, testing::Values(Format::pcapng, Format::pcap), [](const auto& parameter) {
    return std::string(parameter.param == Format::pcapng ? "Pcapng" : "Pcap");
});

// The place to cut at is known also after the buffer was moved up behind a reader that lags.
TEST(Faults, FarBehindALaggingOutput) {
    for (std::uint64_t n = 900'000; n < 901'500; n += 7) {
        Memory memory;
        std::optional<CaptureWriter> writer;
        auto opened = CaptureWriter::open({.path = "no such file"}, sample_description(), written_statistics(writer),
                                          into(memory));
        ASSERT_TRUE(opened);
        writer.emplace(std::move(*opened));
        memory.fails_at = n;
        const auto frame = udp_frame(1001);
        Result<void> result;
        for (std::uint64_t i = 0; i < 2000 && result; ++i) {
            memory.room = 777;
            result = writer->packet(sample_record(i, frame));
            if (i > 100) {
                const auto flushed = writer->flush();
                if (!flushed) result = tl::unexpected(flushed.error());
            }
        }
        ASSERT_FALSE(result) << n;
        const auto capture = read_pcapng(memory.bytes);
        ASSERT_EQ(capture.error, "") << n;
        ASSERT_EQ(capture.packets.size(), writer->packets_written());
        EXPECT_GT(memory.bytes.size(), n - 2000);
    }
}

TEST(Faults, AnErrorOnClosingIsReported) {
    Memory memory;
    memory.close_fails = true;
    std::optional<CaptureWriter> writer;
    const auto error = write_capture(memory, writer, Format::pcapng);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->message, "memory does not close");
    EXPECT_EQ(read_pcapng(memory.bytes).error, "");
    EXPECT_EQ(writer->finish().error().message, "memory does not close");
}

TEST(Faults, AnOutputThatCannotBeOpenedIsFoundAtOnce) {
    const auto writer = CaptureWriter::open({.path = "x"}, sample_description(), {},
                                            [](const std::string& path) -> Result<std::unique_ptr<write::Sink>> {
                                                return fail(ExitStatus::failed, "no " + path);
                                            });
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().message, "no x");
}

}  // namespace
}  // namespace xdpsift::test
