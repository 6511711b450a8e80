// SPDX-License-Identifier: BSD-2-Clause
// Outside programs that have the last word on a capture file: tcpdump, tshark and capinfos.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <string>

namespace xdpsift::harness {

// Whether `program` is on PATH. When it is not: a failure where XDPSIFT_REQUIRE_JUDGES is set, else a word on
// standard error that it was not asked.
bool judge_present(const std::string& program);

// Each judge that is present reads the whole file: exit status 0, not a word of complaint, exactly `packets` packets.
testing::AssertionResult judges_accept(const std::filesystem::path& file, std::size_t packets);

// The packets that tcpdump counts in `bytes` on its standard input.
testing::AssertionResult tcpdump_accepts_stream(const std::string& bytes, std::size_t packets);

}  // namespace xdpsift::harness
