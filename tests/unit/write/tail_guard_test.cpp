// SPDX-License-Identifier: BSD-2-Clause
#include "write/tail_guard.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "write/buffer.h"
#include "write/pcap.h"
#include "write/pcapng.h"

namespace xdpsift::write {
namespace {

// What a capture of three packets writes, and where its blocks end.
struct Contents {
    Buffer bytes;
    std::vector<std::size_t> ends{0};
    void end() { ends.push_back(bytes.size()); }
};

Contents contents(Format format) {
    Contents contents;
    if (format == Format::pcap) {
        pcap::append_file_header(contents.bytes, 0);
        contents.end();
    } else {
        FileDescription file;
        file.interfaces.emplace_back().name = "eth0";
        pcapng::append_section_header(contents.bytes, file);
        contents.end();
        pcapng::append_interface(contents.bytes, file.interfaces.front(), "Linux");
        contents.end();
    }
    const std::vector<std::byte> data(61, std::byte{0xa5});
    for (const std::size_t length : {60, 0, 61}) {
        Record record;
        record.frame_len = 100;
        record.data = std::span(data).first(length);
        format == Format::pcap ? pcap::append_packet(contents.bytes, record)
                               : pcapng::append_packet(contents.bytes, record);
        contents.end();
    }
    return contents;
}

class TailGuardTest : public testing::TestWithParam<Format> {
   protected:
    void SetUp() override {
        // The guard of a killed writer becomes this process's child, which can then wait for its end.
        ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    }
    void TearDown() override { std::filesystem::remove(path_); }

    UniqueFd create() const { return UniqueFd(::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)); }

