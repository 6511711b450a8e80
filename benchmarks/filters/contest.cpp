// SPDX-License-Identifier: BSD-2-Clause
#include "filters/contest.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "expression/compile.h"
#include "expression/pcap_program.h"
#include "loader/sampler.h"
#include "xdpsift/event.h"

// It needs the contract before it.
#include "by_hand.skel.h"

namespace xdpsift::filters {
namespace {

// So few are selected that the ring does not come in: what is selected finds none, and is lost.
constexpr std::uint32_t kSampleRate = std::numeric_limits<std::uint32_t>::max();

using ByHand = std::shared_ptr<::by_hand>;

// A program with its counters.
struct Program {
    int fd = -1;
    int counters_map_fd = -1;
    std::uint32_t cpu_count = 0;
    std::shared_ptr<void> owner;
};

Result<ByHand> load_by_hand() {
    const ByHand skeleton(by_hand__open(), by_hand__destroy);
    if (!skeleton)
        return fail(ExitStatus::failed, fmt::format("cannot open the programs written by hand: {}", strerror(errno)));
    const auto cpu_count = static_cast<__u32>(libbpf_num_possible_cpus());
    const auto list = networks();
    std::transform(list.begin(), list.end(), std::begin(skeleton->rodata->networks), htonl);
    skeleton->rodata->config.version = XS_CONTRACT_VERSION;
    skeleton->rodata->config.sample_threshold = std::numeric_limits<__u64>::max() / kSampleRate + 1;
    skeleton->rodata->config.snaplen = 128;
    bpf_map__set_max_entries(skeleton->maps.counters, cpu_count);
    bpf_map__set_max_entries(skeleton->maps.events, cpu_count);
    if (const int error = by_hand__load(skeleton.get()); error != 0)
        return fail(ExitStatus::unsupported,
                    fmt::format("cannot load the programs written by hand: {}", strerror(-error)));
    return skeleton;
}

Result<Program> find_by_hand(const ByHand& skeleton, const std::string& name) {
    const bpf_program* program = bpf_object__find_program_by_name(skeleton->obj, name.c_str());
    if (program == nullptr) return fail(ExitStatus::failed, fmt::format("no program '{}' was written by hand", name));
    return Program{bpf_program__fd(program), bpf_map__fd(skeleton->maps.counters),
                   static_cast<std::uint32_t>(libbpf_num_possible_cpus()), skeleton};
}

Result<Program> load_sampler(loader::SamplerOptions options) {
    options.selection.sample_rate = kSampleRate;
    options.selection.snaplen = 128;
    auto loaded = loader::Sampler::load(options);
    if (!loaded) return tl::unexpected(loaded.error());
    const auto sampler = std::make_shared<loader::Sampler>(std::move(*loaded));
    return Program{sampler->program_fd(), sampler->counters_map_fd(), sampler->cpu_count(), sampler};
}

std::uint64_t counter(const Program& program, __u64 xs_counters::*field) {
    std::uint64_t sum = 0;
    for (std::uint32_t cpu = 0; cpu < program.cpu_count; cpu++) {
        xs_counters counters{};
        if (bpf_map_lookup_elem(program.counters_map_fd, &cpu, &counters) == 0) sum += counters.*field;
    }
    return sum;
}

Result<void> judge(const std::string& name, bool expected, bool verdict) {
    if (verdict == expected) return {};
    return fail(ExitStatus::failed, fmt::format("{}: it was {}", name, verdict ? "matched" : "filtered out"));
}

// Once, to see that the program counts the packet as it should.
Result<kernel::Case> try_program(const Program& program, const std::string& name, const Packet& packet) {
    LIBBPF_OPTS(bpf_test_run_opts, options);
    options.data_in = packet.bytes.data();
    options.data_size_in = static_cast<__u32>(packet.bytes.size());
    options.repeat = 1;
    const auto matched = counter(program, &xs_counters::matched);
    const auto missed = counter(program, &xs_counters::filtered_out);
    if (const int error = bpf_prog_test_run_opts(program.fd, &options); error != 0)
        return fail(ExitStatus::failed, fmt::format("{}: cannot run the program: {}", name, strerror(-error)));
    const auto more_matched = counter(program, &xs_counters::matched) - matched;
    if (more_matched + counter(program, &xs_counters::filtered_out) - missed != 1)
        return fail(ExitStatus::failed, fmt::format("{}: the packet was not counted once", name));
    if (auto judged = judge(name, packet.matches, more_matched == 1); !judged) return tl::unexpected(judged.error());
    kernel::Case out;
    out.name = name;
    out.packet = packet.bytes;
    out.program_fd = program.fd;
    out.program = program.owner;
    return out;
}

Result<kernel::Case> try_libpcap(const expression::ClassicProgram& classic, const std::string& name,
                                 const Packet& packet) {
    const auto ask = [libpcap = expression::Interpreter(classic), bytes = packet.bytes] {
        return libpcap.accepts({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, bytes.size());
    };
    if (auto judged = judge(name, packet.matches, ask()); !judged) return tl::unexpected(judged.error());
    kernel::Case out;
    out.name = name;
    out.packet = packet.bytes;
    out.in_user_space = [ask] { ask(); };
    return out;
}

// The programs for one predicate.
struct Loaded {
    expression::ClassicProgram classic;
    Program expression, by_hand;
    std::optional<Program> structured;
};

Result<Loaded> load(const Predicate& predicate, const ByHand& skeleton) {
    Loaded out;
    auto compiled = expression::compile(predicate.expression);
    if (!compiled) return tl::unexpected(compiled.error());
    out.classic = compiled->program;
    loader::SamplerOptions options;
    options.expression = compiled->program;
    auto translated = load_sampler(options);
    if (!translated) return tl::unexpected(translated.error());
    out.expression = *translated;
    auto by_hand = find_by_hand(skeleton, predicate.by_hand);
    if (!by_hand) return tl::unexpected(by_hand.error());
    out.by_hand = *by_hand;
    if (!predicate.filter) return out;
    options = {};
    options.filter = *predicate.filter;
    auto structured = load_sampler(options);
    if (!structured) return tl::unexpected(structured.error());
    out.structured = *structured;
    return out;
}

Result<Row> enter(const Loaded& loaded, const Predicate& predicate, const Packet& packet,
                  std::vector<kernel::Case>& cases) {
    Row row;
    std::optional<Error> refused;
    const auto add = [&](Way way, Result<kernel::Case> tried) {
        if (!tried && !refused) refused = tried.error();
        if (!tried) return;
        row[way] = cases.size();
        cases.push_back(std::move(*tried));
    };
    const auto name = [&](const char* way) { return fmt::format("{} ({}), {}", predicate.name, way, packet.name); };
    add(kExpression, try_program(loaded.expression, name("expression"), packet));
    add(kByHand, try_program(loaded.by_hand, name("by hand"), packet));
    if (loaded.structured) add(kStructured, try_program(*loaded.structured, name("structured"), packet));
    add(kLibpcap, try_libpcap(loaded.classic, name("libpcap"), packet));
    if (refused) return tl::unexpected(*refused);
    return row;
}

}  // namespace

Result<Contest> load_contest() {
    Contest out;
    auto empty = kernel::load_empty();
    if (!empty) return tl::unexpected(empty.error());
    out.cases.push_back(std::move(*empty));
    const auto by_hand = load_by_hand();
    if (!by_hand) return tl::unexpected(by_hand.error());
    for (auto& predicate : predicates()) {
        const auto loaded = load(predicate, *by_hand);
        if (!loaded) return with_context(predicate.name, loaded.error());
        Contestants contestants{predicate, loaded->classic.size(), {}};
        for (const auto& packet : predicate.packets) {
            const auto row = enter(*loaded, predicate, packet, out.cases);
            if (!row) return tl::unexpected(row.error());
            contestants.rows.push_back(*row);
        }
        out.predicates.push_back(std::move(contestants));
    }
    return out;
}

}  // namespace xdpsift::filters
