// SPDX-License-Identifier: BSD-2-Clause
// The programs that are compared, each with the packet that it is run on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loader/sampler.h"
#include "xdpsift/result.h"

struct reference;

namespace xdpsift::kernel {

struct ReferenceDeleter {
    void operator()(::reference* skeleton) const;
};
using Reference = std::unique_ptr<::reference, ReferenceDeleter>;

struct Case {
    std::string name;
    std::string group;  // "empty", "miss", "unselected", "selected" or "helper"; others are not looked at
    std::vector<std::byte> packet;
    int program_fd = -1;
    // In place of a program: this function, called once for each packet, in user space.
    std::function<void()> in_user_space;
    // Packets so far, where the program counts them: proof that the case does what its name says.
    std::function<std::uint64_t()> refused;  // by the ring
    std::function<std::uint64_t()> selected;

    // What keeps program_fd alive, and its rings.
    std::shared_ptr<void> program;
    std::shared_ptr<void> rings;
};

struct CaseOptions {
    std::size_t ring_bytes = std::size_t{4} << 20;
    unsigned busy_cpu = 0;  // where the programs run
};

// The program that does nothing: the price of being called at all.
Result<Case> load_empty();

// Loads every program. The first case is the empty program.
Result<std::vector<Case>> load_cases(const CaseOptions& options);

}  // namespace xdpsift::kernel
