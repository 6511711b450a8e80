// SPDX-License-Identifier: BSD-2-Clause
#include "offline/sampler_trial.h"

#include <fcntl.h>
#include <sched.h>

#include <chrono>
#include <thread>
#include <utility>

#include "loader/test_run.h"

namespace xdpsift::offline {
namespace {

// Linux 5.10 changes its own code, and interrupts every CPU for it, when an XDP program is run that is attached
// nowhere: that takes a hundred times as long as the run. So it is attached where no packet comes by: to the loopback
// interface, which is down, of a network namespace of its own. Where this is not allowed it is slower, and no more.
UniqueFd attach_for_speed(loader::Sampler& sampler) {
    constexpr int kLoopback = 1;
    UniqueFd space;
    std::thread([&] {
        if (::unshare(CLONE_NEWNET) != 0) return;
        space.reset(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
        if (auto attached = sampler.attach(kLoopback, loader::AttachMode::generic); !attached) space.reset();
    }).join();
    return space;
}

}  // namespace

Result<SamplerTrial> SamplerTrial::load(const Filter& filter, const expression::ClassicProgram& expression) {
    loader::SamplerOptions options;
    options.filter = filter;
    options.expression = expression;
    options.limits.duration = std::chrono::nanoseconds(0);
    auto sampler = loader::Sampler::load(options);
    if (!sampler) return tl::unexpected(sampler.error());
    sampler->set_deadline(0);
    auto counters = drain::KernelCounters::map(sampler->counters_map_fd(), 1, sampler->cpu_count());
    if (!counters) return tl::unexpected(counters.error());
    // From 5.18 on, which brought frames in fragments, that is done with.
    UniqueFd space = sampler->frags() ? UniqueFd() : attach_for_speed(*sampler);
    return SamplerTrial(std::move(space), std::move(*sampler), std::move(*counters));
}

Result<std::optional<Outcome>> SamplerTrial::run(std::span<const std::uint8_t> packet) {
    const auto ran = loader::test_run(sampler_.program_fd(), packet);
    if (!ran) return tl::unexpected(ran.error());
    if (!*ran) return std::nullopt;
    const auto now = counters_.read(0);
    const auto before = std::exchange(before_, now);
    if (now.seen != before.seen + 1 || now.selected != 0)
        return fail(ExitStatus::failed, "the counters do not tell what became of a packet");
    if (now.matched != before.matched) return Outcome::match;
    return now.malformed != before.malformed ? Outcome::malformed : Outcome::no_match;
}

}  // namespace xdpsift::offline
