// SPDX-License-Identifier: BSD-2-Clause
// What hangs on the XDP hook of the receiver's interface.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/namespaces.h"

namespace xdpsift::harness {

enum class HookMode { native, generic };

struct AttachedProgram {
    std::uint32_t id = 0;
    HookMode mode = HookMode::native;
};
// The program on xs1, if there is one; none on an interface that is gone.
std::optional<AttachedProgram> attached_program(const VethPair& veth);

// A program of somebody else's that only passes packets, on xs1 until destroyed.
class ForeignProgram {
   public:
    ForeignProgram(const VethPair& veth, HookMode mode);
    ForeignProgram(const ForeignProgram&) = delete;
    ForeignProgram& operator=(const ForeignProgram&) = delete;
    ~ForeignProgram();

    std::uint32_t id() const { return id_; }

   private:
    const VethPair& veth_;
    std::uint32_t flags_;
    UniqueFd program_;
    std::uint32_t id_ = 0;
};

}  // namespace xdpsift::harness
