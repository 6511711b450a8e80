// SPDX-License-Identifier: BSD-2-Clause
// `xdpsift filter` on files that the test makes: no interface, no traffic.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "e2e/capture_fixture.h"
#include "harness/judges.h"
#include "harness/packet_builder.h"
#include "harness/pcap_bytes.h"
#include "harness/process.h"
#include "harness/scratch.h"

namespace xdpsift::e2e {

class FilterCommandTest : public testing::Test {
   protected:
    using Words = std::vector<std::string>;

    std::string place(const std::string& name) const { return (folder_.path() / name).string(); }

    // `words` follow "xdpsift filter".
    static Outcome filter(Words words, std::optional<std::string> input = {}) {
        words.insert(words.begin(), {xdpsift_binary(), "filter"});
        return harness::run({.argv = std::move(words), .input = std::move(input)});
    }
    // With --json; standard output as a whole.
    static nlohmann::json json_of(Words words, int exit_status = 0, std::optional<std::string> input = {}) {
        words.insert(words.begin() + 1, "--json");
        const Outcome outcome = filter(words, std::move(input));
        EXPECT_EQ(outcome.exit_status, exit_status) << testing::PrintToString(words) << outcome.err;
        return nlohmann::json::parse(outcome.out, nullptr, false);
    }
    static void refused(const Words& words, int exit_status, const std::string& why) {
        const Outcome outcome = filter(words);
        EXPECT_EQ(outcome.exit_status, exit_status) << testing::PrintToString(words);
        EXPECT_EQ(outcome.out, "");
        EXPECT_THAT(outcome.err, testing::HasSubstr(why));
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    }
    // As somebody without any capability.
    Outcome unprivileged(Words words) const {
        std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
        std::filesystem::copy_file(xdpsift_binary(), place("xdpsift"),
                                   std::filesystem::copy_options::overwrite_existing);
        words.insert(words.begin(), {place("xdpsift"), "filter"});
        return harness::run({.argv = std::move(words), .uid = 65'534});
    }

    // Frame n was captured n seconds and n nanoseconds after the epoch, and to `kept` bytes.
    std::string capture(const std::vector<Bytes>& frames, std::size_t kept = 262'144) const {
        std::vector<PcapPacket> packets;
        for (std::uint32_t number = 1; const Bytes& frame : frames) {
            const auto size = std::min(frame.size(), kept);
            packets.push_back({number, number, static_cast<std::uint32_t>(frame.size()),
                               Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size))});
            number++;
        }
        return write_file(folder_.path() / "in.pcap", pcap_bytes(packets));
    }

   private:
    ScratchFolder folder_;
};

}  // namespace xdpsift::e2e
