// SPDX-License-Identifier: BSD-2-Clause
#include "disk/contenders.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "write/capture_writer.h"
#include "write/reserved_space.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::disk {
namespace {

constexpr std::uint64_t kKiB = 1024;

Result<std::uint64_t> plain(const std::string& path, std::uint64_t bytes, std::size_t block_bytes, bool reserved) {
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const std::vector<std::byte> block(block_bytes, std::byte{0x5a});
    auto space = reserved && file ? write::ReservedSpace(file.get()) : write::ReservedSpace();
    std::uint64_t written = 0;
    while (written < bytes) {
        space.cover(file.get(), written + block_bytes);
        const ssize_t count = ::write(file.get(), block.data(), block.size());
        if (count <= 0) return fail(ExitStatus::failed, fmt::format("cannot write '{}': {}", path, strerror(errno)));
        written += static_cast<std::uint64_t>(count);
    }
    space.give_back(file.get());
    return written;
}

Contender plain(std::size_t block_bytes, bool reserved = false) {
    const std::string size = block_bytes < 1024 * kKiB ? fmt::format("{} KiB", block_bytes / kKiB)
                                                       : fmt::format("{} MiB", block_bytes / kKiB / kKiB);
    return {fmt::format("write(2), {}{}", size, reserved ? ", room reserved" : ""),
            [=](const std::string& path, std::uint64_t bytes) { return plain(path, bytes, block_bytes, reserved); }};
}

// As capture has it: blocks put together from records, buffered, with a guard at the file's end.
Result<std::uint64_t> capture(const std::string& path, std::uint64_t bytes, std::uint32_t cap_len) {
    write::FileDescription description;
    description.interfaces.resize(1);
    auto writer = write::CaptureWriter::open({.path = path}, description,
                                             [] { return std::vector<write::InterfaceStatistics>(1); });
    if (!writer) return tl::unexpected(writer.error());
    // As many frames as a ring holds of them, so that they are as far from the CPU as they are there.
    const std::vector<std::byte> ring(1 << 20, std::byte{0x5a});
    Record record;
    record.frame_len = 1514;
    const std::uint64_t block_bytes = (cap_len + 3) / 4 * 4 + 64;
    std::size_t at = 0;
    for (std::uint64_t left = bytes / block_bytes; left > 0; left--) {
        record.data = std::span(ring).subspan(at, cap_len);
        record.time_ns += 1000;
        record.packet_id++;
        if (auto taken = writer->packet(record); !taken) return tl::unexpected(taken.error());
        at = at + 2 * cap_len < ring.size() ? at + cap_len : 0;
    }
    if (auto finished = writer->finish(); !finished) return tl::unexpected(finished.error());
    return bytes / block_bytes * block_bytes;
}

Contender capture(std::uint32_t cap_len) {
    return {fmt::format("capture, {} bytes a packet", cap_len),
            [=](const std::string& path, std::uint64_t bytes) { return capture(path, bytes, cap_len); }};
}

}  // namespace

std::vector<Contender> contenders() {
    return {plain(4 * kKiB),         plain(64 * kKiB),         plain(256 * kKiB), plain(1024 * kKiB),
            plain(256 * kKiB, true), plain(1024 * kKiB, true), capture(128),      capture(1514)};
}

}  // namespace xdpsift::disk
