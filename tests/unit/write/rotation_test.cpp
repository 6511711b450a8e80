// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "capture_reader.h"
#include "memory_sink.h"
#include "samples.h"
#include "temporary_folder.h"
#include "write/capture_writer.h"

namespace xdpsift::test {
namespace {

using write::CaptureWriter;
using write::Format;

class RotationTest : public testing::Test {
   protected:
    void open(write::OutputOptions options, write::SinkFactory factory, std::size_t interfaces = 1) {
        auto opened = CaptureWriter::open(std::move(options), sample_description(interfaces),
                                          written_statistics(writer_), std::move(factory));
        ASSERT_TRUE(opened) << opened.error().message;
        writer_.emplace(std::move(*opened));
    }
    void write_packets(std::uint64_t count, std::size_t size = 200) {
        const auto frame = udp_frame(size);
        for (std::uint64_t i = 0; i < count; ++i) ASSERT_TRUE(writer_->packet(sample_record(i, frame)));
    }

    std::optional<CaptureWriter> writer_;
};

TEST_F(RotationTest, EachFileIsWholeAndWithinItsSize) {
    std::map<std::string, Memory> memories;
    open({.path = "x.pcapng", .file_size_bytes = 10'000}, into(memories), 2);
    write_packets(200);
    ASSERT_TRUE(writer_->finish());
    ASSERT_GT(memories.size(), 5u);
    EXPECT_EQ(writer_->files().size(), memories.size());
    EXPECT_EQ(writer_->files().front(), "x_00001.pcapng");
    std::uint64_t packets = 0;
    for (const auto& path : writer_->files()) {
        const auto& memory = memories.at(path);
        const auto capture = read_pcapng(memory.bytes);
        ASSERT_EQ(capture.error, "") << path;
        EXPECT_LE(memory.bytes.size(), 10'000u);
        EXPECT_EQ(memory.closes, 1);
        EXPECT_EQ(capture.interfaces.size(), 2u);
        for (const auto& packet : capture.packets) EXPECT_EQ(packet.time_ns, kStartNs + packets++ * 1000);
        ASSERT_EQ(capture.statistics.size(), 2u);
        EXPECT_EQ(number(capture.statistics[0].options.at(8)), packets) << "written so far, over all files";
    }
    EXPECT_EQ(packets, 200u);
    EXPECT_EQ(writer_->packets_written(), 200u);
}

TEST_F(RotationTest, AFileTooSmallForOnePacketHoldsOne) {
    std::map<std::string, Memory> memories;
    open({.path = "x", .file_size_bytes = 1}, into(memories));
    write_packets(3, 1000);
    ASSERT_TRUE(writer_->finish());
    ASSERT_EQ(writer_->files(), (std::vector<std::string>{"x_00001", "x_00002", "x_00003"}));
    for (const auto& [path, memory] : memories) EXPECT_EQ(read_pcapng(memory.bytes).packets.size(), 1u) << path;
}

TEST_F(RotationTest, PcapFillsItsFilesToTheByte) {
    std::map<std::string, Memory> memories;
    open({.path = "x.pcap", .format = Format::pcap, .file_size_bytes = 24 + 3 * (16 + 100)}, into(memories));
    write_packets(7, 100);
    ASSERT_TRUE(writer_->finish());
    EXPECT_EQ(read_pcap(memories.at("x_00001.pcap").bytes).packets.size(), 3u);
    EXPECT_EQ(read_pcap(memories.at("x_00002.pcap").bytes).packets.size(), 3u);
    EXPECT_EQ(read_pcap(memories.at("x_00003.pcap").bytes).packets.size(), 1u);
}

TEST_F(RotationTest, TheOldestFilesAreDeleted) {
    const TemporaryFolder folder;
    for (const std::uint32_t count : {1u, 2u, 5u}) {
        const std::string base = folder / ("kept" + std::to_string(count));
        open({.path = base + ".pcapng", .file_size_bytes = 5000, .file_count = count}, write::FileSink::open);
        write_packets(100);
        ASSERT_TRUE(writer_->finish());
        ASSERT_EQ(writer_->files().size(), count);
        std::size_t found = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
            if (entry.path().string().starts_with(base)) ++found;
        EXPECT_EQ(found, count);
        for (const auto& path : writer_->files()) {
            const auto capture = read_pcapng(folder.contents(path));
            EXPECT_EQ(capture.error, "");
            EXPECT_FALSE(capture.packets.empty());
        }
        EXPECT_EQ(writer_->packets_written(), 100u) << "deleted ones were written all the same";
    }
}

TEST_F(RotationTest, ANextFileThatCannotBeOpenedIsAWriteError) {
    std::map<std::string, Memory> memories;
    open({.path = "x", .file_size_bytes = 3000}, [&](const std::string& path) -> Result<std::unique_ptr<write::Sink>> {
        if (path == "x_00003") return fail(ExitStatus::failed, "no third file");
        return into(memories)(path);
    });
    const auto frame = udp_frame(200);
    Result<void> result;
    std::uint64_t taken = 0;
    while ((result = writer_->packet(sample_record(taken, frame)))) ++taken;
    EXPECT_EQ(result.error().message, "no third file");
    EXPECT_EQ(writer_->packets_accepted(), taken);
    EXPECT_EQ(writer_->packets_written(), taken);
    EXPECT_EQ(writer_->files(), (std::vector<std::string>{"x_00001", "x_00002"}));
    EXPECT_EQ(writer_->finish().error().message, "no third file");
    for (const auto& [path, memory] : memories) {
        const auto capture = read_pcapng(memory.bytes);
        EXPECT_EQ(capture.error, "");
        EXPECT_EQ(capture.statistics.size(), 1u);
    }
}

// A rotated capture on outputs that fail at any byte: nothing is lost that the counts do not tell.
TEST_F(RotationTest, AFailureAtEveryByteOfTheSecondFile) {
    for (std::uint64_t n = 0; n < 2500; ++n) {
        SCOPED_TRACE(n);
        std::map<std::string, Memory> memories;
        memories["x_00002"].fails_at = memories["x_00002"].fails_again_at = n;
        open({.path = "x", .file_size_bytes = 3000}, into(memories));
        const auto frame = udp_frame(200);
        Result<void> result;
        for (std::uint64_t i = 0; i < 30 && result; ++i) result = writer_->packet(sample_record(i, frame));
        const auto finished = writer_->finish();
        std::uint64_t packets = 0;
        for (const auto& [path, memory] : memories) {
            if (memory.bytes.empty()) continue;
            const auto capture = read_pcapng(memory.bytes);
            ASSERT_EQ(capture.error, "") << path;
            packets += capture.packets.size();
        }
        ASSERT_EQ(packets, writer_->packets_written());
        if (finished) {
            EXPECT_EQ(packets, 30u);
        }
    }
}

TEST_F(RotationTest, APipeIsNotRotated) {
    Memory memory;
    memory.is_live = true;
    const auto writer =
        CaptureWriter::open({.path = "fifo", .file_size_bytes = 1000}, sample_description(), {}, into(memory));
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().status, ExitStatus::usage);
    EXPECT_TRUE(memory.bytes.empty());
}

TEST_F(RotationTest, AnOutputThatWouldBlockEndsTheCapture) {
    Memory memory;
    open({.path = "x", .file_size_bytes = 1000}, into(memory));
    const auto frame = udp_frame(200);
    ASSERT_TRUE(writer_->packet(sample_record(0, frame)));
    memory.room = 10;
    Result<void> result;
    for (std::uint64_t i = 1; i < 10 && result; ++i) result = writer_->packet(sample_record(i, frame));
    ASSERT_FALSE(result);
    EXPECT_EQ(read_pcapng(memory.bytes).error, "");
    EXPECT_EQ(writer_->packets_written(), 0u);
}

}  // namespace
}  // namespace xdpsift::test
