// SPDX-License-Identifier: BSD-2-Clause
#include "bpf/expression/translated_program.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "expression/assembler.h"

namespace xdpsift::bpf {

using expression::Assembler;
using expression::instruction;
using expression::Source;

namespace {

constexpr std::uint32_t kCopyBytes = 65'528;

void find_frame(Assembler& assembler, Source source, int map_fd, std::vector<bpf_insn>& out) {
    if (source == Source::copy) {
        out = {instruction(BPF_LD | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map_fd), instruction(0, 0, 0, 0, 0)};
        const auto found = assembler.new_label();
        assembler.store_value(BPF_W, BPF_REG_10, -4, 0);
        assembler.move_register(BPF_ALU64, BPF_REG_2, BPF_REG_10);
        assembler.alu(BPF_ALU64, BPF_ADD, BPF_REG_2, -4);
        assembler.call(BPF_FUNC_map_lookup_elem);
        assembler.jump_if(BPF_JMP, BPF_JNE, BPF_REG_0, 0, found);
        assembler.move(BPF_ALU64, BPF_REG_0, 99);
        auto code = assembler.code();
        out.insert(out.end(), code.begin(), code.end());
        out[out.size() - 2].off = 2;
        out.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
        Assembler rest;
        rest.move_register(BPF_ALU64, BPF_REG_2, BPF_REG_0);
        rest.alu(BPF_ALU64, BPF_ADD, BPF_REG_2, 8);
        rest.load(BPF_W, BPF_REG_3, BPF_REG_0, 0);
        rest.load(BPF_W, BPF_REG_4, BPF_REG_0, 4);
        out.insert(out.end(), rest.code().begin(), rest.code().end());
        return;
    }
    assembler.load(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(xdp_md, data));
    assembler.load(BPF_W, BPF_REG_3, BPF_REG_1, offsetof(xdp_md, data_end));
    assembler.move_register(BPF_ALU64, BPF_REG_4, BPF_REG_3);
    assembler.alu_register(BPF_ALU64, BPF_SUB, BPF_REG_4, BPF_REG_2);
    out = assembler.code();
}

UniqueFd loaded(const std::vector<bpf_insn>& code) {
    bpf_prog_load_opts options{};
    options.sz = sizeof(options);
    const auto load = [&] {
        return UniqueFd(bpf_prog_load(BPF_PROG_TYPE_XDP, "expression", "GPL", code.data(), code.size(), &options));
    };
    if (auto program = load()) return program;
    // To be told of a million instructions takes seconds.
    if (errno == E2BIG) throw Refusal("more than the verifier follows", true);
    std::vector<char> log(1 << 24);
    options.log_buf = log.data();
    options.log_size = static_cast<__u32>(log.size() - 1);
    options.log_level = 1;
    load();
    const std::string text = log.data();
    throw Refusal(text.size() > 300 ? text.substr(text.size() - 300) : text,
                  text.find("too complex") != std::string::npos);
}

}  // namespace

struct TranslatedProgram::Copy {
    std::uint32_t bytes;
    std::uint32_t frame_len;
    std::array<std::uint8_t, kCopyBytes> data;
};

TranslatedProgram::TranslatedProgram(const expression::ClassicProgram& program, Source source) : source_(source) {
    if (source == Source::copy) {
        bpf_map_create_opts options{};
        options.sz = sizeof(options);
        options.map_flags = BPF_F_MMAPABLE;
        map_.reset(bpf_map_create(BPF_MAP_TYPE_ARRAY, "copy", sizeof(__u32), sizeof(Copy), 1, &options));
        if (!map_) throw std::runtime_error(fmt::format("map: {}", std::strerror(errno)));
        void* at = ::mmap(nullptr, sizeof(Copy), PROT_READ | PROT_WRITE, MAP_SHARED, map_.get(), 0);
        if (at == MAP_FAILED) throw std::runtime_error(fmt::format("mmap: {}", std::strerror(errno)));
        copy_ = static_cast<Copy*>(at);
    }
    const auto translation =
        expression::translate(program, {.source = source, .copy_capacity = kCopyBytes, .stack_used = 4});
    if (!translation) throw std::runtime_error(translation.error().message);
    std::vector<bpf_insn> code;
    Assembler assembler;
    find_frame(assembler, source, map_.get(), code);
    expression::append_as_function(*translation, code);

    instructions_ = code.size();
    program_ = loaded(code);
}

TranslatedProgram::~TranslatedProgram() {
    if (copy_ != nullptr) ::munmap(copy_, sizeof(Copy));
}

std::uint32_t TranslatedProgram::verdict(std::span<const std::uint8_t> frame, std::size_t frame_len) {
    static constexpr std::array<std::uint8_t, 64> kAnything{};
    std::span<const std::uint8_t> packet = frame;
    if (source_ == Source::copy) {
        copy_->bytes = static_cast<std::uint32_t>(frame.size());
        copy_->frame_len = static_cast<std::uint32_t>(frame_len == 0 ? frame.size() : frame_len);
        std::ranges::copy(frame, copy_->data.begin());
        packet = kAnything;
    }
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.data_in = packet.data();
    options.data_size_in = static_cast<__u32>(packet.size());
    options.repeat = 1;
    if (const int error = bpf_prog_test_run_opts(program_.get(), &options); error != 0)
        throw std::runtime_error(fmt::format("test run of {} bytes: {}", packet.size(), std::strerror(-error)));
    return options.retval;
}

}  // namespace xdpsift::bpf
