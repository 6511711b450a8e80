// SPDX-License-Identifier: BSD-2-Clause
// A classic program and a frame, as the bytes of a fuzzer's input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "expression/classic.h"

namespace xdpsift::fuzz {

// In front of the instructions, struct sock_filter as the host has them, and of the frame.
struct ClassicHeader {
    std::uint8_t raw;            // odd: the instructions as they stand, which seldom make a valid program
    std::uint8_t copies;         // from kManyCopies on: the instructions 2, 4, 8 ... 256 times, without loops
    std::uint16_t instructions;  // as many as there are, at most
    std::uint16_t frame_len;     // from kLongFrame on: a frame of this length that repeats its bytes
    std::uint16_t cap_len;       // how much of the frame a cut prefix has
};
static_assert(sizeof(ClassicHeader) == sizeof(sock_filter));

inline constexpr std::uint8_t kManyCopies = 248;
inline constexpr std::size_t kMostInstructions = 12'000;
inline constexpr std::uint16_t kLongFrame = 0xc000;
inline constexpr std::size_t kLongestFrame = 65'528;

struct ClassicInput {
    expression::ClassicProgram program;
    std::vector<std::uint8_t> frame;
    std::size_t cap_len = 0;
};

// Unless it is raw, what makes no valid program is mended, and what does stays as it is. None: too short.
std::optional<ClassicInput> decode_classic(std::span<const std::uint8_t> input);

// Changes whole instructions, which libFuzzer's own mutations would take apart. Returns the new size.
std::size_t mutate_classic(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed);

}  // namespace xdpsift::fuzz
