// SPDX-License-Identifier: BSD-2-Clause
#include "fuzz/classic_input.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

namespace xdpsift::fuzz {
namespace {

using expression::ClassicProgram;

constexpr std::size_t kInstructionBytes = sizeof(sock_filter);

std::vector<std::uint16_t> known_codes() {
    std::vector<std::uint16_t> codes = {BPF_LD | BPF_IMM,
                                        BPF_LD | BPF_MEM,
                                        BPF_LD | BPF_W | BPF_LEN,
                                        BPF_LDX | BPF_IMM,
                                        BPF_LDX | BPF_MEM,
                                        BPF_LDX | BPF_W | BPF_LEN,
                                        BPF_ST,
                                        BPF_STX,
                                        BPF_LDX | BPF_B | BPF_MSH,
                                        BPF_RET | BPF_K,
                                        BPF_RET | BPF_A,
                                        BPF_MISC | BPF_TAX,
                                        BPF_JMP | BPF_JA,
                                        BPF_ALU | BPF_NEG,
                                        BPF_MISC | BPF_TXA};
    for (const int size : {BPF_W, BPF_H, BPF_B})
        for (const int mode : {BPF_ABS, BPF_IND}) codes.push_back(static_cast<std::uint16_t>(BPF_LD | size | mode));
    for (const int source : {BPF_K, BPF_X}) {
        for (const int operation :
             {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND, BPF_LSH, BPF_RSH, BPF_MOD, BPF_XOR})
            codes.push_back(static_cast<std::uint16_t>(BPF_ALU | operation | source));
        for (const int comparison : {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET})
            codes.push_back(static_cast<std::uint16_t>(BPF_JMP | comparison | source));
    }
    return codes;
}

const std::vector<std::uint16_t>& codes() {
    static const auto all = known_codes();
    return all;
}

bool uses_memory(std::uint16_t code) {
    return code == BPF_ST || code == BPF_STX || code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM);
}

// Where JA leads to: not out of the program, and not to itself.
std::uint32_t mended_skip(std::uint32_t k, std::size_t at, std::size_t size, bool loops) {
    const std::int64_t skip = static_cast<std::int32_t>(k);
    const auto here = static_cast<std::int64_t>(at);
    const auto behind = static_cast<std::int64_t>(size - at) - 1;
    if (skip >= 0 || !loops) return static_cast<std::uint32_t>((skip < 0 ? -skip : skip) % behind);
    if (at == 0) return 0;
    if (skip < -1 && here + 1 + skip >= 0) return k;
    return static_cast<std::uint32_t>(-skip % here - here - 1);
}

void mend(ClassicProgram& program, bool loops) {
    if (BPF_CLASS(program.back().code) != BPF_RET) program.back() = {BPF_RET | BPF_A, 0, 0, 0};
    for (std::size_t i = 0; i < program.size(); i++) {
        auto& instruction = program[i];
        if (std::find(codes().begin(), codes().end(), instruction.code) == codes().end())
            instruction.code = i + 1 == program.size() ? BPF_RET | BPF_A : codes()[instruction.code % codes().size()];
        if (uses_memory(instruction.code)) instruction.k %= BPF_MEMWORDS;
        if (BPF_CLASS(instruction.code) != BPF_JMP) continue;
        if (i + 1 == program.size()) {
            instruction.code = BPF_RET | BPF_A;
        } else if (BPF_OP(instruction.code) == BPF_JA) {
            instruction.k = mended_skip(instruction.k, i, program.size(), loops);
        } else {
            const auto behind = program.size() - i - 1;
            if (instruction.jt >= behind) instruction.jt = static_cast<std::uint8_t>(instruction.jt % behind);
            if (instruction.jf >= behind) instruction.jf = static_cast<std::uint8_t>(instruction.jf % behind);
        }
    }
}

// The parts of an input, to be changed and put together again.
struct Parts {
    ClassicHeader header{};
    ClassicProgram program;
    std::vector<std::uint8_t> rest;
};

std::optional<Parts> parts_of(std::span<const std::uint8_t> input) {
    Parts parts;
    if (input.size() < sizeof(parts.header) + kInstructionBytes) return std::nullopt;
    std::memcpy(&parts.header, input.data(), sizeof(parts.header));
    input = input.subspan(sizeof(parts.header));
    const auto count = std::clamp<std::size_t>(parts.header.instructions, 1, input.size() / kInstructionBytes);
    parts.program.resize(count);
    std::memcpy(parts.program.data(), input.data(), count * kInstructionBytes);
    input = input.subspan(count * kInstructionBytes);
    parts.rest.assign(input.begin(), input.end());
    return parts;
}

std::size_t put_together(Parts parts, std::uint8_t* data, std::size_t max_size) {
    const auto fit = (max_size - sizeof(parts.header)) / kInstructionBytes;
    if (parts.program.size() > fit) parts.program.resize(fit);
    parts.header.instructions = static_cast<std::uint16_t>(parts.program.size());
    const auto program_bytes = parts.program.size() * kInstructionBytes;
    const auto rest_bytes = std::min(parts.rest.size(), max_size - sizeof(parts.header) - program_bytes);
    std::memcpy(data, &parts.header, sizeof(parts.header));
    std::memcpy(data + sizeof(parts.header), parts.program.data(), program_bytes);
    std::copy_n(parts.rest.begin(), rest_bytes, data + sizeof(parts.header) + program_bytes);
    return sizeof(parts.header) + program_bytes + rest_bytes;
}

// Of the kind that makes a difference.
class Dice {
   public:
    explicit Dice(unsigned seed) : random_(seed) {}
    std::size_t below(std::size_t bound) { return random_() % bound; }
    sock_filter instruction() {
        return {codes()[below(codes().size())], static_cast<std::uint8_t>(below(12)),
                static_cast<std::uint8_t>(below(12)), operand()};
    }
    std::uint32_t operand() {
        static constexpr std::array<std::uint32_t, 10> kEdges = {
            31, 32, 0x0800, 0x86dd, 0xfffb, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
        switch (below(4)) {
            case 0: return static_cast<std::uint32_t>(below(4));
            case 1: return kEdges[below(kEdges.size())];
            case 2: return 0u - static_cast<std::uint32_t>(below(20));
            default: return static_cast<std::uint32_t>(below(80));
        }
    }

   private:
    std::minstd_rand random_;
};

}  // namespace

std::optional<ClassicInput> decode_classic(std::span<const std::uint8_t> input) {
    auto parts = parts_of(input);
    if (!parts) return std::nullopt;
    ClassicInput out;
    const auto& header = parts->header;
    const std::size_t copies =
        header.copies < kManyCopies ? 1 : std::size_t{2} << static_cast<unsigned>(header.copies - kManyCopies);
    for (std::size_t i = 0; i < copies && out.program.size() < kMostInstructions; i++)
        out.program.insert(out.program.end(), parts->program.begin(), parts->program.end());
    if (header.raw % 2 == 0) mend(out.program, copies == 1);

    const auto& bytes = parts->rest;
    out.frame.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), kLongestFrame)));
    if (header.frame_len >= kLongFrame) {
        const std::size_t len = std::size_t{4} * (header.frame_len - kLongFrame);
        out.frame.resize(std::min(len, kLongestFrame));
        for (std::size_t i = bytes.size(); i < out.frame.size() && !bytes.empty(); i++)
            out.frame[i] = bytes[i % bytes.size()];
    }
    out.cap_len = header.cap_len % (out.frame.size() + 1);
    return out;
}

