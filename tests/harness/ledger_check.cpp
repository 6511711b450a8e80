// SPDX-License-Identifier: BSD-2-Clause
#include "harness/ledger_check.h"

#include <array>
#include <cstdint>
#include <string>

namespace xdpsift::harness {
namespace {

constexpr std::array kCounters = {"seen",     "filtered_out", "matched",  "sampled_out", "rate_limited", "over_budget",
                                  "selected", "ring_lost",    "received", "discarded",   "written"};

// The first rule of the ledger that does not hold, or nothing.
std::string broken_rule(const nlohmann::json& entry) {
    for (const char* name : kCounters) {
        if (!entry.contains(name) || !entry[name].is_number_unsigned()) return std::string(name) + " is absent";
    }
    const auto value = [&entry](const char* name) { return entry[name].get<std::uint64_t>(); };
    if (value("seen") != value("filtered_out") + value("matched")) return "seen = filtered_out + matched";
    if (value("matched") != value("sampled_out") + value("rate_limited") + value("over_budget") + value("selected"))
        return "matched = sampled_out + rate_limited + over_budget + selected";
    if (value("selected") != value("ring_lost") + value("received")) return "selected = ring_lost + received";
    if (value("received") != value("discarded") + value("written")) return "received = discarded + written";
    return {};
}

}  // namespace

testing::AssertionResult ledger_closes(const nlohmann::json& summary) {
    const auto broken = [&summary](const std::string& where, const std::string& what) {
        return testing::AssertionFailure() << where << ": " << what << " does not hold in\n" << summary.dump(2);
    };
    if (!summary.contains("totals") || !summary.contains("interfaces") || summary["interfaces"].empty())
        return broken("summary", "totals and interfaces");
    if (const std::string rule = broken_rule(summary["totals"]); !rule.empty()) return broken("totals", rule);
    for (const auto& interface : summary["interfaces"]) {
        if (const std::string rule = broken_rule(interface); !rule.empty())
            return broken(interface.value("name", "an interface"), rule);
    }
    for (const char* name : kCounters) {
        std::uint64_t sum = 0;
        for (const auto& interface : summary["interfaces"]) sum += interface[name].get<std::uint64_t>();
        if (sum != summary["totals"][name].get<std::uint64_t>()) return broken("totals", std::string("sum of ") + name);
    }
    if (summary.value("ledger_closed", false) != true) return broken("summary", "ledger_closed");
    return testing::AssertionSuccess();
}

}  // namespace xdpsift::harness
