// SPDX-License-Identifier: BSD-2-Clause
// What we print of translations against what the kernel's verifier prints of them in its log.
#include "expression/disassemble.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "expression/assembler.h"
#include "expression/compile.h"
#include "expression/translate.h"
#include "xdpsift/unique_fd.h"

namespace xdpsift::bpf {
namespace {

using expression::Assembler;

std::vector<bpf_insn> program_of(const std::string& text, const expression::CompileOptions& options) {
    const auto compiled = expression::compile(text, options);
    EXPECT_TRUE(compiled) << text;
    const auto translation = expression::translate(compiled->program, {.source = expression::Source::frame});
    EXPECT_TRUE(translation);
    Assembler start;
    start.load(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(xdp_md, data));
    start.load(BPF_W, BPF_REG_3, BPF_REG_1, offsetof(xdp_md, data_end));
    start.move_register(BPF_ALU64, BPF_REG_4, BPF_REG_3);
    start.alu_register(BPF_ALU64, BPF_SUB, BPF_REG_4, BPF_REG_2);
    auto code = start.code();
    expression::append_as_function(*translation, code);
    return code;
}

// Instruction by instruction, those that it went through.
std::map<std::size_t, std::string> verifiers_words(const std::vector<bpf_insn>& code) {
    std::vector<char> log((1 << 24) - 1);
    bpf_prog_load_opts options{};
    options.sz = sizeof(options);
    options.log_buf = log.data();
    options.log_size = static_cast<__u32>(log.size());
    options.log_level = 2;  // at 1 it forgets each path that went well
    const UniqueFd fd(bpf_prog_load(BPF_PROG_TYPE_XDP, "disassemble", "GPL", code.data(), code.size(), &options));
    EXPECT_TRUE(fd) << log.data();
    static const std::regex line_format("^([0-9]+): \\([0-9a-f]{2}\\) ([^;]*[^; ])( *;.*)?$");
    std::map<std::size_t, std::string> words;
    std::istringstream lines(log.data());
    std::smatch match;
    for (std::string line; std::getline(lines, line);)
        if (std::regex_match(line, match, line_format)) words[std::stoul(match[1])] = match[2];
    return words;
}

TEST(Disassemble, PrintsWhatTheVerifierPrints) {
    std::size_t compared = 0;
    for (const auto* text :
         {"tcp port 53 and not net 10.0.0.0/8", "ether[len - 1] = 3", "ip[0] * ip[1] / 3 - 7 % 5 > 0x80000000",
          "(tcp[0:4] << 3 >> ip[8]) ^ 5 | udp[0:2] = 12", "-ip[3] & 7 = 1", "vlan and geneve", "greater 40"}) {
        for (const bool optimise : {true, false}) {
            const auto code = program_of(text, {.optimise = optimise});
            const auto words = verifiers_words(code);
            EXPECT_GT(words.size(), 5u) << text;
            for (const auto& [index, line] : expression::disassemble(code)) {
                const auto found = words.find(index);
                if (found == words.end()) continue;
                EXPECT_EQ(line, found->second) << text << ", instruction " << index;
                compared++;
            }
        }
    }
    EXPECT_GT(compared, 300u);
}

}  // namespace
}  // namespace xdpsift::bpf