    // Runs `write` in a process of its own that is killed afterwards, and waits for that process and for its guard.
    static void run_and_kill(const std::function<void()>& write) {
        const pid_t writer = ::fork();
        if (writer == 0) {
            write();
            ::kill(::getpid(), SIGKILL);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(writer, &status, 0), writer);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed";
        ASSERT_GT(::waitpid(-1, &status, 0), 0) << "there was no guard";
        ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    static void put(int fd, const std::byte* bytes, std::size_t count) {
        if (::write(fd, bytes, count) != static_cast<ssize_t>(count)) ::_exit(1);
    }
    std::uint64_t file_bytes() const { return std::filesystem::file_size(path_); }

    std::string path_ = std::filesystem::temp_directory_path() / ("tail_guard_test." + std::to_string(::getpid()));
};

TEST_P(TailGuardTest, CutsToTheLastWholeBlockWhereverTheWriterDies) {
    const auto whole = contents(GetParam());
    for (std::size_t length = 0; length <= whole.bytes.size(); length++) {
        run_and_kill([&] {
            const auto file = create();
            auto guard = TailGuard::start(GetParam());
            if (!guard) ::_exit(1);
            guard->watch(file.get(), 0);
            put(file.get(), whole.bytes.data(), length);
            ::kill(::getpid(), SIGKILL);
        });
        const auto end = *std::prev(std::upper_bound(whole.ends.begin(), whole.ends.end(), length));
        ASSERT_EQ(file_bytes(), end) << "after " << length << " bytes";
    }
}

TEST_P(TailGuardTest, LooksOnlyAtWhatIsNotSettled) {
    const auto whole = contents(GetParam());
    const std::size_t settled = whole.ends[2];
    run_and_kill([&] {
        const auto file = create();
        auto guard = TailGuard::start(GetParam());
        if (!guard) ::_exit(1);
        guard->watch(file.get(), 0);
        // Nothing that could be walked over stands before it.
        const std::vector<std::byte> anything(settled);
        put(file.get(), anything.data(), settled);
        guard->settled(settled);
        put(file.get(), whole.bytes.data() + settled, whole.ends[3] - settled + 5);
        ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(file_bytes(), whole.ends[3]);
}

TEST_P(TailGuardTest, GivesBackWhatWasReserved) {
    const auto whole = contents(GetParam());
    run_and_kill([&] {
        const auto file = create();
        auto guard = TailGuard::start(GetParam());
        if (!guard) ::_exit(1);
        guard->watch(file.get(), 0);
        put(file.get(), whole.bytes.data(), whole.bytes.size());
        // Where nothing can be reserved there is nothing to give back.
        (void)!::fallocate(file.get(), FALLOC_FL_KEEP_SIZE, 0, 1 << 20);
        ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(file_bytes(), whole.bytes.size());
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_LE(status.st_blocks, (128 << 10) / 512);
}

TEST_P(TailGuardTest, FollowsToTheNextFile) {
    const auto whole = contents(GetParam());
    const std::string first = path_ + ".first";
    run_and_kill([&] {
        auto guard = TailGuard::start(GetParam());
        const UniqueFd ended(::open(first.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        const auto file = create();
        if (!guard) ::_exit(1);
        guard->watch(ended.get(), 0);
        put(ended.get(), whole.bytes.data(), whole.bytes.size());
        guard->settled(whole.bytes.size());
        guard->watch(file.get(), 0);
        put(file.get(), whole.bytes.data(), whole.ends[2] + 7);
        ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(std::filesystem::file_size(first), whole.bytes.size());
    EXPECT_EQ(file_bytes(), whole.ends[2]);
    std::filesystem::remove(first);
}

TEST_P(TailGuardTest, AppendedCaptureLeavesWhatStoodThereBefore) {
    const auto whole = contents(GetParam());
    const std::string before(1000, 'x');
    run_and_kill([&] {
        const auto file = create();
        put(file.get(), reinterpret_cast<const std::byte*>(before.data()), before.size());
        auto guard = TailGuard::start(GetParam());
        if (!guard) ::_exit(1);
        guard->watch(file.get(), before.size());
        put(file.get(), whole.bytes.data(), whole.ends[1] + 3);
        ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(file_bytes(), before.size() + whole.ends[1]);
}

TEST_P(TailGuardTest, RemovesAFileWithoutOneWholeBlock) {
    const auto whole = contents(GetParam());
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, whole.ends[1] - 1, whole.ends[1]}) {
        run_and_kill([&] {
            auto guard = TailGuard::start(GetParam());
            if (!guard) ::_exit(1);
            guard->expect(path_);
            const auto file = create();
            guard->watch(file.get(), 0);
            put(file.get(), whole.bytes.data(), length);
            ::kill(::getpid(), SIGKILL);
        });
        EXPECT_EQ(std::filesystem::exists(path_), length == whole.ends[1]) << "after " << length << " bytes";
    }
}

TEST_P(TailGuardTest, RemovesAFileThatWasOnlyJustMade) {
    const auto whole = contents(GetParam());
    const std::string first = path_ + ".first";
    run_and_kill([&] {
        auto guard = TailGuard::start(GetParam());
        const UniqueFd ended(::open(first.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!guard) ::_exit(1);
        guard->expect(first);
        guard->watch(ended.get(), 0);
        put(ended.get(), whole.bytes.data(), whole.bytes.size());
        guard->settled(whole.bytes.size());
        guard->expect(path_);
        const auto file = create();
        ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(std::filesystem::file_size(first), whole.bytes.size());
    EXPECT_FALSE(std::filesystem::exists(path_));
    std::filesystem::remove(first);
}

TEST_P(TailGuardTest, AFileThatWasThereStaysUntilItIsOpened) {
    const auto whole = contents(GetParam());
    put(create().get(), whole.bytes.data(), 5);
    run_and_kill([&] {
        auto guard = TailGuard::start(GetParam());
        if (!guard) ::_exit(1);
        guard->expect(path_);
        ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(file_bytes(), 5u);
}

TEST_P(TailGuardTest, AFileThatEndedInOrderIsNotTouched) {
    const auto whole = contents(GetParam());
    const auto file = create();
    {
        auto guard = TailGuard::start(GetParam());
        ASSERT_TRUE(guard) << guard.error().message;
        guard->watch(file.get(), 0);
        put(file.get(), whole.bytes.data(), whole.ends[1] + 3);
    }
    EXPECT_EQ(file_bytes(), whole.ends[1] + 3);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "the guard has been waited for";
}

INSTANTIATE_TEST_SUITE_P(Formats, TailGuardTest, testing::Values(Format::pcapng, Format::pcap),
                         [](const auto& format) { return format.param == Format::pcap ? "pcap" : "pcapng"; });

}  // namespace
}  // namespace xdpsift::write
