// SPDX-License-Identifier: BSD-2-Clause
#include "bpf/loaded_program.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "bpf/quiet_attachment.h"
#include "bpf/reference_match.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::bpf {

namespace {

loader::Sampler load(const loader::SamplerOptions& options) {
    auto sampler = loader::Sampler::load(options);
    if (!sampler) throw std::runtime_error(sampler.error().message + "\n" + sampler.error().detail);
    return std::move(*sampler);
}

// Where programs may not be loaded at all, every test here is skipped and says why.
class MayLoadPrograms : public ::testing::Environment {
    void SetUp() override {
        const auto sampler = loader::Sampler::load({});
        if (!sampler && sampler.error().status == ExitStatus::not_permitted) GTEST_SKIP() << sampler.error().message;
    }
};
[[maybe_unused]] const auto* const kEnvironment = ::testing::AddGlobalTestEnvironment(new MayLoadPrograms);

}  // namespace

LoadedProgram::LoadedProgram(const loader::SamplerOptions& options)
    : sampler_(load(options)), ring_kind_(options.ring.kind), interface_id_(options.interface_id) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    counters_bytes_ = sizeof(xs_counters) * sampler_.cpu_count() * (interface_id_ + 1);
    counters_bytes_ = (counters_bytes_ + page - 1) / page * page;
    counters_ = ::mmap(nullptr, counters_bytes_, PROT_READ, MAP_SHARED, sampler_.counters_map_fd(), 0);
    if (counters_ == MAP_FAILED) throw std::runtime_error(fmt::format("mmap of the counters: {}", strerror(errno)));
    link_ = attach_where_no_packet_comes(sampler_.program_fd());
}

LoadedProgram::LoadedProgram(const Filter& filter)
    : LoadedProgram([&] {
          loader::SamplerOptions options;
          options.filter = filter;
          return options;
      }()) {}

LoadedProgram::~LoadedProgram() { ::munmap(counters_, counters_bytes_); }

void LoadedProgram::run(std::span<const std::uint8_t> frame, std::uint32_t repeat) {
    std::vector<std::uint8_t> out(frame.size() + 1);
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<__u32>(frame.size());
    options.data_out = out.data();
    options.data_size_out = static_cast<__u32>(out.size());
    options.repeat = static_cast<int>(repeat);
    const int error = bpf_prog_test_run_opts(sampler_.program_fd(), &options);
    ASSERT_EQ(error, 0) << strerror(-error) << " for a frame of " << frame.size() << " bytes";
    EXPECT_EQ(options.retval, static_cast<__u32>(XDP_PASS));
    out.resize(options.data_size_out);
    EXPECT_TRUE(std::ranges::equal(out, frame)) << "changed from " << hex(frame) << "\nto " << hex(out);
}

Outcome LoadedProgram::outcome(std::span<const std::uint8_t> frame) {
    const xs_counters before = total();
    run(frame);
    const xs_counters after = total();
    expect_ledger_closed(after);
    EXPECT_EQ(after.seen, before.seen + 1);
    EXPECT_EQ(after.matched + after.filtered_out, after.seen);
    if (after.matched == before.matched + 1) {
        EXPECT_EQ(after.malformed, before.malformed);
        return Outcome::matched;
    }
    EXPECT_EQ(after.selected, before.selected);
    return after.malformed == before.malformed + 1 ? Outcome::malformed : Outcome::filtered_out;
}

const volatile xs_counters& LoadedProgram::row(std::uint32_t cpu) const {
    return static_cast<const volatile xs_counters*>(counters_)[interface_id_ * sampler_.cpu_count() + cpu];
}

xs_counters LoadedProgram::of_cpu(std::uint32_t cpu) const {
    const volatile xs_counters& from = row(cpu);
    xs_counters out{};
    out.seen = from.seen;
    out.filtered_out = from.filtered_out;
    out.matched = from.matched;
    out.sampled_out = from.sampled_out;
    out.rate_limited = from.rate_limited;
    out.over_budget = from.over_budget;
    out.selected = from.selected;
    out.ring_lost = from.ring_lost;
    out.malformed = from.malformed;
    out.oversize = from.oversize;
    out.ringless = from.ringless;
    return out;
}

