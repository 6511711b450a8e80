// SPDX-License-Identifier: BSD-2-Clause
// Encoded blocks on their way into one output, and exact knowledge of which of them arrived whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "write/buffer.h"
#include "write/description.h"
#include "write/pcap.h"
#include "write/pcapng.h"
#include "xdpsift/event.h"
#include "xdpsift/record.h"

namespace xdpsift::write {

// An output takes bytes, not blocks. A block stays in the buffer until it was taken wholly, so that after an error
// its length is still known and the output can be cut back to where the last whole block ends.
class BlockBuffer {
   public:
    BlockBuffer(Format format, std::size_t interface_count)
        : format_(format), accepted_by_interface_(interface_count), written_by_interface_(interface_count) {}

    // An empty buffer in front of an empty file. The counts go on. `limit_bytes` are held back at most.
    void start_file(std::size_t limit_bytes);

    // For blocks other than packets: header first.
    Buffer& buffer() { return buffer_; }
    // Grows past the limit where has_room() was not heeded. The interface must be one that was counted.
    void append_packet(const Record& record) {
        format_ == Format::pcapng ? pcapng::append_packet(buffer_, record) : pcap::append_packet(buffer_, record);
        ++accepted_;
        ++accepted_by_interface_[record.interface_id];
    }
    std::size_t packet_size(const Record& record) const {
        return format_ == Format::pcapng ? pcapng::packet_size(record) : pcap::packet_size(record);
    }
    // There is room for a packet of any size that the kernel side can deliver.
    bool has_room() const { return buffer_.size() + kLargestPacket <= limit_bytes_; }

    // What the output has still to take, and that it took the first `count` of these bytes.
    std::span<const std::byte> pending() const { return buffer_.bytes().subspan(taken_); }
    void took(std::size_t count);
    // Forgets what was not taken.
    void drop_pending();

    // Length of the file up to its last whole block, and whether the output took more than that.
    std::uint64_t whole_bytes() const { return buffer_offset_ + whole_; }
    bool cut_short() const { return taken_ > whole_; }
    // Length of the file once all is taken.
    std::uint64_t file_bytes() const { return buffer_offset_ + buffer_.size(); }
    bool file_has_packets() const { return accepted_ > accepted_before_file_; }

    // Packets over all files: appended, and taken wholly by an output.
    std::uint64_t accepted() const { return accepted_; }
    std::uint64_t written() const { return written_; }
    std::span<const std::uint64_t> written_by_interface() const { return written_by_interface_; }

   private:
    static constexpr std::size_t kLargestPacket = XS_MAX_CAP_LEN + 128;
    void settle_whole_blocks();

    Format format_;
    Buffer buffer_;
    std::size_t limit_bytes_ = 0;
    std::uint64_t buffer_offset_ = 0;  // where the buffer's first byte stands in the file
    std::size_t taken_ = 0;            // bytes of the buffer that the output took
    std::size_t whole_ = 0;            // bytes of the buffer in blocks taken wholly
    std::uint64_t accepted_ = 0;
    std::uint64_t accepted_before_file_ = 0;
    std::uint64_t written_ = 0;
    std::vector<std::uint64_t> accepted_by_interface_;
    std::vector<std::uint64_t> written_by_interface_;
};

}  // namespace xdpsift::write
