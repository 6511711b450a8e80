// SPDX-License-Identifier: BSD-2-Clause
#include "loader/copy_program.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "expression/assembler.h"
#include "expression/translate.h"
#include "loader/kernel_error.h"
#include "loader/privileges.h"
#include "loader/test_run.h"

namespace xdpsift::loader {

using expression::Assembler;
using expression::instruction;

struct CopyProgram::Copy {
    std::uint32_t bytes;
    std::uint32_t frame_len;
    std::array<std::uint8_t, XS_COPY_BYTES> data;
};

namespace {

constexpr std::int16_t kKeySlot = -8;
constexpr int kStackUsed = 8;

void append(std::vector<bpf_insn>& code, const Assembler& assembler) {
    code.insert(code.end(), assembler.code().begin(), assembler.code().end());
}

// Finds the map's value, hands it to the translation as that wants it, and returns the verdict.
std::vector<bpf_insn> around(const expression::Translation& translation, int map_fd, std::int16_t data_offset,
                             std::int16_t frame_len_offset) {
    // A map's address is a constant of 64 bits (BPF_IMM, which is 0), filled in by the kernel.
    std::vector<bpf_insn> code{instruction(BPF_LD | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map_fd),
                               instruction(0, 0, 0, 0, 0)};
    Assembler look_up;
    look_up.store_value(BPF_W, BPF_REG_10, kKeySlot, 0);
    look_up.move_register(BPF_ALU64, BPF_REG_2, BPF_REG_10);
    look_up.alu(BPF_ALU64, BPF_ADD, BPF_REG_2, kKeySlot);
    look_up.call(BPF_FUNC_map_lookup_elem);
    append(code, look_up);
    // There is one, which the verifier cannot know.
    code.push_back(instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 1, 0));
    code.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
    Assembler hand_over;
    hand_over.move_register(BPF_ALU64, BPF_REG_2, BPF_REG_0);
    hand_over.alu(BPF_ALU64, BPF_ADD, BPF_REG_2, data_offset);
    hand_over.load(BPF_W, BPF_REG_3, BPF_REG_0, 0);
    hand_over.load(BPF_W, BPF_REG_4, BPF_REG_0, frame_len_offset);
    append(code, hand_over);
    expression::append_as_function(translation, code);
    return code;
}

}  // namespace

Result<CopyProgram> CopyProgram::load(const expression::ClassicProgram& program) {
    const auto translation = expression::translate(
        program, {.source = expression::Source::copy, .copy_capacity = XS_COPY_BYTES, .stack_used = kStackUsed});
    if (!translation) return tl::unexpected(translation.error());
    raise_memlock_limit();

    CopyProgram out;
    bpf_map_create_opts map_options{};
    map_options.sz = sizeof(map_options);
    map_options.map_flags = BPF_F_MMAPABLE;
    out.map_.reset(bpf_map_create(BPF_MAP_TYPE_ARRAY, "copy", sizeof(__u32), sizeof(Copy), 1, &map_options));
    if (!out.map_) return load_error(errno, {});
    void* at = ::mmap(nullptr, sizeof(Copy), PROT_READ | PROT_WRITE, MAP_SHARED, out.map_.get(), 0);
    if (at == MAP_FAILED)
        return fail(ExitStatus::unsupported, fmt::format("cannot map a BPF map into memory: {}", std::strerror(errno)));
    out.copy_ = static_cast<Copy*>(at);

    const auto code = around(*translation, out.map_.get(), offsetof(Copy, data), offsetof(Copy, frame_len));
    // Not an XDP program: these are slow to run when they are attached nowhere (Linux 5.10 changes its own code and
    // interrupts every CPU for it), and the packet is not looked at.
    const auto attempt = [&](char* log, std::size_t size) {
        bpf_prog_load_opts options{};
        options.sz = sizeof(options);
        options.log_buf = log;
        options.log_size = static_cast<__u32>(size);
        options.log_level = log != nullptr ? 1 : 0;
        return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "copy", "Dual BSD/GPL", code.data(), code.size(), &options);
    };
    out.program_.reset(attempt(nullptr, 0));
    if (!out.program_) {
        const int error = errno;
        const auto log = std::make_unique_for_overwrite<char[]>(kVerifierLogBytes);
        log[0] = '\0';
        out.program_.reset(attempt(log.get(), kVerifierLogBytes));
        if (!out.program_ && is_beyond_limits(error, log.get()))
            return fail(ExitStatus::unsupported, "the expression is more than this kernel holds in one program",
                        log.get());
        if (!out.program_) return load_error(error, log.get());
    }
    return out;
}

CopyProgram::CopyProgram(CopyProgram&& other) noexcept
    : map_(std::move(other.map_)), program_(std::move(other.program_)), copy_(std::exchange(other.copy_, nullptr)) {}

CopyProgram::~CopyProgram() {
    if (copy_ != nullptr) ::munmap(copy_, sizeof(Copy));
}

Result<std::uint32_t> CopyProgram::verdict(std::span<const std::uint8_t> data, std::uint32_t frame_len) {
    static constexpr std::array<std::uint8_t, 64> kAnyPacket{};
    const auto kept = data.first(std::min<std::size_t>(data.size(), XS_COPY_BYTES));
    copy_->bytes = static_cast<std::uint32_t>(kept.size());
    copy_->frame_len = frame_len;
    std::copy(kept.begin(), kept.end(), copy_->data.begin());
    const auto verdict = test_run(program_.get(), kAnyPacket);
    if (!verdict) return tl::unexpected(verdict.error());
    return verdict->value_or(XS_VERDICT_UNDECIDED);
}

}  // namespace xdpsift::loader
