// SPDX-License-Identifier: BSD-2-Clause
#include "write/capture_writer.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace xdpsift::write {
namespace {

// Four times what a pipe takes; small enough to stay in the CPU's cache, where 1 MiB measured slower.
constexpr std::size_t kBufferBytes = 256 << 10;
// Kept free for each interface's statistics, so that a file does not grow past its size by them.
constexpr std::uint64_t kStatisticsReserveBytes = 1024;

Result<void> check(const OutputOptions& options, const FileDescription& description) {
    if (options.file_count > 0 && options.file_size_bytes == 0)
        return fail(ExitStatus::usage, "--file-count needs --file-size, which says when the next file begins");
    if (options.path == "-" && options.file_size_bytes > 0)
        return fail(ExitStatus::usage, "--file-size cannot split standard output; name a file with -w");
    if (options.format == Format::pcap && description.interfaces.size() > 1)
        return fail(ExitStatus::usage, "pcap cannot tell several interfaces apart; use --format pcapng");
    return {};
}

// Devices and links stay.
bool remove_file(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::unlink(path.c_str()) == 0;
}

}  // namespace

CaptureWriter::CaptureWriter(OutputOptions options, FileDescription description, StatisticsSource statistics,
                             SinkFactory open_sink, FileNames names)
    : options_(std::move(options)),
      description_(std::move(description)),
      statistics_(std::move(statistics)),
      open_sink_(std::move(open_sink)),
      names_(std::move(names)),
      blocks_(options_.format, description_.interfaces.size()) {}

Result<CaptureWriter> CaptureWriter::open(OutputOptions options, FileDescription description,
                                          StatisticsSource statistics, SinkFactory open_sink) {
    if (auto checked = check(options, description); !checked) return tl::unexpected(checked.error());
    auto names = FileNames::from(options.path, options.file_size_bytes > 0);
    if (!names) return tl::unexpected(names.error());
    CaptureWriter writer(std::move(options), std::move(description), std::move(statistics), std::move(open_sink),
                         std::move(*names));
    if (auto opened = writer.open_next_file(); !opened) return tl::unexpected(opened.error());
    return writer;
}

Result<void> CaptureWriter::packet(const Record& record) {
    if (!sink_) [[unlikely]]
        return tl::unexpected(error_ ? *error_ : Error{ExitStatus::failed, "the output is already closed", {}});
    if (record.interface_id >= description_.interfaces.size()) [[unlikely]]
        return fail(ExitStatus::failed, fmt::format("a packet came from interface {}, which the file does not describe",
                                                    record.interface_id));
    if (rotation_due(record)) {
        if (auto rotated = rotate(); !rotated) return rotated;
    }
    blocks_.append_packet(record);
    if (!blocks_.has_room()) {
        if (auto flushed = flush(); !flushed) return tl::unexpected(flushed.error());
    }
    return {};
}

Result<CaptureWriter::Flush> CaptureWriter::flush() {
    if (error_) return tl::unexpected(*error_);
    while (!blocks_.pending().empty()) {
        const auto took = sink_->write(blocks_.pending());
        if (!took) return tl::unexpected(stop(took.error()));
        if (*took == 0) return Flush::would_block;
        blocks_.took(*took);
    }
    if (guard_) guard_->settled(sink_->file().start + blocks_.whole_bytes());
    return Flush::done;
}

Result<CaptureWriter::Flush> CaptureWriter::finish() {
    if (error_) return tl::unexpected(*error_);
    if (!sink_) return Flush::done;
    // The packets go first, so that the statistics can count them as written.
    if (!statistics_added_) {
        auto flushed = flush();
        if (!flushed || *flushed == Flush::would_block) return flushed;
        append_statistics(blocks_.buffer());
        statistics_added_ = true;
    }
    auto flushed = flush();
    if (!flushed || *flushed == Flush::would_block) return flushed;
    const auto sink = std::move(sink_);
    if (auto closed = sink->close(); !closed) {
        error_ = closed.error();
        return tl::unexpected(*error_);
    }
    return Flush::done;
}

void CaptureWriter::abandon() {
    if (!sink_) return;
    if (blocks_.cut_short()) (void)sink_->cut_back(blocks_.whole_bytes());
    blocks_.drop_pending();
    (void)sink_->close();
    sink_.reset();
}

void CaptureWriter::withdraw() {
    const bool made = sink_ && sink_->made();
    abandon();
    if (made && remove_file(files_.back())) files_.pop_back();
}

Result<void> CaptureWriter::open_next_file() {
    std::string path = options_.path;
    if (path != "-") {
        const std::time_t now = std::time(nullptr);
        std::tm local{};
        ::localtime_r(&now, &local);
        path = names_.next(local, files_);
    }
    if (auto guarded = expect_file(path); !guarded) {
        error_ = guarded.error();
        return guarded;
    }
    auto sink = open_sink_(path);
    if (!sink) {
        error_ = sink.error();
        return tl::unexpected(*error_);
    }
    if (options_.file_size_bytes > 0 && (*sink)->live_reader()) {
        error_ = Error{ExitStatus::usage, fmt::format("--file-size needs regular files, which '{}' is not", path), {}};
        return tl::unexpected(*error_);
    }
    sink_ = std::move(*sink);
    files_.push_back(std::move(path));
    guard_file();
    blocks_.start_file(kBufferBytes);
    statistics_added_ = false;
    append_header();
    header_bytes_ = blocks_.file_bytes();
    if (auto flushed = flush(); !flushed) return tl::unexpected(flushed.error());
    return {};
}

