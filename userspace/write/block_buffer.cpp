// SPDX-License-Identifier: BSD-2-Clause
#include "write/block_buffer.h"

namespace xdpsift::write {

void BlockBuffer::start_file(std::size_t limit_bytes) {
    if (limit_bytes != limit_bytes_) buffer_ = Buffer(limit_bytes);
    buffer_.clear();
    limit_bytes_ = limit_bytes;
    buffer_offset_ = taken_ = whole_ = 0;
    accepted_before_file_ = accepted_;
}

void BlockBuffer::took(std::size_t count) {
    taken_ += count;
    if (taken_ == buffer_.size()) {
        // The usual case needs no look at the blocks: all are in.
        buffer_offset_ += taken_;
        taken_ = whole_ = 0;
        buffer_.clear();
        written_ = accepted_;
        written_by_interface_ = accepted_by_interface_;
        return;
    }
    settle_whole_blocks();
    // Moving what is left only when half is free keeps the moved bytes in proportion to the taken ones.
    if (whole_ >= limit_bytes_ / 2) {
        buffer_.drop_front(whole_);
        buffer_offset_ += whole_;
        taken_ -= whole_;
        whole_ = 0;
    }
}

void BlockBuffer::drop_pending() {
    buffer_offset_ += whole_;
    taken_ = whole_ = 0;
    buffer_.clear();
}

// Walks over the blocks, whose lengths stand in them, as far as they were taken.
void BlockBuffer::settle_whole_blocks() {
    while (whole_ < taken_) {
        pcapng::Block block;
        if (format_ == Format::pcapng)
            block = pcapng::block_at(buffer_.data() + whole_);
        else if (buffer_offset_ + whole_ == 0)
            block.size = pcap::kFileHeaderSize;
        else
            block = {pcap::packet_size_at(buffer_.data() + whole_), true, 0};
        if (whole_ + block.size > taken_) return;
        whole_ += block.size;
        if (block.is_packet) {
            ++written_;
            ++written_by_interface_[block.interface_id];
        }
    }
}

}  // namespace xdpsift::write
