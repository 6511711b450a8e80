// SPDX-License-Identifier: BSD-2-Clause
// Whether a filter lets a frame through, decided in the kernel, and whether that can be known at all.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "expression/classic.h"
#include "loader/copy_program.h"
#include "offline/sampler_trial.h"
#include "xdpsift/filter.h"
#include "xdpsift/result.h"

namespace xdpsift::offline {

enum class Decision { match, no_match, undecided };

struct Judgement {
    Decision decision = Decision::undecided;
    std::string why;  // of one that is undecided
};

// A whole frame is given to the very program that a capture would load. One that is cut short, or that the kernel does
// not take for a test run, is judged in two parts, each of which knows what it cannot see:
//  - the structured fields by the sampler without the expression, on the bytes that there are. It reads nothing behind
//    them, so that its word is that on the whole frame, unless it missed a header (malformed);
//  - the expression by its translation for a copy of the first bytes, which is exact or says that it is undecided.
// One part that says no for certain is enough. Needs privileges. Not thread-safe.
class FrameJudge {
   public:
    // The expression is checked; empty: none.
    static Result<FrameJudge> load(Filter filter, expression::ClassicProgram expression);

    // `data` is what was captured of `frame_len` bytes.
    Result<Judgement> judge(std::span<const std::uint8_t> data, std::uint32_t frame_len);
    // The structured fields alone.
    Result<Judgement> judge_fields(std::span<const std::uint8_t> data, std::uint32_t frame_len);

   private:
    FrameJudge(Filter filter, expression::ClassicProgram expression, SamplerTrial capture)
        : filter_(std::move(filter)),
          has_fields_(!filter_.text().empty()),
          expression_(std::move(expression)),
          capture_(std::move(capture)) {}

    Result<Judgement> judge_parts(std::span<const std::uint8_t> data, std::uint32_t frame_len);
    Result<Judgement> judge_expression(std::span<const std::uint8_t> data, std::uint32_t frame_len);
    Result<std::optional<Outcome>> run_within_limits(SamplerTrial& trial, std::span<const std::uint8_t> data);

    Filter filter_;
    bool has_fields_;
    expression::ClassicProgram expression_;
    SamplerTrial capture_;
    // Loaded when they are needed first.
    std::optional<SamplerTrial> fields_;
    std::optional<loader::CopyProgram> copy_;
    std::string no_copy_;  // why that could not be loaded

    // Bytes that the kernel may take for a test run. Behind XS_COPY_BYTES a program reaches nothing.
    std::size_t largest_ = XS_COPY_BYTES;
};

}  // namespace xdpsift::offline
