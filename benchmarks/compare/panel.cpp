// SPDX-License-Identifier: BSD-2-Clause
#include "compare/panel.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdio>

#include "compare/child_process.h"
#include "compare/round.h"

namespace xdpsift::compare {
namespace {

constexpr std::uint64_t kWarmUpPart = 10;

// Its name may stand in a later line, behind an empty one.
std::string version_of(const std::string& program) {
    const auto said = what_it_says({program, "--version"});
    if (!said) return "";
    const auto start = said->find_first_not_of('\n');
    return start == std::string::npos ? "" : said->substr(start, said->find('\n', start) - start);
}

bool is_wanted(const std::vector<std::string>& names, const std::string& name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> check_names(const std::vector<std::string>& names) {
    std::string known;
    for (const auto& peer : known_peers()) known += (known.empty() ? "" : ", ") + peer.name;
    for (const auto& name : names)
        if (std::none_of(known_peers().begin(), known_peers().end(),
                         [&](const Peer& peer) { return peer.name == name; }))
            return fail(ExitStatus::usage, fmt::format("'{}' is no peer: {}", name, known));
    return {};
}

// Once more as long as the filter says so; nothing when the round goes on without.
Result<void> add_run(Series& series, Stage& stage, StealFilter& filter) {
    while (true) {
        auto run = run_once(series.contender, stage);
        if (!run) return tl::unexpected(run.error());
        const auto verdict = filter.judge(run->stolen_part);
        if (verdict == StealFilter::Verdict::keep) series.runs.push_back(std::move(*run));
        if (verdict != StealFilter::Verdict::repeat) return {};
    }
}

}  // namespace

Result<std::vector<Entrant>> find_entrants(const std::vector<std::string>& names, const std::string& xdpsift,
                                           std::vector<LeftOut>& left_out) {
    if (auto known = check_names(names); !known) return tl::unexpected(known.error());
    const char* path = getenv("PATH");
    std::vector<Entrant> entrants;
    for (const auto& peer : known_peers()) {
        if (!is_wanted(names, peer.name)) continue;
        const auto program = find_program(peer.ours ? xdpsift : peer.program, path != nullptr ? path : "");
        if (program.empty()) {
            left_out.push_back({peer.name, "not installed"});
            continue;
        }
        if (peer.name == kBpfRingPeer) {
            const auto help = what_it_says({program, "capture", "--help"});
            if (!help || !offers_bpf_ring(*help)) {
                left_out.push_back({peer.name, "this xdpsift has no --ring bpf"});
                continue;
            }
        }
        entrants.push_back({&peer, program, version_of(program)});
    }
    return entrants;
}

std::vector<Contender> contenders(const std::vector<Entrant>& entrants, const std::vector<Scenario>& scenarios,
                                  const Conditions& conditions) {
    std::vector<Contender> all;
    for (const auto scenario : scenarios) {
        if (scenario == Scenario::idle) {
            all.push_back({"nothing", scenario, nullptr, "", false});
            all.push_back({"empty XDP", scenario, nullptr, "", true});
            continue;
        }
        for (const auto& entrant : entrants)
            if (!unfit(*entrant.peer, scenario, conditions.snaplen, conditions.sizes.largest()))
                all.push_back({entrant.peer->name, scenario, entrant.peer, entrant.program, false});
    }
    return all;
}

Result<Panel> run_panel(const std::vector<Contender>& contenders, const Conditions& conditions, const RoundPlan& plan,
                        const std::string& directory) {
    auto stage = Stage::set(conditions, directory);
    if (!stage) return tl::unexpected(stage.error());
    Panel panel{conditions, {}, plan.rounds, 0};
    for (const auto& contender : contenders) panel.series.push_back({contender, {}});
    // Once for nothing: caches, clocks and the neighbour tables.
    stage->conditions.count = std::max<std::uint64_t>(conditions.count / kWarmUpPart, 1);
    if (auto run = run_once(Contender{}, *stage); !run) return tl::unexpected(run.error());
    stage->conditions.count = conditions.count;

    StealFilter filter(plan.most_stolen, plan.most_repeats);
    for (unsigned round = 0; round < plan.rounds; round++) {
        // A B, then B A: what drifts over the time falls on all alike.
        for (std::size_t i = 0; i < panel.series.size(); i++) {
            auto& series = panel.series[round % 2 == 0 ? i : panel.series.size() - 1 - i];
            fmt::print(stderr, "{}, round {} of {}: {}, {}\n", title_of(conditions), round + 1, plan.rounds,
                       series.contender.name, name_of(series.contender.scenario));
            if (auto added = add_run(series, *stage, filter); !added) return tl::unexpected(added.error());
        }
    }
    panel.thrown_away = filter.thrown_away();
    return panel;
}

}  // namespace xdpsift::compare
