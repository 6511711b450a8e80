// SPDX-License-Identifier: BSD-2-Clause
// An output in memory, with the faults that real outputs have.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "write/capture_writer.h"

namespace xdpsift::test {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

// Outlives the sinks that write to it.
struct Memory {
    std::vector<std::byte> bytes;
    // Faults and habits.
    std::uint64_t fails_at = kNever;        // no byte from this offset on is taken; an error
    std::uint64_t fails_again_at = kNever;  // the same, once it was cut back
    std::uint64_t closes_at = kNever;       // the reader leaves after so many bytes
    std::uint64_t at_most = kNever;         // bytes taken by one write
    std::uint64_t room = kNever;            // bytes left until it would block
    bool can_cut = true;
    bool is_live = false;
    bool close_fails = false;
    // What was seen.
    int writes = 0;
    int cuts = 0;
    int closes = 0;
};

class MemorySink final : public write::Sink {
   public:
    explicit MemorySink(Memory& memory) : memory_(memory) {}

    Result<std::size_t> write(std::span<const std::byte> bytes) override {
        ++memory_.writes;
        const std::uint64_t end = std::min(memory_.fails_at, memory_.closes_at);
        const std::uint64_t left = end - std::min<std::uint64_t>(end, memory_.bytes.size());
        if (left == 0) {
            reader_closed_ = memory_.closes_at <= memory_.fails_at;
            return fail(ExitStatus::failed, "memory takes no more");
        }
        const std::uint64_t count = std::min({bytes.size(), memory_.at_most, memory_.room, left});
        const auto taken = bytes.first(static_cast<std::size_t>(count));
        memory_.bytes.insert(memory_.bytes.end(), taken.begin(), taken.end());
        if (memory_.room != kNever) memory_.room -= count;
        return taken.size();
    }
    Result<bool> cut_back(std::uint64_t length) override {
        ++memory_.cuts;
        if (!memory_.can_cut) return false;
        EXPECT_LE(length, memory_.bytes.size());
        memory_.bytes.resize(static_cast<std::size_t>(length));
        memory_.fails_at = memory_.fails_again_at;
        return true;
    }
    Result<void> close() override {
        ++memory_.closes;
        if (memory_.close_fails) return fail(ExitStatus::failed, "memory does not close");
        return {};
    }
    bool live_reader() const override { return memory_.is_live; }
    bool reader_closed() const override { return reader_closed_; }

   private:
    Memory& memory_;
    bool reader_closed_ = false;
};

// Every path leads into this memory.
inline write::SinkFactory into(Memory& memory) {
    return [&memory](const std::string&) -> Result<std::unique_ptr<write::Sink>> {
        return std::make_unique<MemorySink>(memory);
    };
}

// Each path leads into a memory of its own.
inline write::SinkFactory into(std::map<std::string, Memory>& memories) {
    return [&memories](const std::string& path) -> Result<std::unique_ptr<write::Sink>> {
        return std::make_unique<MemorySink>(memories[path]);
    };
}

}  // namespace xdpsift::test
