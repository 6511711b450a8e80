// SPDX-License-Identifier: BSD-2-Clause
// What each variant of the program costs the verifier, in instructions that it goes through. It gives up at a million,
// and a small change of the source may multiply the number. tests/vm/verifier-instructions.txt has the numbers of the
// kernels in virtual machines; $XDPSIFT_VM_KERNEL says that this is one of them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <sstream>

#include "bpf/filter_lists.h"
#include "bpf/loaded_program.h"

namespace xdpsift::bpf {
namespace {

constexpr std::uint32_t kVerifierLimit = 1'000'000;
// What a kernel's updates may change by themselves, as a share of the number that was kept.
constexpr double kTolerance = 0.25;

struct Variant {
    std::string name;
    std::function<void(loader::SamplerOptions&)> prepare;
};

// As many single addresses, none next to another, of both families.
AddressSet spread_addresses(unsigned count) {
    std::vector<std::string> entries;
    for (unsigned i = 0; i < count; ++i) {
        entries.push_back("192.0.2." + std::to_string(2 * i));
        entries.push_back("2001:db8::1:" + std::to_string(2 * i));
    }
    return addresses(entries);
}

Filter every_field() {
    Filter filter;
    filter.src = filter.dst = filter.host = spread_addresses(8);
    filter.sport = filter.dport = filter.port = ports({53});
    filter.proto = protocols({17});
    filter.vlan = vlans({7});
    return filter;
}

const std::vector<Variant>& variants() {
    static const std::vector<Variant> kVariants = {
        {"everything", [](auto&) {}},
        {"limits",
         [](auto& options) {
             options.limits = {
                 .packets = 1, .bytes = 1, .duration = std::chrono::seconds(1), .min_free_disk_bytes = {}};
             options.selection = {.sample_rate = 10, .seed = 1, .snaplen = 128};
         }},
        {"vlan", [](auto& options) { options.filter.vlan = vlans({7}); }},
        {"addresses_searched", [](auto& options) { options.filter.host = spread_addresses(100); }},
        {"addresses_in_trie",
         [](auto& options) {
             options.filter.host = spread_addresses(20);
             options.most_searched = 0;
         }},
        {"protocol", [](auto& options) { options.filter.proto = protocols({17}); }},
        {"port", [](auto& options) { options.filter.port = ports({53}); }},
        {"every_field", [](auto& options) { options.filter = every_field(); }},
        {"bpf_ring", [](auto& options) { options.ring.kind = RingKind::bpf; }},
        {"bpf_ring_linear",
         [](auto& options) {
             options.ring.kind = RingKind::bpf;
             options.allow_frags = false;
             options.filter = every_field();
             options.limits.packets = 1;
         }},
        {"bpf_ring_snaplen",
         [](auto& options) {
             options.ring.kind = RingKind::bpf;
             options.selection.snaplen = 128;
         }},
    };
    return kVariants;
}

// The number that was kept for this kernel.
std::optional<std::uint32_t> kept(const std::string& path, const std::string& kernel, const std::string& variant) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        std::string of_kernel, of_variant;
        std::uint32_t count = 0;
        if (fields >> of_kernel >> of_variant >> count && of_kernel == kernel && of_variant == variant) return count;
    }
    return std::nullopt;
}

class VerifierInstructions : public testing::TestWithParam<Variant> {};

TEST_P(VerifierInstructions, HaveNotJumped) {
    loader::SamplerOptions options;
    options.verifier_statistics = true;
    GetParam().prepare(options);
    const auto sampler = loader::Sampler::load(options);
    ASSERT_TRUE(sampler) << sampler.error().message;
    const std::uint32_t count = sampler->verified_instructions();
    EXPECT_GT(count, 0U);
    EXPECT_LT(count, kVerifierLimit / 2) << "too close to what the verifier takes";

    const char* kernel = std::getenv("XDPSIFT_VM_KERNEL");
    const char* table = std::getenv("XDPSIFT_VERIFIER_INSTRUCTIONS");
    if (kernel == nullptr || table == nullptr) return;
    std::cout << "verifier-instructions: " << kernel << ' ' << GetParam().name << ' ' << count << std::endl;
    const auto before = kept(table, kernel, GetParam().name);
    ASSERT_TRUE(before) << "no number is kept for it; it is " << count;
    EXPECT_LE(count, *before * (1 + kTolerance)) << "it was " << *before;
}
INSTANTIATE_TEST_SUITE_P(Of, VerifierInstructions, testing::ValuesIn(variants()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace xdpsift::bpf