std::size_t mutate_classic(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
    auto parts = parts_of({data, size});
    if (!parts) return size;
    Dice dice(seed);
    auto& program = parts->program;
    const auto at = dice.below(program.size());
    const auto here = program.begin() + static_cast<std::ptrdiff_t>(at);
    switch (dice.below(8)) {
        case 0: program.insert(here, dice.instruction()); break;
        case 1: program[at] = dice.instruction(); break;
        case 2: program[at].code = dice.instruction().code; break;
        case 3: program[at].k = dice.operand(); break;
        case 4: program[at].jt = static_cast<std::uint8_t>(dice.below(program.size() - at)); break;
        case 5: program[at].jf = static_cast<std::uint8_t>(dice.below(program.size() - at)); break;
        case 6:
            if (program.size() > 1) program.erase(here);
            break;
        default: {
            // A stretch once more, elsewhere.
            const auto count = 1 + dice.below(std::min<std::size_t>(program.size() - at, 30));
            const ClassicProgram stretch(here, here + static_cast<std::ptrdiff_t>(count));
            const auto to = static_cast<std::ptrdiff_t>(dice.below(program.size()));
            program.insert(program.begin() + to, stretch.begin(), stretch.end());
            break;
        }
    }
    return put_together(std::move(*parts), data, max_size);
}

}  // namespace xdpsift::fuzz