Result<void> CaptureWriter::expect_file(const std::string& path) {
    if (!guard_) {
        auto guard = TailGuard::start(options_.format);
        if (!guard) return tl::unexpected(guard.error());
        guard_.emplace(std::move(*guard));
    }
    if (path != "-") guard_->expect(path);
    return {};
}

void CaptureWriter::guard_file() {
    const auto file = sink_->file();
    if (file.fd >= 0)
        guard_->watch(file.fd, file.start);
    else
        guard_.reset();
}

bool CaptureWriter::rotation_due(const Record& record) const {
    if (options_.file_size_bytes == 0 || !blocks_.file_has_packets()) return false;
    const std::uint64_t reserve =
        options_.format == Format::pcapng ? kStatisticsReserveBytes * description_.interfaces.size() : 0;
    return blocks_.file_bytes() + blocks_.packet_size(record) + reserve > options_.file_size_bytes;
}

Result<void> CaptureWriter::rotate() {
    if (auto flushed = flush_wholly(); !flushed) return flushed;
    append_statistics(blocks_.buffer());
    statistics_added_ = true;
    if (auto flushed = flush_wholly(); !flushed) return flushed;
    const auto sink = std::move(sink_);
    auto ended = sink->close();
    // The oldest goes before the next one needs its room.
    if (ended) ended = delete_oldest_files();
    if (!ended) {
        error_ = ended.error();
        return ended;
    }
    return open_next_file();
}

Result<void> CaptureWriter::delete_oldest_files() {
    while (options_.file_count > 0 && files_.size() >= options_.file_count) {
        if (::unlink(files_.front().c_str()) != 0 && errno != ENOENT)
            return fail(ExitStatus::failed, fmt::format("cannot delete '{}', the oldest file of the capture: {}",
                                                        files_.front(), std::strerror(errno)));
        files_.erase(files_.begin());
    }
    return {};
}

void CaptureWriter::append_header() {
    if (options_.format == Format::pcap) {
        pcap::append_file_header(blocks_.buffer(),
                                 description_.interfaces.empty() ? 0 : description_.interfaces.front().snaplen);
        return;
    }
    pcapng::append_section_header(blocks_.buffer(), description_);
    for (const auto& interface : description_.interfaces)
        pcapng::append_interface(blocks_.buffer(), interface, description_.os);
}

void CaptureWriter::append_statistics(Buffer& buffer) const {
    if (options_.format != Format::pcapng || !statistics_) return;
    const auto statistics = statistics_();
    const std::size_t count = std::min(statistics.size(), description_.interfaces.size());
    for (std::size_t i = 0; i < count; ++i)
        pcapng::append_statistics(buffer, static_cast<std::uint32_t>(i), statistics[i]);
}

// For the end of a file amid a capture, where nothing may be left behind.
Result<void> CaptureWriter::flush_wholly() {
    const auto flushed = flush();
    if (!flushed) return tl::unexpected(flushed.error());
    if (*flushed == Flush::would_block)
        return tl::unexpected(stop(Error{ExitStatus::failed,
                                         fmt::format("'{}' takes no more bytes, and --file-size needs an output "
                                                     "that never waits for a reader",
                                                     files_.back()),
                                         {}}));
    return {};
}

// The end after a write error: the file is left as a reader wants it, as far as the output allows.
Error CaptureWriter::stop(Error error) {
    reader_closed_ = sink_->reader_closed();
    if (!reader_closed_) cut_back(error);
    blocks_.drop_pending();
    (void)sink_->close();
    sink_.reset();
    error_ = error;
    return error;
}

void CaptureWriter::cut_back(Error& error) {
    const std::uint64_t whole_bytes = blocks_.whole_bytes();
    const bool has_header = whole_bytes >= header_bytes_;
    const auto cut = sink_->cut_back(has_header ? whole_bytes : 0);
    if (!cut)
        error.message += fmt::format("; and the file may end amid a packet: {}", cut.error().message);
    else if (!*cut && blocks_.cut_short())
        error.message += "; the output ends amid a packet and cannot be cut back";
    // An output that took nothing at all leaves an empty file, which no reader accepts.
    else if (*cut && !has_header && remove_file(files_.back()))
        files_.pop_back();
    else if (*cut && has_header && !statistics_added_)
        save_statistics(whole_bytes, error);
}

// One attempt: what was cut off may have made the room.
void CaptureWriter::save_statistics(std::uint64_t whole_bytes, Error& error) {
    Buffer buffer;
    append_statistics(buffer);
    auto rest = buffer.bytes();
    while (!rest.empty()) {
        const auto took = sink_->write(rest);
        if (took && *took > 0) {
            rest = rest.subspan(*took);
            continue;
        }
        if (auto cut = sink_->cut_back(whole_bytes); !cut)
            error.message += fmt::format("; and the file may end amid a block: {}", cut.error().message);
        return;
    }
}

}  // namespace xdpsift::write
