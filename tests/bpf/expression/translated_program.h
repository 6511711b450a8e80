// SPDX-License-Identifier: BSD-2-Clause
// A translated expression alone in a kernel program, whose return value is the verdict.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "expression/classic.h"
#include "expression/translate.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::bpf {

// The kernel refuses a program: the verifier's last words.
class Refusal : public std::runtime_error {
   public:
    Refusal(const std::string& words, bool beyond_limits)
        : std::runtime_error("refused: " + words), beyond_limits_(beyond_limits) {}
    // It has more instructions or branches than the verifier follows; nothing else is wrong with it.
    bool beyond_limits() const { return beyond_limits_; }

   private:
    bool beyond_limits_;
};

class TranslatedProgram {
   public:
    // Throws Refusal, and std::runtime_error for whatever else fails.
    TranslatedProgram(const expression::ClassicProgram& program, expression::Source source);
    ~TranslatedProgram();
    TranslatedProgram(const TranslatedProgram&) = delete;
    TranslatedProgram& operator=(const TranslatedProgram&) = delete;

    // XS_VERDICT_... `frame_len` beyond the frame's bytes: it was cut short, which a copy alone knows.
    std::uint32_t verdict(std::span<const std::uint8_t> frame, std::size_t frame_len = 0);
    std::size_t instructions() const { return instructions_; }
    int fd() const { return program_.get(); }

   private:
    struct Copy;
    expression::Source source_;
    std::size_t instructions_ = 0;
    UniqueFd map_;
    UniqueFd program_;
    Copy* copy_ = nullptr;  // the map's value
};

}  // namespace xdpsift::bpf