xs_counters LoadedProgram::total() const {
    xs_counters sum{};
    for (std::uint32_t cpu = 0; cpu < sampler_.cpu_count(); ++cpu) {
        const xs_counters one = of_cpu(cpu);
        sum.seen += one.seen;
        sum.filtered_out += one.filtered_out;
        sum.matched += one.matched;
        sum.sampled_out += one.sampled_out;
        sum.rate_limited += one.rate_limited;
        sum.over_budget += one.over_budget;
        sum.selected += one.selected;
        sum.ring_lost += one.ring_lost;
        sum.malformed += one.malformed;
        sum.oversize += one.oversize;
        sum.ringless += one.ringless;
    }
    return sum;
}

void expect_ledger_closed(const xs_counters& counters) {
    EXPECT_EQ(counters.seen, counters.filtered_out + counters.matched);
    EXPECT_EQ(counters.matched,
              counters.sampled_out + counters.rate_limited + counters.over_budget + counters.selected);
    EXPECT_LE(counters.ring_lost, counters.selected);
    EXPECT_LE(counters.malformed, counters.filtered_out);
    EXPECT_LE(counters.oversize + counters.ringless, counters.ring_lost);
}

namespace {

std::string describe(const std::string& what, const Filter& filter, std::span<const std::uint8_t> frame) {
    return fmt::format("{}, filter \"{}\", frame {}", what, filter.text(), hex(frame));
}

bool agrees(const Expectation& reference, Outcome outcome) {
    if (reference.matches != (outcome == Outcome::matched)) return false;
    return reference.malformed == Expectation::Malformed::either ||
           (reference.malformed == Expectation::Malformed::yes) == (outcome == Outcome::malformed);
}

}  // namespace

void expect_outcome(LoadedProgram& program, const Filter& filter, std::span<const std::uint8_t> frame, Outcome expected,
                    const std::string& what) {
    const Outcome outcome = program.outcome(frame);
    EXPECT_EQ(static_cast<int>(outcome), static_cast<int>(expected))
        << "the program, " << describe(what, filter, frame);
    EXPECT_TRUE(agrees(reference_match(filter, frame), expected)) << "the reference, " << describe(what, filter, frame);
}

Outcome expect_as_reference(LoadedProgram& program, const Filter& filter, std::span<const std::uint8_t> frame,
                            const std::string& what) {
    const Outcome outcome = program.outcome(frame);
    const Expectation reference = reference_match(filter, frame);
    EXPECT_TRUE(agrees(reference, outcome))
        << "the program says " << static_cast<int>(outcome) << "; the reference: matches " << reference.matches
        << ", malformed " << static_cast<int>(reference.malformed) << "; " << describe(what, filter, frame);
    return outcome;
}

std::string hex(std::span<const std::uint8_t> frame) {
    std::string out = fmt::format("{} bytes:", frame.size());
    for (const std::uint8_t byte : frame.first(std::min<std::size_t>(frame.size(), 200)))
        out += fmt::format(" {:02x}", byte);
    return frame.size() > 200 ? out + " ..." : out;
}

PinnedToCpu::PinnedToCpu(std::uint32_t cpu) : previous_(sizeof(cpu_set_t), '\0') {
    EXPECT_EQ(::sched_getaffinity(0, previous_.size(), reinterpret_cast<cpu_set_t*>(previous_.data())), 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    EXPECT_EQ(::sched_setaffinity(0, sizeof(one), &one), 0) << "cannot run on CPU " << cpu;
}
PinnedToCpu::~PinnedToCpu() {
    ::sched_setaffinity(0, previous_.size(), reinterpret_cast<const cpu_set_t*>(previous_.data()));
}

}  // namespace xdpsift::bpf
