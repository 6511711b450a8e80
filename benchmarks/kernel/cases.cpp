// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/cases.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <string.h>

#include "generator/udp_frame.h"
#include "kernel/bpf_rings.h"
#include "kernel/perf_rings.h"
#include "reference.skel.h"

namespace xdpsift::kernel {
namespace {

using generator::UdpFrame;
using loader::Sampler;
using loader::SamplerOptions;

constexpr std::uint16_t kOtherPort = 53;      // the frames go from 40000 to 9
constexpr std::uint32_t kPrefixes = 100'000;  // each a /24, with a gap of the same size behind it
constexpr std::uint32_t kFirstPrefix = 0x0a000000;
constexpr std::size_t kLargeFrameBytes = 1514;

constexpr Ipv6Address documentation_v6(std::uint8_t last) {
    return {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last};
}

template <std::size_t N>
NumberSet<N> numbers(std::size_t number) {
    NumberSet<N> set;
    set.numbers.set(number);
    set.text = std::to_string(number);
    return set;
}

// `count` ranges of 16 addresses below 198.51.100.0 and 2001:db8::, none of which holds a frame's address.
AddressSet ranges_v4(std::uint32_t count) {
    AddressSet set;
    for (std::uint32_t i = 0; i < count; i++) set.v4.push_back({0xc6336400 + i * 32, 0xc6336400 + i * 32 + 15});
    return set;
}

AddressSet ranges_v6(std::uint8_t count) {
    AddressSet set;
    for (std::uint8_t i = 0; i < count; i++) {
        set.v6.push_back({documentation_v6(static_cast<std::uint8_t>(16 + i * 16)),
                          documentation_v6(static_cast<std::uint8_t>(16 + i * 16 + 7))});
    }
    return set;
}

AddressSet prefix_list() {
    AddressSet set;
    for (std::uint32_t i = 0; i < kPrefixes; i++) {
        const std::uint32_t first = kFirstPrefix + i * 512;
        set.v4.push_back({first, first + 255});
    }
    return set;
}

UdpFrame ipv6_frame() {
    UdpFrame frame;
    frame.source_v6 = documentation_v6(1);
    frame.destination_v6 = documentation_v6(2);
    frame.frame_bytes = 84;
    return frame;
}

UdpFrame tagged_frame() {
    UdpFrame frame;
    frame.vlan = 7;
    frame.frame_bytes = 68;
    return frame;
}

// In the gap behind a prefix from the middle of the list: the trie is walked to its last level.
UdpFrame gap_frame() {
    UdpFrame frame;
    frame.source_v4 = kFirstPrefix + (kPrefixes / 2) * 512 + 256 + 7;
    return frame;
}

UdpFrame large_frame() {
    UdpFrame frame;
    frame.frame_bytes = kLargeFrameBytes;
    return frame;
}

struct SamplerCase {
    std::string name;
    std::string group;
    UdpFrame frame;
    SamplerOptions options;
};

// The filter that asks for one field.
template <typename Set>
Filter only(std::optional<Set> Filter::*field, Set set) {
    Filter filter;
    filter.*field = std::move(set);
    return filter;
}

SamplerCase miss(std::string name, const UdpFrame& frame, Filter filter) {
    SamplerCase out{"miss: " + std::move(name), "miss", frame, {}};
    out.options.filter = std::move(filter);
    out.options.selection.snaplen = 128;
    return out;
}

SamplerCase selected(std::string name, std::uint32_t snaplen, std::uint32_t rate = 1) {
    SamplerCase out{std::move(name), rate == 1 ? "selected" : "unselected", large_frame(), {}};
    out.options.filter.port = numbers<65536>(UdpFrame{}.destination_port);
    out.options.selection.snaplen = snaplen;
    out.options.selection.sample_rate = rate;
    return out;
}

std::vector<SamplerCase> sampler_cases() {
    const UdpFrame plain;
    std::vector<SamplerCase> out;
    out.push_back(miss("port", plain, only(&Filter::port, numbers<65536>(kOtherPort))));
    out.push_back(miss("src, one IPv4 address", plain, only(&Filter::src, ranges_v4(1))));
    out.push_back(miss("src, one IPv6 address", ipv6_frame(), only(&Filter::src, ranges_v6(1))));
    out.push_back(miss("src, 8 IPv4 ranges", plain, only(&Filter::src, ranges_v4(8))));
    out.push_back(miss("src, 8 IPv6 ranges", ipv6_frame(), only(&Filter::src, ranges_v6(8))));
    out.push_back(miss(fmt::format("src, {} prefixes", kPrefixes), gap_frame(), only(&Filter::src, prefix_list())));
    out.push_back(miss("proto", plain, only(&Filter::proto, numbers<256>(6))));
    out.push_back(miss("vlan, untagged frame", plain, only(&Filter::vlan, numbers<4096>(5))));
    out.push_back(miss("vlan, tagged frame", tagged_frame(), only(&Filter::vlan, numbers<4096>(5))));
    out.push_back(selected("match, 1 in 1000000, not selected", 128, 1'000'000));
    out.push_back(selected("match, snaplen 64", 64));
    out.push_back(selected("match, snaplen 128", 128));
    out.push_back(selected("match, snaplen 1500", 1500));
    out.push_back(selected("match, snaplen 128, packet limit", 128));
    out.back().options.limits.packets = std::uint64_t{1} << 62;
    for (const std::uint32_t snaplen : {64u, 128u, 1500u}) {
        out.push_back(selected(fmt::format("match, snaplen {}, --ring bpf", snaplen), snaplen));
        out.back().options.ring.kind = RingKind::bpf;
    }
    // As before Linux 5.18.
    out.push_back(selected("match, snaplen 1500, --ring bpf, no helper", 1500));
    out.back().options.ring.kind = RingKind::bpf;
    out.back().options.allow_frags = false;
    return out;
}

std::uint64_t counter(const Sampler& sampler, __u64 xs_counters::*field) {
    std::uint64_t sum = 0;
    for (std::uint32_t cpu = 0; cpu < sampler.cpu_count(); cpu++) {
        xs_counters counters{};
        if (bpf_map_lookup_elem(sampler.counters_map_fd(), &cpu, &counters) == 0) sum += counters.*field;
    }
    return sum;
}

Result<std::shared_ptr<void>> drained_rings(const Sampler& sampler, const RingOptions& ring, unsigned busy_cpu) {
    if (ring.kind == RingKind::bpf)
        return BpfRings::open(sampler.rings_map_fd(), sampler.cpu_count(), ring.bytes, busy_cpu)
            .map([](BpfRings rings) -> std::shared_ptr<void> { return std::make_shared<BpfRings>(std::move(rings)); });
    return PerfRings::open(sampler.rings_map_fd(), sampler.cpu_count(), ring.bytes, Wakeup::watermark, busy_cpu)
        .map([](PerfRings rings) -> std::shared_ptr<void> { return std::make_shared<PerfRings>(std::move(rings)); });
}

Result<Case> load_sampler(const SamplerCase& wanted, const CaseOptions& options) {
    SamplerOptions sampler_options = wanted.options;
    // Whole frames fill a ring before the draining thread has woken up.
    sampler_options.ring.bytes = options.ring_bytes * (wanted.options.selection.snaplen > 1024 ? 8 : 1);
    auto loaded = Sampler::load(sampler_options);
    if (!loaded) return with_context(wanted.name, loaded.error());
    const auto sampler = std::make_shared<Sampler>(std::move(*loaded));
    auto rings = drained_rings(*sampler, sampler_options.ring, options.busy_cpu);
    if (!rings) return with_context(wanted.name, rings.error());
    Case out;
    out.name = wanted.name;
    out.group = wanted.group;
    out.packet = wanted.frame.bytes();
    out.program_fd = sampler->program_fd();
    out.refused = [sampler] { return counter(*sampler, &xs_counters::ring_lost); };
    out.selected = [sampler] { return counter(*sampler, &xs_counters::selected); };
    out.program = sampler;
    out.rings = std::move(*rings);
    return out;
}

Result<std::shared_ptr<::reference>> load_reference(std::size_t ring_bytes = std::size_t{1} << 20) {
    Reference skeleton(reference__open());
    if (!skeleton)
        return fail(ExitStatus::failed, fmt::format("cannot open the reference object: {}", strerror(errno)));
    bpf_map__set_max_entries(skeleton->maps.events, static_cast<__u32>(libbpf_num_possible_cpus()));
    bpf_map__set_max_entries(skeleton->maps.ring, static_cast<__u32>(ring_bytes));
    if (const int error = reference__load(skeleton.get()); error != 0)
        return fail(ExitStatus::unsupported, fmt::format("cannot load the reference programs: {}", strerror(-error)));
    return std::shared_ptr<::reference>(std::move(skeleton));
}

Result<Case> load_bpf_ring_helpers(const CaseOptions& options) {
    const auto skeleton = load_reference(options.ring_bytes);
    if (!skeleton) return tl::unexpected(skeleton.error());
    auto rings = BpfRings::around(bpf_map__fd((*skeleton)->maps.ring), options.busy_cpu);
    if (!rings) return tl::unexpected(rings.error());
    Case out;
    out.name = "bare helpers, BPF ring, 128 bytes, never woken";
    out.group = "helper";
    out.packet = large_frame().bytes();
    out.program_fd = bpf_program__fd((*skeleton)->progs.bare_reserve);
    out.refused = [skeleton = *skeleton] { return skeleton->bss->refused; };
    out.program = *skeleton;
    out.rings = std::make_shared<BpfRings>(std::move(*rings));
    return out;
}

Result<Case> load_helper(std::string name, Wakeup wakeup, const CaseOptions& options) {
    const auto skeleton = load_reference();
    if (!skeleton) return tl::unexpected(skeleton.error());
    auto rings =
        PerfRings::open(bpf_map__fd((*skeleton)->maps.events), static_cast<std::uint32_t>(libbpf_num_possible_cpus()),
                        options.ring_bytes, wakeup, options.busy_cpu);
    if (!rings) return with_context(name, rings.error());
    Case out;
    out.name = std::move(name);
    out.group = "helper";
    out.packet = large_frame().bytes();
    out.program_fd = bpf_program__fd((*skeleton)->progs.bare_output);
    out.refused = [skeleton = *skeleton] { return skeleton->bss->refused; };
    out.selected = nullptr;
    out.program = *skeleton;
    out.rings = std::make_shared<PerfRings>(std::move(*rings));
    return out;
}

}  // namespace

void ReferenceDeleter::operator()(::reference* skeleton) const { reference__destroy(skeleton); }

Result<Case> load_empty() {
    const auto skeleton = load_reference();
    if (!skeleton) return tl::unexpected(skeleton.error());
    Case out;
    out.name = "empty, XDP_PASS";
    out.group = "empty";
    out.packet = UdpFrame{}.bytes();
    out.program_fd = bpf_program__fd((*skeleton)->progs.empty);
    out.program = *skeleton;
    return out;
}

Result<std::vector<Case>> load_cases(const CaseOptions& options) {
    std::vector<Case> out;
    const auto add = [&out](Result<Case> loaded) -> Result<void> {
        if (!loaded) return tl::unexpected(loaded.error());
        out.push_back(std::move(*loaded));
        return {};
    };
    if (auto added = add(load_empty()); !added) return tl::unexpected(added.error());
    for (const auto& wanted : sampler_cases())
        if (auto added = add(load_sampler(wanted, options)); !added) return tl::unexpected(added.error());
    if (auto added = add(load_helper("bare helper, 128 bytes", Wakeup::watermark, options)); !added)
        return tl::unexpected(added.error());
    if (auto added = add(load_helper("bare helper, 128 bytes, woken for each record", Wakeup::each_record, options));
        !added)
        return tl::unexpected(added.error());
    if (auto added = add(load_bpf_ring_helpers(options)); !added) return tl::unexpected(added.error());
    return out;
}

}  // namespace xdpsift::kernel
