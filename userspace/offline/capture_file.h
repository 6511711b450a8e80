// SPDX-License-Identifier: BSD-2-Clause
// A capture that was written before, pcap or pcapng, packet by packet. libpcap reads it.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "xdpsift/result.h"

struct pcap;

namespace xdpsift::offline {

struct Packet {
    std::uint64_t time_ns = 0;           // since the epoch
    std::uint32_t frame_len = 0;         // bytes on the wire
    std::span<const std::uint8_t> data;  // what was captured of them; valid until the next packet is read
};

// Not thread-safe.
class CaptureFile {
   public:
    // "-": standard input. What is no capture of Ethernet frames is ExitStatus::usage.
    static Result<CaptureFile> open(const std::string& path);

    // None at the end. A file that is cut short or damaged is ExitStatus::usage, in libpcap's words.
    Result<std::optional<Packet>> next();
    // Bytes that the file keeps of a packet at most.
    std::uint32_t snaplen() const;
    // Whether `path` names the file that is being read; "-" is standard output.
    bool is_same_file(const std::string& path) const;

   private:
    struct Closer {
        void operator()(::pcap* capture) const;
    };
    CaptureFile() = default;

    std::string name_;  // as messages show it
    struct stat status_ {};
    std::unique_ptr<::pcap, Closer> capture_;
};

}  // namespace xdpsift::offline
