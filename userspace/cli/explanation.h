// SPDX-License-Identifier: BSD-2-Clause
// A filter explained: what it is, what it becomes on its way into the kernel, what that costs, what it does not see.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/caveats.h"
#include "cli/filter_options.h"
#include "expression/compile.h"
#include "expression/disassemble.h"
#include "expression/translate.h"
#include "xdpsift/result.h"

namespace xdpsift::cli {

// The sampler with this filter, as the kernel took it.
struct LoadedProgram {
    bool fragments = false;
    std::uint32_t instructions = 0;  // that the kernel kept
    std::uint32_t verified = 0;      // that the verifier went through
};

enum class Matches { nothing, some, everything };

struct Explanation {
    std::string filter;                // as it stands in a file
    std::string fields;                // the structured options' part of it
    std::string expression;            // the other
    Matches matches = Matches::some;   // as far as it can be told without a packet
    bool optimised = false;            // by libpcap
    std::vector<std::string> classic;  // in libpcap's notation
    std::vector<std::string> translation;
    // For frames in several fragments, where the first has not all that it takes: over a copy of the frame. Empty where
    // the kernel has no such frames.
    std::vector<std::string> on_copy;
    std::optional<LoadedProgram> program;
    std::string no_program;  // why there is none
    std::vector<Caveat> caveats;
};

// `compiled` is what the options' expression became. ExitStatus::unsupported where it cannot be translated.
Result<Explanation> explain(const FilterOptions& options, const expression::Compiled& compiled,
                            const Result<LoadedProgram>& program);

std::string explanation_text(const Explanation& explanation);
std::string explanation_json(const Explanation& explanation);

}  // namespace xdpsift::cli
