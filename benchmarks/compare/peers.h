// SPDX-License-Identifier: BSD-2-Clause
// The tools that are compared, each behind one description: how it is called, when it is ready, what it says it did.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compare/conditions.h"
#include "xdpsift/result.h"

namespace xdpsift::compare {

struct CaptureJob {
    std::string program;
    std::string interface;
    std::string file;
    Scenario scenario = Scenario::all;
    std::uint32_t snaplen = 128;
    std::uint32_t ring_kib = 1'024;

    // Written by xdpsift beside the capture.
    std::string summary_file() const { return file + ".json"; }
    std::string ready_file() const { return file + ".ready"; }
};

// By the tool's own word.
struct OwnCounts {
    std::uint64_t captured = 0;
    std::uint64_t lost = 0;
};

struct Peer {
    std::string name;
    std::string program;  // looked for on the PATH
    bool ours = false;    // xdpsift, in one of its ways
    bool filters = true;  // knows of filters
    bool takes_snaplen = true;
    // What it says, on either output, once it captures; empty: it makes the job's ready file.
    std::string ready_text;
    // How long it is given to empty its buffer before it is stopped: some do not look into it any more then.
    std::chrono::milliseconds settle{500};
    std::function<std::vector<std::string>(const CaptureJob&)> command;
    std::function<Result<OwnCounts>(const CaptureJob&, const std::string& said)> own_counts;
};

// All that are known, xdpsift first.
const std::vector<Peer>& known_peers();
inline constexpr const char* kBpfRingPeer = "xdpsift-bpf";
// Whether `xdpsift capture --help` offers the BPF ring buffer.
bool offers_bpf_ring(const std::string& help);

// Why the peer cannot be asked that; nothing where it can. `largest_frame`: who keeps whole packets keeps the same as
// others where none is longer than the snaplen.
std::optional<std::string> unfit(const Peer& peer, Scenario scenario, std::uint32_t snaplen, std::size_t largest_frame);

// Where a program stands: itself if it has a slash, or in a folder of `path` (colon separated); empty: nowhere.
std::string find_program(const std::string& program, const std::string& path);

}  // namespace xdpsift::compare
