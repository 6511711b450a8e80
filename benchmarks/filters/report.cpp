// SPDX-License-Identifier: BSD-2-Clause
#include "filters/report.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace xdpsift::filters {
namespace {

using kernel::Measurement;

constexpr std::array<const char*, kWays> kNames = {"expression", "by hand", "structured", "libpcap"};
constexpr std::array<const char*, kWays> kKeys = {"expression", "by_hand", "structured", "libpcap"};

using Measurements = std::array<const Measurement*, kWays>;  // of one packet; nullptr: none

Measurements of(const Row& row, const std::vector<Measurement>& measurements) {
    Measurements out{};
    for (std::size_t way = 0; way < kWays; way++) {
        if (row[way]) out[way] = &measurements[*row[way]];
    }
    return out;
}

std::optional<double> ratio(const Measurements& of_packet, Way way) {
    if (of_packet[way] == nullptr) return std::nullopt;
    return static_cast<double>(of_packet[kExpression]->best_ns) / std::max(of_packet[way]->best_ns, 1u);
}

std::string shown(std::optional<double> ratio) { return ratio ? fmt::format("{:.2f}", *ratio) : "-"; }

std::string line(const std::string& name, const std::array<std::string, kWays>& cells, const std::string& by_hand,
                 const std::string& structured) {
    std::string out = fmt::format("  {:<38}", name);
    for (const auto& cell : cells) out += fmt::format(" {:>11}", cell);
    return out + fmt::format(" {:>9} {:>9}\n", by_hand, structured);
}

template <typename Cell>
std::array<std::string, kWays> cells(const Measurements& of_packet, const Cell& cell) {
    std::array<std::string, kWays> out;
    for (std::size_t way = 0; way < kWays; way++) out[way] = of_packet[way] == nullptr ? "-" : cell(*of_packet[way]);
    return out;
}

std::string section(const Contestants& contestants, const std::vector<Measurement>& measurements) {
    std::string out = fmt::format("\n{}\n", contestants.predicate.name);
    for (std::size_t i = 0; i < contestants.rows.size(); i++) {
        const auto of_packet = of(contestants.rows[i], measurements);
        out += line(contestants.predicate.packets[i].name,
                    cells(of_packet, [](const auto& m) { return fmt::format("{} ({})", m.best_ns, m.median_ns); }),
                    shown(ratio(of_packet, kByHand)), shown(ratio(of_packet, kStructured)));
    }
    auto sizes = cells(of(contestants.rows.front(), measurements),
                       [](const auto& m) { return fmt::format("{}", m.instructions); });
    sizes[kLibpcap] = fmt::format("{}", contestants.classic_instructions);
    return out + line("instructions", sizes, "", "");
}

std::string verdict(const Contest& contest, const std::vector<Measurement>& measurements) {
    std::string missed;
    for (const auto& contestants : contest.predicates) {
        for (std::size_t i = 0; i < contestants.rows.size(); i++) {
            const auto of_packet = of(contestants.rows[i], measurements);
            const auto name = contestants.predicate.name + ", " + contestants.predicate.packets[i].name;
            if (const auto r = ratio(of_packet, kByHand); r && *r > kByHandAim)
                missed += fmt::format("  {:.2f} times what is written by hand: {}\n", *r, name);
            if (const auto r = ratio(of_packet, kStructured); r && *r < 1)
                missed += fmt::format("  {:.2f} times the structured options: {}\n", *r, name);
        }
    }
    if (missed.empty())
        return fmt::format(
            "Each expression is within {} times what is written by hand, and no structured option slower "
            "than the expression.\n",
            kByHandAim);
    return "An expression above " + fmt::format("{}", kByHandAim) +
           " times what is written by hand, or below the structured options:\n" + missed;
}

nlohmann::json figures(const Measurement& m, const Measurement& empty) {
    nlohmann::json out{{"best_ns", m.best_ns}, {"median_ns", m.median_ns}};
    if (m.instructions == 0) return out;  // in user space
    out["above_empty_ns"] = std::int64_t{m.best_ns} - empty.best_ns;
    out["instructions"] = m.instructions;
    out["jited_bytes"] = m.jited_bytes;
    return out;
}

nlohmann::json or_null(std::optional<double> value) { return value ? nlohmann::json(*value) : nlohmann::json(); }

}  // namespace

std::string table(const Contest& contest, const std::vector<Measurement>& measurements) {
    std::array<std::string, kWays> names;
    std::copy(kNames.begin(), kNames.end(), names.begin());
    std::string out = line("ns for a packet: best (median)", names, "/ by hand", "/ struct.");
    const auto& empty = measurements.front();
    out += fmt::format("  {:<38} {:>11}\n", "empty, XDP_PASS", fmt::format("{} ({})", empty.best_ns, empty.median_ns));
    for (const auto& contestants : contest.predicates) out += section(contestants, measurements);
    return out + '\n' + verdict(contest, measurements);
}

nlohmann::json to_json(const Contest& contest, const std::vector<Measurement>& measurements,
                       const kernel::MeasureOptions& options) {
    utsname system{};
    uname(&system);
    const auto& empty = measurements.front();
    nlohmann::json predicates = nlohmann::json::array();
    for (const auto& contestants : contest.predicates) {
        nlohmann::json packets = nlohmann::json::array();
        for (std::size_t i = 0; i < contestants.rows.size(); i++) {
            const auto of_packet = of(contestants.rows[i], measurements);
            nlohmann::json packet{{"name", contestants.predicate.packets[i].name},
                                  {"matches", contestants.predicate.packets[i].matches},
                                  {"expression_to_by_hand", or_null(ratio(of_packet, kByHand))},
                                  {"expression_to_structured", or_null(ratio(of_packet, kStructured))}};
            for (std::size_t way = 0; way < kWays; way++) {
                if (of_packet[way] != nullptr) packet[kKeys[way]] = figures(*of_packet[way], empty);
            }
            packets.push_back(std::move(packet));
        }
        predicates.push_back({{"expression", contestants.predicate.expression},
                              {"classic_instructions", contestants.classic_instructions},
                              {"packets", std::move(packets)}});
    }
    return {{"kernel", system.release},  {"repeat", options.repeat},       {"rounds", options.rounds},
            {"by_hand_aim", kByHandAim}, {"empty", figures(empty, empty)}, {"predicates", std::move(predicates)}};
}

}  // namespace xdpsift::filters
