// SPDX-License-Identifier: BSD-2-Clause
// Outside judges: capinfos, tshark and tcpdump read every kind of file without a complaint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <algorithm>
#include <sstream>

#include "memory_sink.h"
#include "samples.h"
#include "temporary_folder.h"
#include "write/capture_writer.h"

namespace xdpsift::test {
namespace {

using testing::HasSubstr;
using write::CaptureWriter;
using write::Format;

struct Run {
    int status = -1;
    std::string output;  // standard output and error
};

Run run(const std::string& command) {
    Run result;
    FILE* stream = ::popen(("LC_ALL=C.UTF-8 " + command + " 2>&1").c_str(), "r");
    if (stream == nullptr) return result;
    char chunk[4096];
    for (std::size_t got = 0; (got = ::fread(chunk, 1, sizeof(chunk), stream)) > 0;) result.output.append(chunk, got);
    const int status = ::pclose(stream);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
}

bool present(const std::string& program) { return run("command -v " + program).status == 0; }

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// A file's packets as each judge counts them; a complaint would be a line more or a status.
void judge(const std::string& path, std::size_t packets) {
    SCOPED_TRACE(path);
    const auto capinfos = run("capinfos -c -M '" + path + "'");
    EXPECT_EQ(capinfos.status, 0) << capinfos.output;
    EXPECT_THAT(capinfos.output, HasSubstr("Number of packets:   " + std::to_string(packets) + "\n"));
    EXPECT_THAT(capinfos.output, testing::Not(HasSubstr("error")));
    const auto tshark = run("tshark -n -r '" + path + "' -T fields -e frame.number");
    EXPECT_EQ(tshark.status, 0) << tshark.output;
    EXPECT_THAT(tshark.output, testing::Not(HasSubstr("tshark:"))) << tshark.output;
    const auto tcpdump = run("tcpdump -n -t -r '" + path + "'");
    EXPECT_EQ(tcpdump.status, 0) << tcpdump.output;
    std::size_t shown = 0;
    std::istringstream text(tcpdump.output);
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with("IP "))
            ++shown;
        else
            EXPECT_TRUE(line.starts_with("reading from file")) << line;
    }
    EXPECT_EQ(shown, packets);
    std::size_t numbered = 0;
    std::istringstream numbers(tshark.output);
    for (std::string line; std::getline(numbers, line);)
        if (line.find_first_not_of("0123456789") == std::string::npos) ++numbered;
    EXPECT_EQ(numbered, packets);
}

class JudgesTest : public testing::Test {
   protected:
    void SetUp() override {
        for (const char* program : {"capinfos", "tshark", "tcpdump"})
            if (!present(program)) GTEST_SKIP() << program << " is not installed";
    }
    void open(const std::string& path, Format format = Format::pcapng,
              write::FileDescription description = sample_description()) {
        auto opened =
            CaptureWriter::open({.path = path, .format = format}, std::move(description), written_statistics(writer_));
        ASSERT_TRUE(opened) << opened.error().message;
        writer_.emplace(std::move(*opened));
    }
    void write_packets(std::uint64_t count, std::uint32_t interfaces = 1) {
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto frame = udp_frame(60 + i, static_cast<std::uint8_t>(i));
            ASSERT_TRUE(writer_->packet(sample_record(i, frame, static_cast<std::uint32_t>(i) % interfaces)));
        }
    }

    TemporaryFolder folder_;
    std::optional<CaptureWriter> writer_;
};

TEST_F(JudgesTest, EmptyCaptures) {
    for (const Format format : {Format::pcapng, Format::pcap}) {
        const auto path = folder_ / (format == Format::pcapng ? "x.pcapng" : "x.pcap");
        open(path, format);
        judge(path, 0);
        ASSERT_TRUE(writer_->finish());
        judge(path, 0);
    }
}

TEST_F(JudgesTest, PacketsOfBothFormats) {
    for (const Format format : {Format::pcapng, Format::pcap}) {
        const auto path = folder_ / (format == Format::pcapng ? "x.pcapng" : "x.pcap");
        open(path, format);
        write_packets(40);
        ASSERT_TRUE(writer_->finish());
        judge(path, 40);
        const auto fields =
            run("tshark -n -r '" + path + "' -c 1 -T fields -e frame.time_epoch -e frame.len -e udp.dstport");
        EXPECT_THAT(fields.output, HasSubstr("1735689600.123456789\t60\t4001\n"));
        const auto capinfos = run("capinfos '" + path + "'");
        EXPECT_THAT(capinfos.output, HasSubstr("nanoseconds (9)"));
        EXPECT_THAT(capinfos.output, HasSubstr("Strict time order:   True"));
    }
}

