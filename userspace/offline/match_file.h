// SPDX-License-Identifier: BSD-2-Clause
// Packets of one capture file into another: pcapng, one interface, each packet with its time and both of its lengths.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "offline/capture_file.h"
#include "write/buffer.h"
#include "write/description.h"
#include "write/sink.h"
#include "xdpsift/result.h"

namespace xdpsift::offline {

// Not thread-safe. Destroying it without finish() loses what is buffered.
class MatchFile {
   public:
    // Empties `path`, or creates it; "-" is standard output. The header is written through to it, so that an output
    // that cannot be written is found now. `file` describes one interface.
    static Result<MatchFile> open(const std::string& path, const write::FileDescription& file);

    // After an error the output ends with a whole packet, where it can be cut.
    Result<void> write(const Packet& packet);
    // Writes what is left and closes.
    Result<void> finish();
    // The error was that the output's reader is gone.
    bool reader_closed() const { return sink_->reader_closed(); }

   private:
    explicit MatchFile(std::unique_ptr<write::Sink> sink) : sink_(std::move(sink)) {}
    Result<void> flush();

    std::unique_ptr<write::Sink> sink_;
    write::Buffer buffer_;
    std::uint64_t written_bytes_ = 0;  // up to the end of a block
};

}  // namespace xdpsift::offline
