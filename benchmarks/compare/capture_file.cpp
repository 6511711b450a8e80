// SPDX-License-Identifier: BSD-2-Clause
#include "compare/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <memory>
#include <span>

#include "xdpsift/unique_fd.h"

namespace xdpsift::compare {
namespace {

constexpr std::uint32_t kPcapMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kPcapNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kSectionHeaderBlock = 0x0a0d0d0a;
constexpr std::uint32_t kEnhancedPacketBlock = 6;
constexpr std::size_t kPcapFileHeaderBytes = 24;
constexpr std::size_t kPcapRecordHeaderBytes = 16;
constexpr std::size_t kPcapCaplenOffset = 8;
constexpr std::size_t kSmallestBlockBytes = 12;
constexpr std::size_t kPacketBlockHeaderBytes = 28;  // up to the packet's bytes
constexpr std::size_t kPacketBlockCaplenOffset = 20;

std::uint32_t u32_at(std::span<const std::byte> bytes, std::size_t offset) {
    std::uint32_t value = 0;
    memcpy(&value, bytes.data() + offset, sizeof(value));
    return value;
}

Result<void> visit_pcap(std::span<const std::byte> bytes, const PacketVisitor& visit) {
    std::size_t offset = kPcapFileHeaderBytes;
    while (bytes.size() - offset >= kPcapRecordHeaderBytes) {
        const std::uint32_t caplen = u32_at(bytes, offset + kPcapCaplenOffset);
        if (caplen > bytes.size() - offset - kPcapRecordHeaderBytes) break;
        visit(bytes.subspan(offset + kPcapRecordHeaderBytes, caplen));
        offset += kPcapRecordHeaderBytes + caplen;
    }
    if (offset != bytes.size()) return fail(ExitStatus::failed, fmt::format("no whole packet at byte {}", offset));
    return {};
}

Result<void> visit_pcapng(std::span<const std::byte> bytes, const PacketVisitor& visit) {
    std::size_t offset = 0;
    while (bytes.size() - offset >= kSmallestBlockBytes) {
        const std::uint32_t length = u32_at(bytes, offset + 4);
        if (length < kSmallestBlockBytes || length % 4 != 0 || length > bytes.size() - offset) break;
        if (u32_at(bytes, offset) == kEnhancedPacketBlock) {
            if (length < kPacketBlockHeaderBytes) break;
            const std::uint32_t caplen = u32_at(bytes, offset + kPacketBlockCaplenOffset);
            if (caplen > length - kPacketBlockHeaderBytes) break;
            visit(bytes.subspan(offset + kPacketBlockHeaderBytes, caplen));
        }
        offset += length;
    }
    if (offset != bytes.size()) return fail(ExitStatus::failed, fmt::format("no whole block at byte {}", offset));
    return {};
}

}  // namespace

Result<std::uint64_t> visit_packets(const std::string& file, const PacketVisitor& visit) {
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || fstat(fd.get(), &status) != 0)
        return fail(ExitStatus::failed, fmt::format("cannot read {}: {}", file, strerror(errno)));
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size < kPcapFileHeaderBytes) return fail(ExitStatus::failed, file + " holds no capture");
    void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (mapped == MAP_FAILED) return fail(ExitStatus::failed, fmt::format("cannot map {}: {}", file, strerror(errno)));
    const auto unmap = [size](void* address) { munmap(address, size); };
    const std::unique_ptr<void, decltype(unmap)> mapping(mapped, unmap);
    const std::span bytes(static_cast<const std::byte*>(mapped), size);

    const std::uint32_t magic = u32_at(bytes, 0);
    if (magic != kSectionHeaderBlock && magic != kPcapMicroseconds && magic != kPcapNanoseconds)
        return fail(ExitStatus::failed, file + " is neither pcap nor pcapng");
    const auto visited = magic == kSectionHeaderBlock ? visit_pcapng(bytes, visit) : visit_pcap(bytes, visit);
    if (!visited) return with_context(file, visited.error());
    return size;
}

}  // namespace xdpsift::compare
