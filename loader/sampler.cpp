// SPDX-License-Identifier: BSD-2-Clause
#include "loader/sampler.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "loader/filter_rodata.h"
#include "loader/kernel_error.h"
#include "loader/privileges.h"
#include "loader/tailor.h"
#include "sampler.skel.h"

namespace xdpsift::loader {
namespace {

// BPF_LOG_STATS of the kernel: the sums alone, without a line for each instruction.
constexpr __u32 kLogStatistics = 4;

// splitmix64's output function: neighbouring CPUs start far apart.
std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

// A 64-bit random number is below it with probability 1/rate; exact to 2^-32 of the rate.
std::uint64_t sample_threshold(std::uint32_t rate) {
    return rate <= 1 ? 0 : std::numeric_limits<std::uint64_t>::max() / rate + 1;
}

xs_config make_config(const SamplerOptions& options, std::uint32_t cpu_count, bool frags) {
    xs_config config{};
    config.version = XS_CONTRACT_VERSION;
    config.interface_id = options.interface_id;
    config.first_row = options.interface_id * cpu_count;
    config.frags = frags ? 1 : 0;
    config.sample_threshold = sample_threshold(options.selection.sample_rate);
    config.packet_limit = options.limits.packets.value_or(0);
    config.byte_limit = options.limits.bytes.value_or(0);
    config.time_limit = options.limits.duration ? 1 : 0;
    config.snaplen = options.selection.snaplen;
    config.ring = options.ring.kind == RingKind::bpf ? XS_RING_BPF : XS_RING_PERF;
    config.wakeup_bytes = options.ring.wakeup_bytes();
    if (!options.expression.empty())
        config.expression = expression::reads_length(options.expression) ? XS_EXPRESSION_READS_LENGTH : XS_EXPRESSION;
    return config;
}

Result<void> fill_prefixes(int map_fd, const std::vector<xs_prefix>& prefixes) {
    for (const auto& prefix : prefixes) {
        const __u8 present = 1;
        if (const int error = bpf_map_update_elem(map_fd, &prefix, &present, BPF_ANY); error != 0) {
            return fail(ExitStatus::unsupported,
                        fmt::format("the kernel took only a part of the list of {} prefixes: {}", prefixes.size(),
                                    std::strerror(-error)));
        }
    }
    return {};
}

Result<void> seed_samplers(int map_fd, std::uint64_t seed, std::uint16_t interface_id, std::uint32_t cpu_count) {
    for (std::uint32_t cpu = 0; cpu < cpu_count; cpu++) {
        const std::uint32_t row = interface_id * cpu_count + cpu;
        xs_counters counters{};
        counters.random_state = mix(seed ^ mix(row));
        if (const int error = bpf_map_update_elem(map_fd, &row, &counters, BPF_ANY); error != 0)
            return fail(ExitStatus::unsupported, fmt::format("cannot seed the sampler: {}", std::strerror(-error)));
    }
    return {};
}

// Leaves out the map of the rings that are not wanted. An array of maps is told by an example what it holds: a BPF ring
// that may go once the array is there.
Result<UniqueFd> choose_rings(::sampler& skeleton, const RingOptions& ring, std::uint32_t cpu_count) {
    const bool bpf = ring.kind == RingKind::bpf;
    bpf_map__set_autocreate(bpf ? skeleton.maps.events : skeleton.maps.rings, false);
    bpf_map__set_max_entries(bpf ? skeleton.maps.rings : skeleton.maps.events, cpu_count);
    if (!bpf) return UniqueFd();
    const auto page_bytes = static_cast<__u32>(::sysconf(_SC_PAGESIZE));
    UniqueFd example(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "example", 0, 0, page_bytes, nullptr));
    if (!example && errno == EINVAL)
        return fail(ExitStatus::unsupported,
                    "this kernel has no BPF ring buffer (BPF_MAP_TYPE_RINGBUF, Linux 5.8): leave out --ring bpf");
    if (!example) return load_error(errno, {});
    bpf_map__set_inner_map_fd(skeleton.maps.rings, example.get());
    return example;
}

// Out of the verifier's statistics: "processed 1234 insns (limit 1000000) ...".
std::uint32_t processed_instructions(std::string_view log) {
    constexpr std::string_view kBefore = "processed ";
    const auto at = log.rfind(kBefore);
    std::uint32_t count = 0;
    if (at != std::string_view::npos) std::from_chars(log.data() + at + kBefore.size(), log.data() + log.size(), count);
    return count;
}

// After this no CPU is still inside a program that was detached before: a full grace period has passed.
void wait_for_running_programs() {
    if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0) return;
    // Refused where CPUs run tickless: replacing an inner map waits for a grace period as well, but is not worth a
    // map for it; XDP programs run for microseconds.
    const timespec pause{0, 20'000'000};
    ::nanosleep(&pause, nullptr);
}

