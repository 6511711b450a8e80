// SPDX-License-Identifier: BSD-2-Clause
#include "cli/standard_output.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace xdpsift::cli {
namespace {

tl::unexpected<Error> cannot_write() {
    return fail(ExitStatus::failed, fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

}  // namespace

Result<void> put(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) return cannot_write();
    return {};
}

Result<void> flush_output() {
    if (std::fflush(stdout) != 0) return cannot_write();
    return {};
}

}  // namespace xdpsift::cli
