// SPDX-License-Identifier: BSD-2-Clause
#include "offline/match_file.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "write/file_sink.h"
#include "write/pcapng.h"

namespace xdpsift::offline {
namespace {

constexpr std::size_t kFlushBytes = 256 << 10;

void wait_until_writable(int fd) {
    pollfd ready{fd, POLLOUT, 0};
    while (::poll(&ready, 1, -1) < 0 && errno == EINTR) {
    }
}

}  // namespace

Result<MatchFile> MatchFile::open(const std::string& path, const write::FileDescription& file) {
    auto sink = write::FileSink::open(path);
    if (!sink) return tl::unexpected(sink.error());
    MatchFile out(std::move(*sink));
    write::pcapng::append_section_header(out.buffer_, file);
    for (const auto& interface : file.interfaces) write::pcapng::append_interface(out.buffer_, interface, {});
    if (auto flushed = out.flush(); !flushed) return tl::unexpected(flushed.error());
    return out;
}

Result<void> MatchFile::write(const Packet& packet) {
    write::pcapng::append_plain_packet(buffer_, packet.time_ns, packet.frame_len, std::as_bytes(packet.data));
    return buffer_.size() < kFlushBytes ? Result<void>() : flush();
}

Result<void> MatchFile::finish() {
    if (auto flushed = flush(); !flushed) return flushed;
    return sink_->close();
}

Result<void> MatchFile::flush() {
    auto rest = buffer_.bytes();
    while (!rest.empty()) {
        const auto took = sink_->write(rest);
        if (!took) {
            auto error = took.error();
            if (const auto cut = sink_->cut_back(written_bytes_); !cut) error.message += "; " + cut.error().message;
            return tl::unexpected(std::move(error));
        }
        if (*took == 0) wait_until_writable(sink_->wait_fd());
        rest = rest.subspan(*took);
    }
    written_bytes_ += buffer_.size();
    buffer_.clear();
    return {};
}

}  // namespace xdpsift::offline
