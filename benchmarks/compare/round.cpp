// SPDX-License-Identifier: BSD-2-Clause
#include "compare/round.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "compare/interrupt.h"
#include "compare/running_capture.h"
#include "compare/steal_time.h"

namespace xdpsift::compare {
namespace {

constexpr int kMostTurns = 100;
constexpr int kTurnMs = 10;

// Pins the calling thread to a CPU until it goes out of scope; children are started outside of it.
class Pinned {
   public:
    explicit Pinned(unsigned cpu) {
        sched_getaffinity(0, sizeof(before_), &before_);
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        sched_setaffinity(0, sizeof(one), &one);
    }
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;
    ~Pinned() { sched_setaffinity(0, sizeof(before_), &before_); }

   private:
    cpu_set_t before_{};
};

Result<UniqueFd> attach_empty(const Stage& stage) {
    const auto visit = NamespaceVisit::enter(stage.pair.receiver_netns());
    if (!visit) return tl::unexpected(visit.error());
    LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
    UniqueFd link(bpf_link_create(stage.load.pass_program_fd(), static_cast<int>(stage.pair.receiver_index()), BPF_XDP,
                                  &options));
    if (!link) return fail(ExitStatus::failed, fmt::format("cannot attach the empty program: {}", strerror(errno)));
    return link;
}

double thread_cpu_s() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// A thread of its own receives on for a moment when all is sent.
Result<std::uint64_t> received_in_the_end(const VethPair& pair) {
    auto before = pair.received();
    for (int turn = 0; before && turn < kMostTurns; turn++) {
        poll(nullptr, 0, kTurnMs);
        auto now = pair.received();
        if (!now || *now == *before) return now;
        before = now;
    }
    return before;
}

// The load's part of the run: what was offered, received, and spent by the receive path.
Result<generator::Offered> offer(Stage& stage, Run& run) {
    const auto visit = NamespaceVisit::enter(stage.pair.sender_netns());
    if (!visit) return tl::unexpected(visit.error());
    const auto before = stage.pair.received();
    if (!before) return tl::unexpected(before.error());
    const Pinned pinned(stage.conditions.generator_cpu);
    const double path_before = stage.napi ? stage.napi->cpu_s() : thread_cpu_s();
    const auto offered = stage.load.run(stage.conditions.count);
    if (!offered) return offered;
    const double generator_after = thread_cpu_s();
    const auto after = received_in_the_end(stage.pair);
    if (!after) return tl::unexpected(after.error());
    run.path_s = (stage.napi ? stage.napi->cpu_s() : generator_after) - path_before;
    run.offered = offered->frames;
    run.received = *after - *before;
    run.offered_pps = offered->pps();
    return offered;
}

CaptureJob job_for(const Contender& contender, const Stage& stage) {
    CaptureJob job;
    job.program = contender.program;
    job.interface = kReceiverInterface;
    job.file = stage.directory + '/' + contender.name + ".capture";
    job.scenario = contender.scenario;
    job.snaplen = stage.conditions.snaplen;
    job.ring_kib = stage.conditions.ring_kib;
    return job;
}

// Pinning to a CPU that is not there would be refused silently.
Result<void> check_cpus(const Conditions& conditions) {
    const auto there = static_cast<unsigned>(get_nprocs());
    const bool apart = conditions.placement == Placement::apart;
    if (conditions.generator_cpu < there && (!apart || conditions.receiver_cpu < there)) return {};
    return fail(ExitStatus::unavailable,
                fmt::format("{} CPUs are there: the load wants number {}{}", there, conditions.generator_cpu,
                            apart ? fmt::format(", and the receive path {} (--placements same needs none)",
                                                conditions.receiver_cpu)
                                  : ""));
}

}  // namespace

Result<Stage> Stage::set(const Conditions& conditions, const std::string& directory) {
    if (auto there = check_cpus(conditions); !there) return tl::unexpected(there.error());
    auto pair = VethPair::create();
    if (!pair) return tl::unexpected(pair.error());
    generator::LoadOptions options;
    options.interface_index = pair->sender_index();
    options.frame = pair->frame();
    options.sizes = conditions.sizes;
    options.flows = conditions.flows;
    options.rate_pps = conditions.rate_pps;
    auto load = generator::OfferedLoad::open(options);
    if (!load) return tl::unexpected(load.error());
    Stage stage{std::move(*pair), std::move(*load), std::nullopt, conditions, directory};
    if (conditions.placement == Placement::apart) {
        auto napi = NapiThread::make(stage.pair.receiver_netns(), kReceiverInterface, conditions.receiver_cpu);
        if (!napi) return tl::unexpected(napi.error());
        stage.napi = *napi;
    }
    return stage;
}

Result<Run> run_once(const Contender& contender, Stage& stage) {
    UniqueFd empty;
    if (contender.empty_xdp) {
        auto attached = attach_empty(stage);
        if (!attached) return tl::unexpected(attached.error());
        empty = std::move(*attached);
    }
    Run run;
    const auto cpu_before = read_cpu_times();
    std::optional<RunningCapture> capture;
    if (contender.peer != nullptr) {
        auto started = RunningCapture::start(*contender.peer, job_for(contender, stage), stage.pair.receiver_netns());
        if (!started) return tl::unexpected(started.error());
        capture.emplace(std::move(*started));
    }
    const auto offered = offer(stage, run);
    if (!offered) return tl::unexpected(offered.error());
    if (interrupted()) return fail(ExitStatus::failed, "interrupted");
    const auto cpu_after = read_cpu_times();
    if (cpu_before && cpu_after) run.stolen_part = stolen_part(*cpu_before, *cpu_after);
    if (capture) {
        const auto report = capture->finish(*offered);
        if (!report) return tl::unexpected(report.error());
        run.capture = *report;
    }
    return run;
}

}  // namespace xdpsift::compare
