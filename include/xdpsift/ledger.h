// SPDX-License-Identifier: BSD-2-Clause
// The ledger: every packet that was seen, accounted for exactly once. Units: packets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace xdpsift {

struct Ledger {
    std::uint64_t seen = 0;
    std::uint64_t filtered_out = 0;
    std::uint64_t matched = 0;
    std::uint64_t sampled_out = 0;
    std::uint64_t rate_limited = 0;
    std::uint64_t over_budget = 0;
    std::uint64_t selected = 0;
    std::uint64_t ring_lost = 0;
    std::uint64_t received = 0;
    std::uint64_t discarded = 0;
    std::uint64_t written = 0;
    // Beside the ledger, not of it.
    std::uint64_t malformed = 0;  // of filtered_out
    std::uint64_t oversize = 0;   // of ring_lost
    std::uint64_t ringless = 0;   // of ring_lost

    // Calls visit(name, value) for the eleven counters of the ledger, in their order.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        const std::pair<std::string_view, std::uint64_t> entries[] = {{"seen", seen},
                                                                      {"filtered_out", filtered_out},
                                                                      {"matched", matched},
                                                                      {"sampled_out", sampled_out},
                                                                      {"rate_limited", rate_limited},
                                                                      {"over_budget", over_budget},
                                                                      {"selected", selected},
                                                                      {"ring_lost", ring_lost},
                                                                      {"received", received},
                                                                      {"discarded", discarded},
                                                                      {"written", written}};
        for (const auto& [name, value] : entries) visit(name, value);
    }

    Ledger& operator+=(const Ledger& other) {
        seen += other.seen;
        filtered_out += other.filtered_out;
        matched += other.matched;
        sampled_out += other.sampled_out;
        rate_limited += other.rate_limited;
        over_budget += other.over_budget;
        selected += other.selected;
        ring_lost += other.ring_lost;
        received += other.received;
        discarded += other.discarded;
        written += other.written;
        malformed += other.malformed;
        oversize += other.oversize;
        ringless += other.ringless;
        return *this;
    }

    // Empty when every sum holds; otherwise the first that does not, with its numbers.
    std::string imbalance() const {
        const auto sum = [](std::string_view rule, std::uint64_t left, std::uint64_t right) {
            return left == right
                       ? std::string()
                       : std::string(rule) + ": " + std::to_string(left) + " against " + std::to_string(right);
        };
        if (auto text = sum("seen = filtered_out + matched", seen, filtered_out + matched); !text.empty()) return text;
        if (auto text = sum("matched = sampled_out + rate_limited + over_budget + selected", matched,
                            sampled_out + rate_limited + over_budget + selected);
            !text.empty())
            return text;
        if (auto text = sum("selected = ring_lost + received", selected, ring_lost + received); !text.empty())
            return text;
        return sum("received = discarded + written", received, discarded + written);
    }
    bool closed() const { return imbalance().empty(); }
};

}  // namespace xdpsift
