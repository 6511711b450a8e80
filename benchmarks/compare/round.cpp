// SPDX-License-Identifier: BSD-2-Clause
#include "compare/round.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <sched.h>
#include <string.h>

#include "compare/interrupt.h"

namespace xdpsift::compare {
namespace {

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

Result<UniqueFd> attach_empty(const VethPair& pair, const generator::OfferedLoad& load) {
    const auto visit = NamespaceVisit::enter(pair.receiver_netns());
    if (!visit) return tl::unexpected(visit.error());
    LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
    UniqueFd link(bpf_link_create(load.pass_program_fd(), static_cast<int>(pair.receiver_index()), BPF_XDP, &options));
    if (!link) return fail(ExitStatus::failed, fmt::format("cannot attach the empty program: {}", strerror(errno)));
    return link;
}

Result<generator::Offered> offer(const VethPair& pair, generator::OfferedLoad& load, const LoadPlan& plan) {
    const auto visit = NamespaceVisit::enter(pair.sender_netns());
    if (!visit) return tl::unexpected(visit.error());
    const Pinned pinned(plan.cpu);
    return load.run(plan.count);
}

}  // namespace

const std::vector<Contender>& contenders() {
    static const std::vector<Contender> all{
        {"nothing captures", std::nullopt, false, false},
        {"nothing captures, empty XDP program", std::nullopt, false, true},
        {"xdpsift, filter matches", Tool::xdpsift, true, false},
        {"tcpdump, filter matches", Tool::tcpdump, true, false},
        {"xdpsift, filter matches nothing", Tool::xdpsift, false, false},
        {"tcpdump, filter matches nothing", Tool::tcpdump, false, false},
    };
    return all;
}

Result<Run> run_once(const Contender& contender, VethPair& pair, generator::OfferedLoad& load, const LoadPlan& plan,
                     const CaptureOptions& options) {
    UniqueFd empty;
    if (contender.empty_xdp) {
        auto attached = attach_empty(pair, load);
        if (!attached) return tl::unexpected(attached.error());
        empty = std::move(*attached);
    }
    std::optional<RunningCapture> capture;
    if (contender.tool) {
        auto started = RunningCapture::start(*contender.tool, contender.matches, pair.receiver_netns(), options);
        if (!started) return tl::unexpected(started.error());
        capture.emplace(std::move(*started));
    }
    const auto before = pair.received();
    if (!before) return tl::unexpected(before.error());
    const auto offered = offer(pair, load, plan);
    if (!offered) return tl::unexpected(offered.error());
    const auto after = pair.received();
    if (!after) return tl::unexpected(after.error());
    if (interrupted()) return fail(ExitStatus::failed, "interrupted");

    Run run{offered->frames, *after - *before, offered->pps(), std::nullopt};
    if (capture) {
        const auto report = capture->finish();
        if (!report) return tl::unexpected(report.error());
        run.capture = *report;
    }
    return run;
}

}  // namespace xdpsift::compare
