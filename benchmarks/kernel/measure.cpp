// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/measure.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sched.h>
#include <string.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace xdpsift::kernel {
namespace {

std::uint32_t run_in_user_space(const std::function<void()>& packet, std::uint32_t repeat) {
    const auto start = std::chrono::steady_clock::now();
    for (std::uint32_t i = 0; i < repeat; i++) packet();
    const std::chrono::nanoseconds elapsed = std::chrono::steady_clock::now() - start;
    return static_cast<std::uint32_t>(elapsed.count() / repeat);
}

// The kernel's own figure: the call around it also patches the XDP dispatcher, which takes milliseconds.
Result<std::uint32_t> run(const Case& subject, std::uint32_t repeat) {
    if (subject.in_user_space) return run_in_user_space(subject.in_user_space, repeat);
    LIBBPF_OPTS(bpf_test_run_opts, options);
    options.data_in = subject.packet.data();
    options.data_size_in = static_cast<__u32>(subject.packet.size());
    options.repeat = static_cast<int>(repeat);
    if (const int error = bpf_prog_test_run_opts(subject.program_fd, &options); error != 0)
        return fail(ExitStatus::failed, fmt::format("{}: cannot run the program: {}", subject.name, strerror(-error)));
    if (options.retval != XDP_PASS)
        return fail(ExitStatus::failed, fmt::format("{}: the verdict was {}", subject.name, options.retval));
    return options.duration;
}

Result<void> pin_to(unsigned cpu) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof(one), &one) == 0) return {};
    return fail(ExitStatus::failed, fmt::format("cannot run on CPU {}: {}", cpu, strerror(errno)));
}

// Begins before the measured run and ends after it: a call takes some milliseconds before its first packet.
Result<std::uint32_t> run_beside(const Case& subject, const MeasureOptions& options) {
    if (!options.beside_cpu || subject.in_user_space) return run(subject, options.repeat);
    Result<std::uint32_t> other;
    std::thread beside([&] {
        const auto pinned = pin_to(*options.beside_cpu);
        other = pinned ? run(subject, 3 * options.repeat) : Result<std::uint32_t>(tl::unexpected(pinned.error()));
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    auto measured = run(subject, options.repeat);
    beside.join();
    return other ? measured : other;
}

Result<void> add_size(const Case& subject, Measurement& measurement) {
    if (subject.in_user_space) return {};
    bpf_prog_info info{};
    __u32 info_bytes = sizeof(info);
    if (bpf_obj_get_info_by_fd(subject.program_fd, &info, &info_bytes) != 0)
        return fail(ExitStatus::failed, fmt::format("{}: no program info: {}", subject.name, strerror(errno)));
    measurement.instructions = info.xlated_prog_len / static_cast<__u32>(sizeof(bpf_insn));
    measurement.jited_bytes = info.jited_prog_len;
    return {};
}

// A miss that selects, or a match that does not, would be measured as something that it is not.
Result<void> check_selected(const Case& subject, std::uint64_t packets) {
    if (!subject.selected) return {};
    const std::uint64_t selected = subject.selected();
    const bool as_named = subject.group == "miss"         ? selected == 0
                          : subject.group == "unselected" ? selected < packets / 1000
                                                          : selected == packets;
    if (as_named) return {};
    return fail(ExitStatus::failed, fmt::format("{}: {} of {} packets were selected", subject.name, selected, packets));
}

std::uint64_t refused(const Case& subject) { return subject.refused ? subject.refused() : 0; }

}  // namespace

Result<std::vector<Measurement>> measure(const std::vector<Case>& cases, const MeasureOptions& options) {
    if (auto pinned = pin_to(options.busy_cpu); !pinned) return tl::unexpected(pinned.error());
    const unsigned cpus = options.beside_cpu ? 4 : 1;  // times the packets
    struct Samples {
        std::vector<std::uint32_t> whole, refused;  // ns; rounds in which the ring took every packet, and the others
    };
    std::vector<Samples> samples(cases.size());
    for (std::uint32_t round = 0; round < options.rounds; round++) {
        for (std::size_t i = 0; i < cases.size(); i++) {
            const std::uint64_t refused_before = refused(cases[i]);
            const auto ns = run_beside(cases[i], options);
            if (!ns) return tl::unexpected(ns.error());
            // A refusal is cheaper than a copy: such a round would pass for the best.
            (refused(cases[i]) == refused_before ? samples[i].whole : samples[i].refused).push_back(*ns);
        }
    }

    std::vector<Measurement> out;
    for (std::size_t i = 0; i < cases.size(); i++) {
        if (auto checked = check_selected(cases[i], std::uint64_t{options.repeat} * options.rounds * cpus); !checked)
            return tl::unexpected(checked.error());
        Measurement measurement{cases[i].name, cases[i].group};
        measurement.rounds = static_cast<std::uint32_t>(samples[i].whole.size());
        measurement.refused = refused(cases[i]);
        auto& sorted = samples[i].whole.empty() ? samples[i].refused : samples[i].whole;
        std::sort(sorted.begin(), sorted.end());
        measurement.best_ns = sorted.front();
        measurement.median_ns = sorted[sorted.size() / 2];
        if (auto added = add_size(cases[i], measurement); !added) return tl::unexpected(added.error());
        out.push_back(measurement);
    }
    return out;
}

}  // namespace xdpsift::kernel