// The program that is being loaded. libbpf asks back amid a load, and hands nothing of ours through.
struct Loading {
    const SamplerOptions& options;
    bpf_map* read_only_data;
    bool fragments;
    std::optional<Error> error;
};
thread_local Loading* loading = nullptr;

// Called by libbpf when the program is as it would go to the kernel: maps created, functions in a row.
int tailor_while_loading(bpf_program* program, bpf_prog_load_opts* options, long) {
    if (loading == nullptr) return 0;
    std::size_t bytes = 0;
    const void* data = bpf_map__initial_value(loading->read_only_data, &bytes);
    auto tailored = tailor(
        {bpf_program__insns(program), bpf_program__insn_cnt(program)},
        {bpf_map__fd(loading->read_only_data), {static_cast<const std::byte*>(data), bytes}},
        {loading->options.filter, loading->options.most_searched, loading->options.expression, loading->fragments});
    if (!tailored) {
        loading->error = tailored.error();
        return -EINVAL;
    }
    // Which line of the source an instruction comes from is not true any more.
    options->func_info_cnt = 0;
    options->line_info_cnt = 0;
    return bpf_program__set_insns(program, tailored->data(), tailored->size());
}

// Once in a process. In place of libbpf's own handling of XDP programs, which does no more than this.
bool ask_back_while_loading() {
    static const int handler = [] {
        libbpf_prog_handler_opts options{};
        options.sz = sizeof(options);
        options.prog_prepare_load_fn = tailor_while_loading;
        return libbpf_register_prog_handler("xdp", BPF_PROG_TYPE_XDP, BPF_XDP, &options);
    }();
    return handler >= 0;
}

}  // namespace

Result<void> require_free_hook(int interface_index) {
    bpf_xdp_query_opts query{};
    query.sz = sizeof(query);
    if (const int error = bpf_xdp_query(interface_index, 0, &query); error != 0) {
        return fail(error == -ENODEV ? ExitStatus::unavailable : ExitStatus::failed,
                    fmt::format("cannot ask for the interface's XDP program: {}", std::strerror(-error)));
    }
    const std::uint32_t ids[] = {query.prog_id, query.drv_prog_id, query.hw_prog_id, query.skb_prog_id};
    for (const auto id : ids) {
        if (id == 0) continue;
        bpf_prog_info info{};
        __u32 info_len = sizeof(info);
        std::string name;
        if (const int fd = bpf_prog_get_fd_by_id(id); fd >= 0) {
            if (bpf_obj_get_info_by_fd(fd, &info, &info_len) == 0) name = fmt::format(" (\"{}\")", info.name);
            ::close(fd);
        }
        return fail(ExitStatus::unavailable,
                    fmt::format("an XDP program is already attached: id {}{}; it is left alone. Detach it first, or "
                                "capture on another interface",
                                id, name));
    }
    return {};
}

