// SPDX-License-Identifier: BSD-2-Clause
#include "cli/capture_command.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include "capture/capture.h"
#include "capture/monotonic.h"
#include "cli/capture_options.h"
#include "cli/compiled_filter.h"
#include "cli/file_description.h"
#include "cli/live_line.h"
#include "cli/lock_file.h"
#include "cli/quoted.h"
#include "cli/report_error.h"
#include "cli/say.h"
#include "cli/suggest.h"
#include "cli/summary.h"
#include "cli/text_output.h"
#include "confine/as_confined.h"
#include "confine/confinement.h"
#include "drain/rings.h"
#include "loader/interface.h"
#include "loader/privileges.h"
#include "loader/sampler.h"

namespace xdpsift::cli {
namespace {

// All that is open before the hook goes live, in the order in which it was opened.
struct Prepared {
    UniqueFd lock;
    std::optional<TextOutput> summary;
    std::optional<ReadyFile> ready;
    loader::Interface interface;
    std::optional<loader::Sampler> sampler;
    std::unique_ptr<capture::Capture> capture;
    std::vector<capture::LinkWatch> links;
    std::optional<confine::Confinement> confinement;
};

// Where the output's files are.
struct Folders {
    std::string first = ".";  // of the one that is opened now
    std::string all;          // of all that are opened later; empty: none is
};

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    if (::getrandom(&seed, sizeof(seed), 0) != static_cast<ssize_t>(sizeof(seed))) seed = capture::monotonic_ns();
    return seed;
}

loader::AttachMode attach_mode(Mode mode) {
    switch (mode) {
        case Mode::native: return loader::AttachMode::native;
        case Mode::generic: return loader::AttachMode::generic;
        case Mode::automatic: break;
    }
    return loader::AttachMode::automatic;
}

const char* name_of(loader::AttachMode mode) { return mode == loader::AttachMode::generic ? "generic" : "native"; }

write::FileDescription describe(const CaptureOptions& options, const loader::Interface& interface) {
    auto description = describe_file(effective_command(options));
    write::InterfaceDescription one;
    one.name = interface.name;
    one.description = fmt::format("XDP ingress, driver {}, interface index {}{}{}",
                                  interface.driver.empty() ? "unknown" : interface.driver, interface.index,
                                  options.netns.empty() ? "" : ", network namespace ", options.netns);
    one.filter = effective_filter(options);
    one.selection = fmt::format(
        "selectorAlgorithm={} samplingProbability=1/{} seed={} snaplen={} hook=xdp direction=ingress",
        kPsampUniformProbabilistic, options.selection.sample_rate, options.selection.seed, options.selection.snaplen);
    one.mac = interface.mac;
    one.snaplen = options.selection.snaplen;
    description.interfaces.push_back(std::move(one));
    return description;
}

write::OutputOptions output_options(const CaptureOptions& options) {
    write::OutputOptions output;
    output.path = options.write;
    output.format = options.format == FileFormat::pcap ? write::Format::pcap : write::Format::pcapng;
    output.file_size_bytes = options.file_size_bytes.value_or(0);
    output.file_count = options.file_count.value_or(0);
    return output;
}

Result<Folders> folders_of(const CaptureOptions& options) {
    const bool rotating = options.file_size_bytes.has_value();
    const auto names = write::FileNames::from(options.write, rotating);
    if (!names) return tl::unexpected(names.error());
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    return Folders{names->folder(local), rotating ? names->common_folder() : ""};
}

Result<loader::Interface> find_interface(const std::string& name) {
    auto interface = loader::find_interface(name);
    if (!interface && interface.error().status == ExitStatus::unavailable)
        interface.error().message += did_you_mean(name, loader::interface_names());
    return interface;
}

// With -Z the output belongs to that user, who could not remove it in the course of rotation otherwise. The summary
// stands beside it. Standard output is open already, and no user's.
Result<void> open_outputs(const CaptureOptions& options, const std::optional<confine::User>& user,
                          const Folders& folders, Prepared& prepared) {
    std::optional<confine::AsConfined> as_confined;
    if (user || !folders.all.empty()) {
        auto begun = confine::AsConfined::begin(user);
        if (!begun) return tl::unexpected(begun.error());
        if (!folders.all.empty()) {
            if (auto checked = begun->check_can_create_in(folders.first); !checked) return checked;
        }
        if (user && options.write != "-") as_confined.emplace(std::move(*begun));
    }
    if (!options.summary.empty()) {
        auto summary = TextOutput::open("the summary", options.summary);
        if (!summary) return tl::unexpected(summary.error());
        prepared.summary.emplace(std::move(*summary));
    }
    return prepared.capture->open_output(output_options(options), describe(options, prepared.interface));
}

// Everything that can fail is tried here, while nothing is attached.
Result<Prepared> prepare(const CaptureOptions& options) {
    Prepared prepared;
    std::optional<confine::User> user;
    if (!options.drop_to.empty()) {
        auto found = confine::find_user(options.drop_to);
        if (!found) return with_context("-Z", found.error());
        user = std::move(*found);
    }
    const auto folders = folders_of(options);
    if (!folders) return tl::unexpected(folders.error());
    if (!options.lock_file.empty()) {
        auto lock = take_lock(options.lock_file);
        if (!lock) return tl::unexpected(lock.error());
        prepared.lock = std::move(*lock);
    }
    // Early: one that an earlier run left must not be taken for this one's.
    if (!options.ready_file.empty()) {
        auto ready = ReadyFile::prepare(options.ready_file);
        if (!ready) return tl::unexpected(ready.error());
        prepared.ready.emplace(std::move(*ready));
    }
    if (!options.netns.empty()) {
        if (auto entered = loader::enter_network_namespace(options.netns); !entered)
            return tl::unexpected(entered.error());
    }
    auto interface = find_interface(options.interface_name);
    if (!interface) return tl::unexpected(interface.error());
    prepared.interface = std::move(*interface);
    if (auto allowed = loader::check_capabilities({.other_user = user.has_value()}); !allowed)
        return tl::unexpected(allowed.error());
    if (auto free = loader::require_free_hook(prepared.interface.index); !free)
        return with_context(options.interface_name, free.error());

    auto compiled = compile_filter(options);
    if (!compiled) return tl::unexpected(compiled.error());
    if (const auto note = verdict_note(*compiled); !note.empty() && !options.quiet)
        say(fmt::format("xdpsift: note: {}\n", note));
    loader::SamplerOptions sampler_options;
    sampler_options.filter = options.filter;
    sampler_options.expression = std::move(compiled->program);
    sampler_options.selection = options.selection;
    sampler_options.limits = options.limits;
    sampler_options.ring = options.ring;
    auto sampler = loader::Sampler::load(sampler_options);
    if (!sampler) return tl::unexpected(sampler.error());
    prepared.sampler = std::move(*sampler);

    auto rings = drain::open_rings(prepared.sampler->rings_map_fd(), options.ring);
    if (!rings) return tl::unexpected(rings.error());
    auto counters = drain::KernelCounters::map(prepared.sampler->counters_map_fd(), 1, prepared.sampler->cpu_count());
    if (!counters) return tl::unexpected(counters.error());
    auto clock = capture::EpochClock::start();
    if (!clock) return tl::unexpected(clock.error());
    auto link = capture::LinkWatch::open(prepared.interface.index);
    if (!link) return tl::unexpected(link.error());
    prepared.links.push_back(std::move(*link));

    // Until here a signal simply ends the process: nothing is attached and no output is begun.
    auto signals = capture::Signals::open();
    if (!signals) return tl::unexpected(signals.error());
    prepared.capture =
        std::make_unique<capture::Capture>(capture::Settings{options.limits, folders->first}, std::move(*rings),
                                           std::move(*counters), std::move(*clock), std::move(*signals));
    if (auto opened = open_outputs(options, user, *folders, prepared); !opened) return tl::unexpected(opened.error());
    auto confinement = confine::Confinement::prepare({std::move(user), folders->all});
    if (!confinement) {
        prepared.capture->remove_output();
        return tl::unexpected(confinement.error());
    }
    prepared.confinement.emplace(std::move(*confinement));
    return prepared;
}

// From here on the hook is live until run() has returned.
Result<capture::Report> attach_and_run(const CaptureOptions& options, Prepared& prepared, std::string& mode) {
    loader::Sampler& sampler = *prepared.sampler;
    const auto duration_ns = options.limits.duration ? static_cast<std::uint64_t>(options.limits.duration->count()) : 0;
    if (options.limits.duration) sampler.set_deadline(capture::monotonic_ns() + duration_ns);
    const auto attached = sampler.attach(prepared.interface.index, attach_mode(options.mode));
    if (!attached) {
        prepared.capture->remove_output();
        return with_context(options.interface_name, attached.error());
    }
    const std::uint64_t start_ns = capture::monotonic_ns();
    if (options.limits.duration) sampler.set_deadline(start_ns + duration_ns);
    mode = name_of(attached->mode);
    // The ready file is the last that is made with the privileges of the start.
    Result<void> settled;
    if (prepared.ready) settled = prepared.ready->publish();
    if (settled) settled = prepared.confinement->enter();
    if (!settled) {
        sampler.detach();
        prepared.capture->remove_output();
        return tl::unexpected(settled.error());
    }
    if (!options.quiet) {
        if (!attached->note.empty()) say(fmt::format("xdpsift: {}; using generic mode\n", attached->note));
        constexpr std::size_t kShownBytes = 400;
        const auto filter = printable(effective_filter(options), kShownBytes);
        const auto rate = options.selection.sample_rate;
        say(fmt::format("xdpsift: capturing on {} ({} XDP): {}{}\n", options.interface_name, mode,
                        filter.empty() ? "every packet" : filter, rate > 1 ? fmt::format(", 1 in {}", rate) : ""));
    }
    if (options.verbose) say(fmt::format("xdpsift: confined: {}\n", prepared.confinement->description()));
    LiveLine live_line(options);
    const capture::Hook hook{[&sampler] { sampler.detach(); }, [&sampler] { return sampler.byte_limit_passed(); },
                             [&]() -> Result<void> {
                                 if (sampler.attached()) return {};
                                 return fail(ExitStatus::failed,
                                             fmt::format("{}: another process has detached the XDP program or put "
                                                         "its own in its place (bpftool link, bpftool net): packets "
                                                         "were not seen from then on",
                                                         options.interface_name));
                             }};
    return prepared.capture->run(start_ns, hook, std::move(prepared.links), live_line);
}

int finish(const CaptureOptions& options, Prepared& prepared, const std::string& mode, const capture::Report& report) {
    ExitStatus status = ExitStatus::done;
    // For scripts first: words may find nobody who reads them.
    if (prepared.summary) {
        const auto json = summary_json(options, {{options.interface_name, mode}}, report);
        if (auto written = prepared.summary->write(json); !written) status = report_error(written.error());
    }
    if (!options.quiet || report.error) say("xdpsift: " + final_words(options, report));
    const bool lost = report.total.ring_lost + report.total.discarded > 0;
    if (options.fail_on_loss && lost && status == ExitStatus::done) status = ExitStatus::lost;
    if (report.reason == StopReason::interface_gone) {
        status = report_error(
            {ExitStatus::failed,
             fmt::format("interface \"{}\" went away: it was deleted, or moved to another network namespace",
                         options.interface_name),
             {}});
    }
    if (!report.ledger_reason.empty()) {
        status =
            report_error({ExitStatus::failed, fmt::format("the ledger does not close: {}", report.ledger_reason), {}});
    }
    if (report.error) status = report_error(*report.error);
    return static_cast<int>(status);
}

}  // namespace

int capture_command(const CaptureArguments& arguments) {
    auto options = resolve(arguments);
    if (!options) return static_cast<int>(report_error(options.error()));
    // Without --seed each capture draws its own, and tells it.
    if (!options->seed) options->selection.seed = random_seed();

    auto prepared = prepare(*options);
    if (!prepared) return static_cast<int>(report_error(prepared.error(), options->verbose));
    std::string mode;
    const auto report = attach_and_run(*options, *prepared, mode);
    if (!report) return static_cast<int>(report_error(report.error(), options->verbose));
    return finish(*options, *prepared, mode, *report);
}

}  // namespace xdpsift::cli
