// SPDX-License-Identifier: BSD-2-Clause
// Real outputs: files, pipes, sockets, devices, and standard output as each of them.
#include "write/file_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture_reader.h"
#include "samples.h"
#include "temporary_folder.h"
#include "write/capture_writer.h"

namespace xdpsift::test {
namespace {

using testing::HasSubstr;
using write::CaptureWriter;
using write::FileSink;
using write::Sink;

// Puts a descriptor in the place of standard output for a while.
class AsStandardOutput {
   public:
    explicit AsStandardOutput(int fd) : saved_(::dup(STDOUT_FILENO)) {
        ::fflush(stdout);
        ::dup2(fd, STDOUT_FILENO);
    }
    AsStandardOutput(const AsStandardOutput&) = delete;
    AsStandardOutput& operator=(const AsStandardOutput&) = delete;
    ~AsStandardOutput() { ::dup2(saved_.get(), STDOUT_FILENO); }

   private:
    UniqueFd saved_;
};

Result<std::unique_ptr<Sink>> open_standard_output(int fd) {
    const AsStandardOutput redirected(fd);
    return FileSink::open("-");
}

struct Pipe {
    UniqueFd reader, writer;
};
Pipe make_pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string read_some(int fd, std::size_t count) {
    std::string text(count, '\0');
    const ssize_t got = ::read(fd, text.data(), count);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

class FileSinkTest : public testing::Test {
   protected:
    FileSinkTest() {
        ::signal(SIGPIPE, SIG_IGN);
        ::signal(SIGXFSZ, SIG_IGN);
    }
    std::string text_of(const std::string& path) const {
        const auto bytes = TemporaryFolder::contents(path);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    TemporaryFolder folder_;
};

TEST_F(FileSinkTest, ARegularFileIsTheOwnersAlone) {
    const auto path = folder_ / "x";
    auto sink = FileSink::open(path);
    ASSERT_TRUE(sink);
    EXPECT_EQ((*sink)->write(as_bytes("hello, world")).value(), 12u);
    EXPECT_TRUE((*sink)->cut_back(5).value());
    EXPECT_EQ((*sink)->write(as_bytes("!")).value(), 1u);
    EXPECT_EQ((*sink)->wait_fd(), -1);
    EXPECT_FALSE((*sink)->live_reader());
    EXPECT_TRUE((*sink)->close());
    EXPECT_EQ(text_of(path), "hello!");
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    // An existing file is emptied.
    sink = FileSink::open(path);
    ASSERT_TRUE(sink);
    EXPECT_EQ(text_of(path), "");
}

TEST_F(FileSinkTest, WhatCannotBeOpenedSaysWhatWhereWhyAndWhatToDo) {
    const auto missing = FileSink::open(folder_ / "none/x.pcapng");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().status, ExitStatus::failed);
    EXPECT_THAT(missing.error().message, HasSubstr("cannot open '" + folder_.path() + "/none/x.pcapng'"));
    EXPECT_THAT(missing.error().message, HasSubstr("No such file or directory; create the folder first"));
    const auto folder = FileSink::open(folder_.path());
    ASSERT_FALSE(folder);
    EXPECT_THAT(folder.error().message, HasSubstr("Is a directory; name a file in it"));
}

TEST_F(FileSinkTest, AFullDeviceIsFoundByTheHeader) {
    const auto writer = CaptureWriter::open({.path = "/dev/full"}, sample_description(), {});
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().status, ExitStatus::failed);
    EXPECT_THAT(writer.error().message, HasSubstr("cannot write to '/dev/full': No space left on device; free space"));
    EXPECT_EQ(::access("/dev/full", F_OK), 0);
}

TEST_F(FileSinkTest, TheNullDeviceTakesAll) {
    auto sink = FileSink::open("/dev/null");
    ASSERT_TRUE(sink);
    EXPECT_EQ((*sink)->write(as_bytes("hello")).value(), 5u);
    EXPECT_FALSE((*sink)->cut_back(0).value());
    EXPECT_FALSE((*sink)->live_reader());
}

TEST_F(FileSinkTest, ATerminalIsRefused) {
    const UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) GTEST_SKIP() << "no pseudo-terminals";
    const std::string path = ::ptsname(master.get());
    const UniqueFd terminal(::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal) GTEST_SKIP() << "no pseudo-terminals";
    for (const auto& sink : {open_standard_output(terminal.get()), FileSink::open(path)}) {
        ASSERT_FALSE(sink);
        EXPECT_EQ(sink.error().status, ExitStatus::usage);
        EXPECT_THAT(sink.error().message, HasSubstr("is a terminal"));
    }
}

TEST_F(FileSinkTest, AFifoWithoutAReaderDoesNotHang) {
    const auto path = folder_ / "fifo";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    const auto alone = FileSink::open(path);
    ASSERT_FALSE(alone);
    EXPECT_THAT(alone.error().message, HasSubstr("start its reader first"));
    const UniqueFd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    auto sink = FileSink::open(path);
    ASSERT_TRUE(sink);
    EXPECT_TRUE((*sink)->live_reader());
    EXPECT_EQ((*sink)->write(as_bytes("hello")).value(), 5u);
    EXPECT_EQ(read_some(reader.get(), 100), "hello");
}

// Fills a live output, sees that it neither blocks nor makes the shared description non-blocking, and lets the reader
// go.
void check_live(Sink& sink, int shared_fd, UniqueFd& reader) {
    EXPECT_TRUE(sink.live_reader());
    ASSERT_GE(sink.wait_fd(), 0);
    const std::string text(10'000, 'x');
    std::size_t written = 0;
    for (;;) {
        const auto took = sink.write(as_bytes(text));
        ASSERT_TRUE(took) << took.error().message;
        if (*took == 0) break;
        written += *took;
    }
    EXPECT_GE(written, 4096u);
    EXPECT_EQ(::fcntl(shared_fd, F_GETFL) & O_NONBLOCK, 0);
    pollfd ready{sink.wait_fd(), POLLOUT, 0};
    EXPECT_EQ(::poll(&ready, 1, 0), 0);
    std::size_t got = 0;
    while (got < written) {
        const auto some = read_some(reader.get(), written - got);
        ASSERT_FALSE(some.empty());
        got += some.size();
    }
    EXPECT_EQ(::poll(&ready, 1, 1000), 1);
    EXPECT_EQ(sink.write(as_bytes("more")).value(), 4u);
    EXPECT_FALSE(sink.cut_back(0).value());
    EXPECT_FALSE(sink.reader_closed());
    reader.reset();
    const auto closed = sink.write(as_bytes("gone"));
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().status, ExitStatus::failed);
    EXPECT_TRUE(sink.reader_closed());
}

TEST_F(FileSinkTest, StandardOutputAsAPipe) {
    Pipe pipe = make_pipe();
    auto sink = open_standard_output(pipe.writer.get());
    ASSERT_TRUE(sink);
    check_live(**sink, pipe.writer.get(), pipe.reader);
}

TEST_F(FileSinkTest, StandardOutputAsASocket) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    auto sink = open_standard_output(writer.get());
    ASSERT_TRUE(sink);
    check_live(**sink, writer.get(), reader);
}