void Sampler::SkeletonDeleter::operator()(::sampler* skeleton) const { sampler__destroy(skeleton); }

Sampler::Sampler(Sampler&&) noexcept = default;
Sampler& Sampler::operator=(Sampler&&) noexcept = default;
Sampler::~Sampler() = default;

Result<Sampler> Sampler::load(const SamplerOptions& options) {
    raise_memlock_limit();
    const int possible_cpus = libbpf_num_possible_cpus();
    if (possible_cpus <= 0)
        return fail(ExitStatus::failed, fmt::format("cannot count the CPUs: {}", std::strerror(-possible_cpus)));

    Sampler out;
    out.cpu_count_ = static_cast<std::uint32_t>(possible_cpus);
    out.ring_kind_ = options.ring.kind;
    out.frags_ =
        options.allow_frags && libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, nullptr) == 1;
    if (!ask_back_while_loading()) return fail(ExitStatus::failed, "libbpf takes no handler for XDP programs");
    out.skeleton_.reset(sampler__open());
    if (!out.skeleton_)
        return fail(ExitStatus::failed, fmt::format("cannot open the embedded BPF object: {}", std::strerror(errno)));
    ::sampler& skeleton = *out.skeleton_;

    skeleton.rodata->config = make_config(options, out.cpu_count_, out.frags_);
    const auto prefixes = fill_filter(options.filter, options.most_searched, skeleton.rodata->filter);
    if (prefixes.size() > kMostPrefixes)
        return fail(ExitStatus::usage,
                    fmt::format("the lists of addresses come to more than {} prefixes: shorten them, and write "
                                "networks (a/len) rather than ranges (a-b), of which one may take hundreds",
                                kMostPrefixes));
    skeleton.bss->control.deadline_ns = std::numeric_limits<std::uint64_t>::max();
    bpf_map__set_max_entries(skeleton.maps.counters, (options.interface_id + 1u) * out.cpu_count_);
    const auto ring_like = choose_rings(skeleton, options.ring, out.cpu_count_);
    if (!ring_like) return tl::unexpected(ring_like.error());
    bpf_map__set_max_entries(skeleton.maps.prefixes, prefixes.empty() ? 1 : static_cast<__u32>(prefixes.size()));
    if (out.frags_ && !options.expression.empty()) bpf_map__set_max_entries(skeleton.maps.copies, out.cpu_count_);
    if (out.frags_) bpf_program__set_flags(skeleton.progs.xdpsift, BPF_F_XDP_HAS_FRAGS);

    // Only when the kernel refuses does libbpf ask again with a log: one of a large program that loads may not fit.
    const auto log = std::make_unique_for_overwrite<char[]>(kVerifierLogBytes);
    log[0] = '\0';
    bpf_program__set_log_buf(skeleton.progs.xdpsift, log.get(), kVerifierLogBytes);
    bpf_program__set_log_level(skeleton.progs.xdpsift, options.verifier_statistics ? kLogStatistics : 0);
    Loading state{options, skeleton.maps.rodata, out.frags_, {}};
    loading = &state;
    const int error = sampler__load(&skeleton);
    loading = nullptr;
    if (state.error) return tl::unexpected(*state.error);
    if (error != 0 && !options.expression.empty() && is_beyond_limits(-error, log.get()))
        return fail(
            ExitStatus::unsupported,
            fmt::format("the expression is more than this kernel holds in one program ({} instructions of classic "
                        "BPF): make it shorter, ask less often for `protochain`, or put long lists of addresses into "
                        "a file for --src, --dst or --host",
                        options.expression.size()),
            log.get());
    if (error != 0) return load_error(-error, log.get());
    // libbpf goes on without where its own probe of the kernel fails.
    if (skeleton.bss == nullptr)
        return fail(ExitStatus::unsupported,
                    "the kernel maps no BPF map into memory: it lacks that, or the room for it");
    out.verified_instructions_ = processed_instructions(log.get());
    // The log outlives this function only in the error.
    bpf_program__set_log_buf(skeleton.progs.xdpsift, nullptr, 0);

    if (auto filled = fill_prefixes(bpf_map__fd(skeleton.maps.prefixes), prefixes); !filled)
        return tl::unexpected(filled.error());
    if (options.selection.sample_rate > 1) {
        if (auto seeded =
                seed_samplers(out.counters_map_fd(), options.selection.seed, options.interface_id, out.cpu_count_);
            !seeded)
            return tl::unexpected(seeded.error());
    }
    return out;
}

