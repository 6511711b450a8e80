// SPDX-License-Identifier: BSD-2-Clause
// The kernel program of one interface: opened, specialised, loaded, attached. Needs privileges until it is attached.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "expression/classic.h"
#include "loader/address_search.h"
#include "loader/hook_watch.h"
#include "xdpsift/event.h"
#include "xdpsift/filter.h"
#include "xdpsift/result.h"
#include "xdpsift/ring_options.h"
#include "xdpsift/selection.h"
#include "xdpsift/unique_fd.h"

struct sampler;

namespace xdpsift::loader {

enum class AttachMode { automatic, native, generic };

// A program already present is never replaced: ExitStatus::unavailable, naming its id.
Result<void> require_free_hook(int interface_index);

struct SamplerOptions {
    std::uint16_t interface_id = 0;
    Filter filter;
    expression::ClassicProgram expression;  // joined to the filter by AND; checked; empty: none
    Selection selection;
    Limits limits;
    RingOptions ring;
    bool allow_frags = true;  // false: as on a kernel without multi-buffer XDP
    // Lists of addresses with more ranges of a family are looked up in the trie. No larger than kMostSearched.
    std::size_t most_searched = kMostSearched;
    bool verifier_statistics = false;  // for Sampler::verified_instructions()
};

// Owns the loaded object with its maps, and the attachment. Attached by a BPF link: it vanishes with the process.
// Not thread-safe.
class Sampler {
   public:
    // Opens, specialises and loads; nothing is attached. A refusal by the verifier, a missing capability or
    // feature is one sentence with its exit status, and the verifier's log its detail.
    static Result<Sampler> load(const SamplerOptions& options);

    Sampler(Sampler&&) noexcept;
    Sampler& operator=(Sampler&&) noexcept;
    ~Sampler();

    int program_fd() const;
    // An entry for each CPU: a perf event array, or an array of maps for BPF rings of the size that was asked for.
    int rings_map_fd() const;
    int counters_map_fd() const;  // mmapable array of struct xs_counters
    std::uint32_t cpu_count() const;
    bool frags() const;  // loaded with multi-buffer support
    // How many instructions the verifier went through; 0 unless its statistics were asked for.
    std::uint32_t verified_instructions() const;
    // How many instructions the kernel kept of it: without the code of what is off. 0 where it does not tell.
    std::uint32_t instructions() const;

    // Moment from which nothing more is copied; CLOCK_MONOTONIC.
    void set_deadline(std::uint64_t deadline_ns);
    // The kernel has refused a packet because it did not fit into the byte limit. Needs no privilege.
    bool byte_limit_passed() const;

    struct Attachment {
        AttachMode mode = AttachMode::native;  // never automatic
        std::string note;                      // why native was not possible, when generic was taken by itself
    };
    // Only where the hook is free; native, then generic where the driver cannot, when automatic.
    Result<Attachment> attach(int interface_index, AttachMode mode);
    // False once another process has detached the program or put its own in its place. May wait for the kernel.
    bool attached() const;
    // Detaches and waits until no CPU runs the program any more: the counters are final afterwards.
    void detach();

   private:
    struct SkeletonDeleter {
        void operator()(::sampler* skeleton) const;
    };
    Sampler() = default;

    std::unique_ptr<::sampler, SkeletonDeleter> skeleton_;
    UniqueFd link_;
    HookWatch hook_watch_;
    std::uint32_t cpu_count_ = 0;
    RingKind ring_kind_ = RingKind::perf;
    std::uint32_t verified_instructions_ = 0;
    bool frags_ = false;
};

}  // namespace xdpsift::loader