// Where standard output cannot be opened anew, each write is held to what surely fits.
TEST_F(FileSinkTest, StandardOutputAsAPipeThatCannotBeOpenedAnew) {
    const auto path = folder_ / "fifo";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    UniqueFd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    const UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    // Without any reader the opening fails; then the reader is back.
    reader.reset();
    auto sink = open_standard_output(writer.get());
    reader.reset(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_TRUE(sink);
    check_live(**sink, writer.get(), reader);
}

TEST_F(FileSinkTest, StandardOutputAsAFileIsCutBackFromWhereItBegan) {
    for (const int flags : {O_WRONLY, O_WRONLY | O_APPEND}) {
        const auto path = folder_ / "redirected";
        std::ofstream(path) << "before";
        const UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC));
        ::lseek(fd.get(), 0, (flags & O_APPEND) != 0 ? SEEK_SET : SEEK_END);
        auto sink = open_standard_output(fd.get());
        ASSERT_TRUE(sink);
        EXPECT_EQ((*sink)->wait_fd(), -1);
        EXPECT_EQ((*sink)->write(as_bytes("hello, world")).value(), 12u);
        EXPECT_TRUE((*sink)->cut_back(5).value());
        EXPECT_EQ((*sink)->write(as_bytes("!")).value(), 1u);
        EXPECT_EQ(text_of(path), "beforehello!");
    }
}

// A file that may not grow: the kernel takes a part of the buffer and refuses the rest.
TEST_F(FileSinkTest, AFileAtItsLimitIsCutBackToItsLastWholePacket) {
    const auto path = folder_ / "limited.pcapng";
    std::optional<CaptureWriter> writer;
    auto opened = CaptureWriter::open({.path = path}, sample_description(), written_statistics(writer));
    ASSERT_TRUE(opened);
    writer.emplace(std::move(*opened));
    rlimit saved{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &saved), 0);
    const rlimit limited{100'000, saved.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limited), 0);
    const auto frame = udp_frame(1000);
    Result<void> result;
    std::uint64_t taken = 0;
    while (taken < 10'000 && (result = writer->packet(sample_record(taken, frame)))) ++taken;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &saved), 0);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message,
                HasSubstr("File too large; write elsewhere (--file-size limits each file of a capture)"));
    const auto capture = read_pcapng(TemporaryFolder::contents(path));
    EXPECT_EQ(capture.error, "");
    EXPECT_GT(capture.packets.size(), 80u);
    EXPECT_EQ(capture.packets.size(), writer->packets_written());
}

TEST_F(FileSinkTest, AnOutputOfWhichNothingCouldBeWrittenIsRemoved) {
    const auto path = folder_ / "limited.pcapng";
    rlimit saved{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &saved), 0);
    const rlimit limited{100, saved.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limited), 0);
    const auto writer = CaptureWriter::open({.path = path}, sample_description(), {});
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &saved), 0);
    ASSERT_FALSE(writer);
    EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace xdpsift::test
