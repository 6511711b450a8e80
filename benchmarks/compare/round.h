// SPDX-License-Identifier: BSD-2-Clause
// One load on the pair, with something or nothing that captures at the receiving end.
#pragma once

#include <optional>
#include <string>

#include "compare/figures.h"
#include "compare/napi_thread.h"
#include "compare/veth_pair.h"
#include "generator/offered_load.h"

namespace xdpsift::compare {

// What all rounds of a panel use.
struct Stage {
    VethPair pair;
    generator::OfferedLoad load;
    std::optional<NapiThread> napi;  // where the receive path is apart
    Conditions conditions;
    std::string directory;  // for the capture files

    static Result<Stage> set(const Conditions& conditions, const std::string& directory);
};

Result<Run> run_once(const Contender& contender, Stage& stage);

}  // namespace xdpsift::compare
