// SPDX-License-Identifier: BSD-2-Clause
// Random filters on random frames, whole, cut and spoilt: the program against the reference.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <iostream>

#include "bpf/loaded_program.h"
#include "bpf/random_world.h"
#include "bpf/scaled.h"

namespace xdpsift::bpf {
namespace {

constexpr int kFramesPerFilter = 2000;

TEST(Differential, ProgramAndReferenceAgree) {
    World world(seed());
    std::array<std::uint64_t, 3> outcomes{};
    const unsigned filters = scaled(100);
    for (unsigned i = 0; i < filters && !HasFailure(); ++i) {
        const Filter filter = world.filter();
        loader::SamplerOptions options;
        options.filter = filter;
        // Some of the longer lists are searched by code, some are in the trie.
        options.most_searched = i % 2 == 0 ? loader::kMostSearched : 8;
        LoadedProgram program(options);
        for (int j = 0; j < kFramesPerFilter && !HasFailure(); ++j) {
            const Bytes frame = world.frame();
            const Outcome outcome =
                expect_as_reference(program, filter, frame, fmt::format("filter {}, frame {}", i, j));
            ++outcomes[static_cast<std::size_t>(outcome)];
        }
    }
    std::cout << "matched " << outcomes[0] << ", filtered out " << outcomes[1] << ", malformed " << outcomes[2] << "\n";
    // A test whose filters and frames never met would say nothing.
    if (!HasFailure()) {
        for (const std::uint64_t count : outcomes) EXPECT_GT(count, filters * kFramesPerFilter / 50);
    }
}

}  // namespace
}  // namespace xdpsift::bpf
