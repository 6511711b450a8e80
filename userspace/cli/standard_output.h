// SPDX-License-Identifier: BSD-2-Clause
// What a command was asked for. Unlike words for a person (say.h) it must arrive.
#pragma once

#include <string_view>

#include "xdpsift/result.h"

namespace xdpsift::cli {

// Buffered until flush_output().
Result<void> put(std::string_view text);
Result<void> flush_output();

inline Result<void> print(std::string_view text) {
    auto written = put(text);
    return written ? flush_output() : written;
}

}  // namespace xdpsift::cli
