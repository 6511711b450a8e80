// SPDX-License-Identifier: BSD-2-Clause
// Whether a JSON summary's ledger closes, counted anew from its numbers.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace xdpsift::harness {

// Every sum, for each interface and in total; the interfaces add up to the totals; `ledger_closed` is true.
testing::AssertionResult ledger_closes(const nlohmann::json& summary);

}  // namespace xdpsift::harness
