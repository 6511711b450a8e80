// SPDX-License-Identifier: BSD-2-Clause
// Errors as values: a sentence that gains context on its way up, and the exit status that it leads to.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace xdpsift {

// The command's exit status; scripts rely on the numbers.
enum class ExitStatus : int {
    done = 0,           // a limit or a signal ended it
    failed = 1,         // failed while running: a write error, the interface went away
    usage = 2,          // an option, a filter or an input file
    not_permitted = 3,  // names the missing capability
    unavailable = 4,    // interface absent or busy
    unsupported = 5,    // this kernel cannot: names what is missing
    lost = 6,           // packets were lost and --fail-on-loss was given
};

// What failed, on what, why and what to do, in words for the person in front of it.
struct [[nodiscard]] Error {
    ExitStatus status = ExitStatus::failed;
    std::string message;
    std::string detail;  // long text shown with -v: the verifier's log
};

template <typename T>
using Result = tl::expected<T, Error>;

inline auto fail(ExitStatus status, std::string message, std::string detail = {}) {
    return tl::unexpected<Error>(Error{status, std::move(message), std::move(detail)});
}

// Puts "context: " in front of an error on its way up.
inline auto with_context(std::string_view context, Error error) {
    error.message = std::string(context) + ": " + error.message;
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace xdpsift
