// SPDX-License-Identifier: BSD-2-Clause
#include "generator/size_mix.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

namespace xdpsift::generator {
namespace {

const std::vector<std::size_t> kImix{64, 576, 64, 64, 576, 64, 1500, 64, 576, 64, 64, 576};

}  // namespace

std::size_t SizeMix::largest() const { return *std::max_element(slots.begin(), slots.end()); }

double SizeMix::average() const {
    return static_cast<double>(std::accumulate(slots.begin(), slots.end(), std::size_t{0})) /
           static_cast<double>(slots.size());
}

Result<SizeMix> parse_size_mix(const std::string& text) {
    if (text == "imix") return SizeMix{text, kImix};
    std::size_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (error != std::errc{} || end != text.data() + text.size() || bytes < kSmallestFrameBytes ||
        bytes > kLargestFrameBytes)
        return fail(ExitStatus::usage, fmt::format("'{}' is no size of frames: imix, or {} to {} bytes", text,
                                                   kSmallestFrameBytes, kLargestFrameBytes));
    return SizeMix{text, {bytes}};
}

}  // namespace xdpsift::generator
