// SPDX-License-Identifier: BSD-2-Clause
#include "offline/frame_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "loader/test_run.h"

namespace xdpsift::offline {
namespace {

using loader::kShortestTestRun;
using loader::kSurelyTested;

Judgement decided(bool match) { return {match ? Decision::match : Decision::no_match, {}}; }
Judgement undecided(std::string why) { return {Decision::undecided, std::move(why)}; }

std::string bytes_there(std::span<const std::uint8_t> data, std::uint32_t frame_len) {
    return data.size() < frame_len ? fmt::format("{} of its {} bytes were captured", data.size(), frame_len)
                                   : fmt::format("it has {} bytes", data.size());
}

}  // namespace

Result<FrameJudge> FrameJudge::load(Filter filter, expression::ClassicProgram expression) {
    auto capture = SamplerTrial::load(filter, expression);
    if (!capture) return tl::unexpected(capture.error());
    return FrameJudge(std::move(filter), std::move(expression), std::move(*capture));
}

Result<Judgement> FrameJudge::judge(std::span<const std::uint8_t> data, std::uint32_t frame_len) {
    if (data.size() == frame_len && data.size() >= kShortestTestRun && data.size() <= largest_) {
        const auto outcome = run_within_limits(capture_, data);
        if (!outcome) return tl::unexpected(outcome.error());
        if (*outcome) return decided(**outcome == Outcome::match);
    }
    return judge_parts(data, frame_len);
}

Result<Judgement> FrameJudge::judge_parts(std::span<const std::uint8_t> data, std::uint32_t frame_len) {
    auto fields = judge_fields(data, frame_len);
    if (!fields || fields->decision == Decision::no_match || expression_.empty()) return fields;
    auto expression = judge_expression(data, frame_len);
    if (!expression || expression->decision == Decision::no_match) return expression;
    return fields->decision == Decision::undecided ? fields : expression;
}

Result<Judgement> FrameJudge::judge_fields(std::span<const std::uint8_t> data, std::uint32_t frame_len) {
    if (!has_fields_) return decided(true);
    // It lacks a link-layer header, and so every field.
    if (data.size() == frame_len && data.size() < kShortestTestRun) return decided(false);
    const auto missing = [&] {
        return undecided(
            fmt::format("{}, and a header that the filter needs may be behind them", bytes_there(data, frame_len)));
    };
    if (data.size() < kShortestTestRun) return missing();
    if (!expression_.empty() && !fields_) {
        auto loaded = SamplerTrial::load(filter_, {});
        if (!loaded) return tl::unexpected(loaded.error());
        fields_.emplace(std::move(*loaded));
    }
    SamplerTrial& trial = expression_.empty() ? capture_ : *fields_;
    auto kept = data.first(std::min(data.size(), largest_));
    auto outcome = run_within_limits(trial, kept);
    if (outcome && !*outcome) {
        kept = data.first(std::min(data.size(), largest_));
        outcome = run_within_limits(trial, kept);
    }
    if (!outcome) return tl::unexpected(outcome.error());
    if (!*outcome) return undecided("the kernel does not take it for a test run");
    if (**outcome == Outcome::malformed && kept.size() < frame_len)
        return kept.size() < data.size()
                   ? undecided(fmt::format("a header that the filter needs is cut short in the {} bytes that the "
                                           "kernel takes for a test run",
                                           kept.size()))
                   : missing();
    return decided(**outcome == Outcome::match);
}

Result<Judgement> FrameJudge::judge_expression(std::span<const std::uint8_t> data, std::uint32_t frame_len) {
    if (!copy_ && no_copy_.empty()) {
        auto loaded = loader::CopyProgram::load(expression_);
        if (loaded)
            copy_.emplace(std::move(*loaded));
        else
            no_copy_ = loaded.error().message;
    }
    if (!copy_) return undecided(fmt::format("it takes a program that cannot be loaded: {}", no_copy_));
    const auto verdict = copy_->verdict(data, frame_len);
    if (!verdict) return tl::unexpected(verdict.error());
    if (*verdict != XS_VERDICT_UNDECIDED) return decided(*verdict == XS_VERDICT_ACCEPT);
    if (data.size() > XS_COPY_BYTES)
        return undecided(fmt::format("the expression depends on bytes behind the first {}", XS_COPY_BYTES));
    return undecided(fmt::format("{}, and the expression depends on more", bytes_there(data, frame_len)));
}

Result<std::optional<Outcome>> FrameJudge::run_within_limits(SamplerTrial& trial, std::span<const std::uint8_t> data) {
    auto outcome = trial.run(data);
    // Older kernels: what fits into a page.
    if (outcome && !*outcome) largest_ = std::min(largest_, kSurelyTested);
    return outcome;
}

}  // namespace xdpsift::offline
