// SPDX-License-Identifier: BSD-2-Clause
#include "cli/filter_run_command.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cli/caveats.h"
#include "cli/compiled_filter.h"
#include "cli/file_description.h"
#include "cli/quoted.h"
#include "cli/report_error.h"
#include "cli/run_report.h"
#include "cli/say.h"
#include "cli/standard_output.h"
#include "offline/capture_file.h"
#include "offline/frame_judge.h"
#include "offline/libpcap_opinion.h"
#include "offline/match_file.h"

namespace xdpsift::cli {
namespace {

using offline::Decision;

write::FileDescription describe(const FilterRunOptions& options, const offline::CaptureFile& file) {
    auto description = describe_file(effective_command(options));
    write::InterfaceDescription one;
    one.description = fmt::format("packets of {}", options.read == "-" ? "a capture" : printable(options.read, 4096));
    one.filter = effective_filter(options);
    one.snaplen = file.snaplen();
    description.interfaces.push_back(std::move(one));
    return description;
}

// Takes the packets of one file, one by one.
class Run {
   public:
    static Result<Run> prepare(const FilterRunOptions& options);

    // Errors are those that leave nothing to report; what is wrong with the file stands in the report.
    Result<void> all();
    const RunReport& report() const { return report_; }
    bool reader_gone() const { return reader_gone_; }

   private:
    Run(const FilterRunOptions& options, offline::CaptureFile file, offline::FrameJudge judge)
        : options_(options), file_(std::move(file)), judge_(std::move(judge)) {}

    Result<void> one(const offline::Packet& packet);
    Result<void> matched(const offline::Packet& packet);
    Result<void> verify(const offline::Packet& packet, Decision decision);
    bool shows_table() const { return !options_.json && options_.write != "-"; }

    const FilterRunOptions& options_;
    offline::CaptureFile file_;
    offline::FrameJudge judge_;
    std::optional<offline::LibpcapOpinion> libpcap_;
    std::optional<offline::MatchFile> output_;
    RunReport report_;
    bool reader_gone_ = false;
};

// The output comes last: nothing is emptied before all else has gone well.
Result<Run> Run::prepare(const FilterRunOptions& options) {
    auto file = offline::CaptureFile::open(options.read);
    if (!file) return tl::unexpected(file.error());
    if (!options.write.empty() && file->is_same_file(options.write))
        return fail(ExitStatus::usage, "-r and -w name the same file: write to another one");
    auto compiled = compile_filter(options);
    if (!compiled) return tl::unexpected(compiled.error());
    if (const auto note = verdict_note(*compiled); !note.empty()) say(fmt::format("xdpsift: note: {}\n", note));
    for (const auto& caveat : caveats(options, *compiled)) {
        // What makes the answer another one than tcpdump's.
        if (caveat.about == "memory") say(fmt::format("xdpsift: note: {}\n", caveat.text));
    }
    auto judge = offline::FrameJudge::load(options.filter, compiled->program);
    if (!judge) return tl::unexpected(judge.error());

    Run run(options, std::move(*file), std::move(*judge));
    if (options.verify) run.report_.verification.emplace();
    if (options.verify && compiled->program.empty())
        say("xdpsift: note: there is no expression, and libpcap knows nothing of the options: nothing is verified\n");
    if (options.verify && !compiled->program.empty()) run.libpcap_.emplace(compiled->program);
    if (!options.write.empty()) {
        auto output = offline::MatchFile::open(options.write, describe(options, run.file_));
        if (!output) return tl::unexpected(output.error());
        run.output_.emplace(std::move(*output));
    }
    return run;
}

Result<void> Run::all() {
    for (;;) {
        const auto packet = file_.next();
        if (!packet) report_.error = packet.error().message;
        if (!packet || !*packet) break;
        if (auto done = one(**packet); !done) {
            reader_gone_ = output_ && output_->reader_closed();
            return done;
        }
    }
    if (!output_) return {};
    auto finished = output_->finish();
    reader_gone_ = output_->reader_closed();
    return finished;
}

Result<void> Run::one(const offline::Packet& packet) {
    report_.packets++;
    const auto judgement = judge_.judge(packet.data, packet.frame_len);
    if (!judgement) return with_context(fmt::format("frame {}", report_.packets), judgement.error());
    if (judgement->decision == Decision::undecided) {
        report_.skipped.push_back({report_.packets, judgement->why});
        return {};
    }
    if (libpcap_) {
        if (auto verified = verify(packet, judgement->decision); !verified) return verified;
    }
    return judgement->decision == Decision::match ? matched(packet) : Result<void>();
}

Result<void> Run::matched(const offline::Packet& packet) {
    if (shows_table()) {
        if (report_.frames.empty()) {
            if (auto written = put(frame_table_head()); !written) return written;
        }
        if (auto written = put(frame_table_line(report_.packets, packet.time_ns, packet.frame_len, packet.data.size()));
            !written)
            return written;
    }
    report_.frames.push_back(report_.packets);
    return output_ ? output_->write(packet) : Result<void>();
}

// libpcap knows the expression alone. What matches has satisfied it; what does not, has not, unless the options were
// what rejected it.
Result<void> Run::verify(const offline::Packet& packet, Decision decision) {
    if (decision == Decision::no_match) {
        const auto fields = judge_.judge_fields(packet.data, packet.frame_len);
        if (!fields) return tl::unexpected(fields.error());
        if (fields->decision == Decision::no_match) return {};
    }
    auto& verification = *report_.verification;
    const auto verdict = libpcap_->accepts(packet.data, packet.frame_len);
    if (!verdict) {
        verification.unverified.push_back({report_.packets, "libpcap's interpreter does not come to an end"});
        return {};
    }
    verification.compared++;
    if (*verdict != (decision == Decision::match)) verification.differ.push_back({report_.packets, *verdict});
    return {};
}

ExitStatus tell(const FilterRunOptions& options, const RunReport& report) {
    // Standard output is the capture's.
    if (options.write == "-") {
        say("xdpsift: " + run_text(report));
    } else if (auto printed = print(options.json ? run_json(report) : run_text(report)); !printed) {
        return report_error(printed.error());
    }
    if (!report.error.empty()) return report_error({ExitStatus::usage, report.error, {}});
    const bool differs = report.verification && !report.verification->differ.empty();
    return differs ? ExitStatus::failed : ExitStatus::done;
}

}  // namespace

int filter_run_command(const FilterRunArguments& arguments) {
    const auto options = resolve(arguments);
    if (!options) return static_cast<int>(report_error(options.error()));
    auto run = Run::prepare(*options);
    if (!run) return static_cast<int>(report_error(run.error(), options->verbose));
    if (auto done = run->all(); !done) {
        const auto status = report_error(done.error(), options->verbose);
        // As the end of a capture: it has seen all that it wanted.
        return static_cast<int>(run->reader_gone() ? ExitStatus::done : status);
    }
    return static_cast<int>(tell(*options, run->report()));
}

}  // namespace xdpsift::cli
