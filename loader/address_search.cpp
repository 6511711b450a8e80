// SPDX-License-Identifier: BSD-2-Clause
#include "loader/address_search.h"

#include <compare>
#include <cstdint>
#include <limits>
#include <span>

#include "expression/assembler.h"

namespace xdpsift::loader {
namespace {

using expression::Assembler;

constexpr std::uint8_t kFound = BPF_REG_0;
constexpr std::uint8_t kAddress = BPF_REG_1;  // of IPv6, its upper half
constexpr std::uint8_t kLower = BPF_REG_2;
constexpr std::uint8_t kConstant = BPF_REG_3;

// 128-bit arithmetic on addresses; both compilers that we support have it.
__extension__ using Wide = unsigned __int128;

Wide to_wide(std::uint32_t address) { return address; }
Wide to_wide(const Ipv6Address& address) {
    Wide value = 0;
    for (const auto byte : address) value = value << 8 | byte;
    return value;
}

// Where a range begins, and where the next address behind one is: an address is in the list when an odd number of these
// are at or before it. Behind the very last address nothing is.
template <typename Range>
std::vector<Wide> boundaries(const std::vector<Range>& ranges, Wide last_address) {
    std::vector<Wide> out;
    for (const auto& range : ranges) {
        out.push_back(to_wide(range.first));
        if (to_wide(range.last) != last_address) out.push_back(to_wide(range.last) + 1);
    }
    return out;
}

struct Exits {
    Assembler::Label found, not_found;
    Assembler::Label at(bool inside) const { return inside ? found : not_found; }
};

// How an address is compared with a constant. Falls through where the condition does not hold.
struct Ipv4Comparison {
    static void jump_if_equal(Assembler& code, Wide address, Assembler::Label to) {
        code.jump_if(BPF_JMP32, BPF_JEQ, kAddress, static_cast<std::int32_t>(address), to);
    }
    static void jump_if_not_below(Assembler& code, Wide boundary, Assembler::Label to) {
        code.jump_if(BPF_JMP32, BPF_JGE, kAddress, static_cast<std::int32_t>(boundary), to);
    }
};
struct Ipv6Comparison {
    static std::uint64_t upper(Wide address) { return static_cast<std::uint64_t>(address >> 64); }
    static std::uint64_t lower(Wide address) { return static_cast<std::uint64_t>(address); }
    static void jump_if_equal(Assembler& code, Wide address, Assembler::Label to) {
        const auto no = code.new_label();
        code.move_wide(kConstant, upper(address));
        code.jump_if_register(BPF_JMP, BPF_JNE, kAddress, kConstant, no);
        code.move_wide(kConstant, lower(address));
        code.jump_if_register(BPF_JMP, BPF_JEQ, kLower, kConstant, to);
        code.bind(no);
    }
    static void jump_if_not_below(Assembler& code, Wide boundary, Assembler::Label to) {
        code.move_wide(kConstant, upper(boundary));
        // Networks end at a boundary of their halves.
        if (lower(boundary) == 0) {
            code.jump_if_register(BPF_JMP, BPF_JGE, kAddress, kConstant, to);
            return;
        }
        const auto below = code.new_label();
        code.jump_if_register(BPF_JMP, BPF_JGT, kAddress, kConstant, to);
        code.jump_if_register(BPF_JMP, BPF_JLT, kAddress, kConstant, below);
        code.move_wide(kConstant, lower(boundary));
        code.jump_if_register(BPF_JMP, BPF_JGE, kLower, kConstant, to);
        code.bind(below);
    }
};

// `inside`: whether what is before the first of these boundaries is in the list.
template <typename Comparison>
void halve(Assembler& code, std::span<const Wide> boundaries, bool inside, const Exits& exits) {
    if (boundaries.size() == 2 && !inside && boundaries[1] == boundaries[0] + 1) {
        Comparison::jump_if_equal(code, boundaries[0], exits.found);
        code.jump(exits.not_found);
        return;
    }
    if (boundaries.empty()) {
        code.jump(exits.at(inside));
        return;
    }
    const auto middle = boundaries.size() / 2;
    const auto behind = boundaries.subspan(middle + 1);
    const bool inside_behind = inside != (middle % 2 == 0);
    const auto upper = behind.empty() ? exits.at(inside_behind) : code.new_label();
    Comparison::jump_if_not_below(code, boundaries[middle], upper);
    halve<Comparison>(code, boundaries.first(middle), inside, exits);
    if (behind.empty()) return;
    code.bind(upper);
    halve<Comparison>(code, behind, inside_behind, exits);
}

template <typename Comparison>
Stretch search_between(const std::vector<Wide>& boundaries) {
    Assembler code;
    const auto done = code.new_label();
    code.bind(done);
    code.jump(done);  // aimed by whoever places it
    const Exits exits{code.new_label(), code.new_label()};
    halve<Comparison>(code, boundaries, false, exits);
    for (const bool found : {true, false}) {
        if (!code.used(exits.at(found))) continue;
        code.bind(exits.at(found));
        code.move(BPF_ALU64, kFound, found ? 1 : 0);
        code.jump(done);
    }
    return code.code();
}

}  // namespace

Stretch search(const std::vector<Ipv4Range>& ranges) {
    return search_between<Ipv4Comparison>(boundaries(ranges, std::numeric_limits<std::uint32_t>::max()));
}

Stretch search(const std::vector<Ipv6Range>& ranges) {
    return search_between<Ipv6Comparison>(boundaries(ranges, ~Wide{0}));
}

}  // namespace xdpsift::loader