int Sampler::program_fd() const { return bpf_program__fd(skeleton_->progs.xdpsift); }
int Sampler::rings_map_fd() const {
    return bpf_map__fd(ring_kind_ == RingKind::bpf ? skeleton_->maps.rings : skeleton_->maps.events);
}
int Sampler::counters_map_fd() const { return bpf_map__fd(skeleton_->maps.counters); }
std::uint32_t Sampler::cpu_count() const { return cpu_count_; }
bool Sampler::frags() const { return frags_; }
std::uint32_t Sampler::verified_instructions() const { return verified_instructions_; }

std::uint32_t Sampler::instructions() const {
    bpf_prog_info info{};
    __u32 size = sizeof(info);
    if (bpf_obj_get_info_by_fd(program_fd(), &info, &size) != 0) return 0;
    return info.xlated_prog_len / static_cast<__u32>(sizeof(bpf_insn));
}

void Sampler::set_deadline(std::uint64_t deadline_ns) {
    __atomic_store_n(&skeleton_->bss->control.deadline_ns, deadline_ns, __ATOMIC_RELAXED);
}

bool Sampler::byte_limit_passed() const {
    return __atomic_load_n(&skeleton_->bss->control.byte_limit_passed, __ATOMIC_RELAXED) != 0;
}

Result<Sampler::Attachment> Sampler::attach(int interface_index, AttachMode mode) {
    if (auto free = require_free_hook(interface_index); !free) return tl::unexpected(free.error());

    const auto try_mode = [&](__u32 flags) {
        bpf_link_create_opts create{};
        create.sz = sizeof(create);
        create.flags = flags;
        return bpf_link_create(program_fd(), interface_index, BPF_XDP, &create);
    };
    Attachment attachment;
    int native_error = 0;
    int fd = -1;
    if (mode != AttachMode::generic) {
        fd = try_mode(XDP_FLAGS_DRV_MODE);
        if (fd < 0) native_error = -fd;
    }
    // Only what the driver cannot do leads on to generic; a hook that is taken or forbidden is no better there.
    const bool native_impossible = native_error != 0 && native_error != EBUSY && native_error != EEXIST &&
                                   native_error != EPERM && native_error != EACCES && native_error != ENODEV;
    if (mode == AttachMode::generic || (mode == AttachMode::automatic && native_impossible)) {
        fd = try_mode(XDP_FLAGS_SKB_MODE);
        attachment.mode = AttachMode::generic;
        if (mode == AttachMode::automatic)
            attachment.note = fmt::format("native mode is not possible here: {}", attach_reason(native_error));
    }
    if (fd < 0) return attach_error(-fd, attachment.mode == AttachMode::native ? "native" : "generic");
    link_.reset(fd);
    hook_watch_ = HookWatch::open(fd);
    return attachment;
}

bool Sampler::attached() const { return link_ && hook_watch_.intact(); }

void Sampler::detach() {
    if (!link_) return;
    // Detaching is done when it returns, whoever else holds the link at that moment (a tool that lists all of them).
    // Before Linux 5.19 it is refused to a process without CAP_BPF, and where the interface is gone it finds nothing:
    // closing is enough then, and done when it returns too, as long as nobody else holds the link.
    bpf_link_detach(link_.get());
    link_.reset();
    wait_for_running_programs();
}

}  // namespace xdpsift::loader
