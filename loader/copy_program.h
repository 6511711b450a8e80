// SPDX-License-Identifier: BSD-2-Clause
// An expression over the first bytes of a frame, in a kernel program of its own. The same translator as the sampler's,
// with the back end that reads a copy and knows what it does not have.
#pragma once

#include <cstdint>
#include <span>

#include "expression/classic.h"
#include "xdpsift/event.h"
#include "xdpsift/result.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::loader {

// Needs privileges. Not thread-safe.
class CopyProgram {
   public:
    // The program must have passed check(). Errors as those of Sampler::load().
    static Result<CopyProgram> load(const expression::ClassicProgram& program);
    CopyProgram(CopyProgram&& other) noexcept;
    CopyProgram& operator=(CopyProgram&&) = delete;
    ~CopyProgram();

    // XS_VERDICT_... `data` is what there is of a frame of `frame_len` bytes; what is beyond XS_COPY_BYTES counts as
    // not there.
    Result<std::uint32_t> verdict(std::span<const std::uint8_t> data, std::uint32_t frame_len);

   private:
    struct Copy;
    CopyProgram() = default;

    UniqueFd map_;
    UniqueFd program_;
    Copy* copy_ = nullptr;  // the map's value, mapped
};

}  // namespace xdpsift::loader