TEST_F(JudgesTest, SeveralInterfacesAndWhatTheySay) {
    const auto path = folder_ / "x.pcapng";
    auto description = sample_description(3);
    description.interfaces[1].name = "b\u00fccke-\u7db2";
    open(path, Format::pcapng, description);
    write_packets(30, 3);
    ASSERT_TRUE(writer_->finish());
    judge(path, 30);
    const auto capinfos = run("capinfos '" + path + "'");
    EXPECT_THAT(capinfos.output, HasSubstr("Number of interfaces in file: 3"));
    EXPECT_THAT(capinfos.output, HasSubstr("Name = b\u00fccke-\u7db2"));
    EXPECT_THAT(capinfos.output, HasSubstr("proto udp and port 53"));
    EXPECT_THAT(capinfos.output, HasSubstr("Capture application: xdpsift 0.1"));
    EXPECT_THAT(capinfos.output, HasSubstr("Number of packets = 10"));
    const auto fields = run("tshark -n -r '" + path +
                            "' -Y frame.number==3 -T fields -e frame.packet_flags_direction -e frame.packet_id "
                            "-e frame.interface_queue -e frame.drop_count -e frame.interface_id");
    EXPECT_THAT(fields.output, HasSubstr("0x00000001\t844424930131971\t2\t2\t2\n"));
}

TEST_F(JudgesTest, SnaplenAndTheLargestPackets) {
    const auto path = folder_ / "x.pcapng";
    open(path);
    const auto frame = udp_frame(65472);
    for (std::uint64_t i = 0; i < 20; ++i) ASSERT_TRUE(writer_->packet(sample_record(i, frame)));
    ASSERT_TRUE(writer_->finish());
    judge(path, 20);

    auto description = sample_description();
    description.interfaces[0].snaplen = 64;
    open(path, Format::pcapng, description);
    const auto cut = udp_frame(64);
    for (std::uint64_t i = 0; i < 20; ++i) {
        Record record = sample_record(i, cut);
        record.frame_len = 1514;
        ASSERT_TRUE(writer_->packet(record));
    }
    ASSERT_TRUE(writer_->finish());
    judge(path, 20);
    const auto fields = run("tshark -n -r '" + path + "' -c 1 -T fields -e frame.cap_len -e frame.len");
    EXPECT_THAT(fields.output, HasSubstr("64\t1514\n"));
}

TEST_F(JudgesTest, TheLongestTexts) {
    const auto path = folder_ / "x.pcapng";
    auto description = sample_description(2);
    const std::string longest(70'000, 'l');
    description.hardware = description.os = description.application = description.comment = longest;
    for (auto& interface : description.interfaces)
        interface.name = interface.description = interface.filter = interface.selection = longest;
    open(path, Format::pcapng, description);
    write_packets(3);
    ASSERT_TRUE(writer_->finish());
    judge(path, 3);
}

TEST_F(JudgesTest, EveryWayOfEnding) {
    const auto path = folder_ / "x.pcapng";
    open(path);
    write_packets(10);
    ASSERT_TRUE(writer_->flush());
    judge(path, 10);  // as SIGKILL would leave it
    write_packets(5);
    writer_->abandon();
    judge(path, 10);
}

// The disk is full at every 61st byte of a small capture.
TEST_F(JudgesTest, WhatAWriteErrorLeaves) {
    for (std::uint64_t n = 500; n < 3000; n += 61) {
        Memory memory;
        memory.fails_at = n;
        memory.fails_again_at = n % 2 == 0 ? kNever : n;
        auto opened =
            CaptureWriter::open({.path = "none"}, sample_description(), written_statistics(writer_), into(memory));
        ASSERT_TRUE(opened);
        writer_.emplace(std::move(*opened));
        write_packets(20);
        EXPECT_FALSE(writer_->finish());
        const auto path = folder_ / ("fails_at_" + std::to_string(n) + ".pcapng");
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(memory.bytes.data()),
                   static_cast<std::streamsize>(memory.bytes.size()));
        const auto capinfos = run("capinfos -c -M '" + path + "'");
        EXPECT_EQ(capinfos.status, 0) << capinfos.output;
        EXPECT_THAT(capinfos.output, HasSubstr("packets:   " + std::to_string(writer_->packets_written()) + "\n"));
        const auto tcpdump = run("tcpdump -n -r '" + path + "'");
        EXPECT_EQ(tcpdump.status, 0) << tcpdump.output;
        EXPECT_EQ(lines(tcpdump.output), 1 + writer_->packets_written()) << tcpdump.output;
    }
}

}  // namespace
}  // namespace xdpsift::test
