// SPDX-License-Identifier: BSD-2-Clause
// The last stage: ordered records into capture files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "write/block_buffer.h"
#include "write/description.h"
#include "write/file_names.h"
#include "write/file_sink.h"
#include "write/sink.h"
#include "write/tail_guard.h"
#include "xdpsift/record.h"
#include "xdpsift/result.h"

namespace xdpsift::write {

struct OutputOptions {
    std::string path;  // strftime(3) patterns expand when a file is opened; "-": standard output
    Format format = Format::pcapng;
    std::uint64_t file_size_bytes = 0;  // the next file is begun before one grows past it; 0: never
    std::uint32_t file_count = 0;       // files kept at most, the oldest is deleted; 0: all. Needs file_size_bytes
};

// The totals of each interface, in their order. Called when a file ends, with every packet accepted so far either
// written or, after an error, lost for good: packets_written() and written_by_interface() are what the totals must say.
using StatisticsSource = std::function<std::vector<InterfaceStatistics>()>;
using SinkFactory = std::function<Result<std::unique_ptr<Sink>>(const std::string& path)>;

// Not thread-safe. After an error every call returns the same error, and the file ends with its last whole block
// (and, where they could still be written, the interfaces' statistics). Destroying it without finish() or abandon()
// closes the output and loses what is buffered.
class CaptureWriter {
   public:
    // Opens the (first) output and writes its header through to it, so that an output that cannot be written is
    // found now. ExitStatus::usage for options that contradict each other, ExitStatus::failed for the output.
    static Result<CaptureWriter> open(OutputOptions options, FileDescription description, StatisticsSource statistics,
                                      SinkFactory open_sink = FileSink::open);

    // False: flush first; only an output that would block lets it stay false.
    bool has_room() const { return blocks_.has_room(); }
    // Copies the record into the buffer; its time is since the epoch. Begins the next file when one is due, and
    // flushes when the buffer is full. Taken even without room, at the price of a buffer that grows.
    Result<void> packet(const Record& record);

    enum class Flush { done, would_block };
    // Pushes what is buffered to the output. would_block: wait until wait_fd() is writable, then again.
    Result<Flush> flush();
    // Ends the file: what is buffered, each interface's statistics (pcapng), close. would_block: as flush().
    Result<Flush> finish();
    // Gives up what is buffered and closes: nothing more is written. An output that can be cut ends with a whole block.
    void abandon();
    // abandon(), and the file goes if it was made here: nothing was captured.
    void withdraw();

    int wait_fd() const { return sink_ ? sink_->wait_fd() : -1; }
    bool live_reader() const { return sink_ && sink_->live_reader(); }
    // The error was that the output's reader is gone.
    bool reader_closed() const { return reader_closed_; }

    std::uint64_t packets_accepted() const { return blocks_.accepted(); }
    // Wholly in an output.
    std::uint64_t packets_written() const { return blocks_.written(); }
    std::span<const std::uint64_t> written_by_interface() const { return blocks_.written_by_interface(); }
    // In the order written, without those that were deleted; "-" for standard output.
    const std::vector<std::string>& files() const { return files_; }

   private:
    CaptureWriter(OutputOptions options, FileDescription description, StatisticsSource statistics,
                  SinkFactory open_sink, FileNames names);
    Result<void> open_next_file();
    Result<void> expect_file(const std::string& path);
    void guard_file();
    Result<void> rotate();
    Result<void> delete_oldest_files();
    bool rotation_due(const Record& record) const;
    void append_header();
    void append_statistics(Buffer& buffer) const;
    Result<void> flush_wholly();
    Error stop(Error error);
    void cut_back(Error& error);
    void save_statistics(std::uint64_t whole_bytes, Error& error);

    OutputOptions options_;
    FileDescription description_;
    StatisticsSource statistics_;
    SinkFactory open_sink_;
    FileNames names_;
    BlockBuffer blocks_;
    std::unique_ptr<Sink> sink_;      // none once closed
    std::optional<TailGuard> guard_;  // where the output is a regular file
    std::vector<std::string> files_;
    std::uint64_t header_bytes_ = 0;  // of the current file
    bool statistics_added_ = false;   // to the current file
    bool reader_closed_ = false;
    std::optional<Error> error_;
};

}  // namespace xdpsift::write
