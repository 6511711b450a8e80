// SPDX-License-Identifier: BSD-2-Clause
#include "cli/caveats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string_view>

#include "cli/expression_words.h"
#include "cli/quoted.h"
#include "expression/paths.h"
#include "expression/translate.h"

namespace xdpsift::cli {
namespace {

using expression::ClassicProgram;

constexpr std::uint32_t kFragmentOffset = 0x1fff;
constexpr std::uint32_t kEtherTypeAt = 12;
constexpr std::uint32_t kIpv4 = 0x0800;
constexpr std::uint32_t kIpv6 = 0x86dd;
constexpr std::uint32_t kIpv6Fragment = 44;
// Bytes that a program in the kernel can reach.
constexpr std::uint64_t kReach = 0xffff;

// What the classic program does.
class Facts {
   public:
    explicit Facts(const ClassicProgram& program) : program_(program), flow_(expression::flow_of(program)) {}

    bool compares(std::uint32_t value) const { return any(BPF_JMP | BPF_JEQ | BPF_K, value); }
    // Where the value is found, a packet may still match.
    bool asks_for(std::uint32_t value) const {
        if (program_.empty()) return false;
        const auto ahead = expression::look_ahead(flow_, expression::Guards::early);
        for (std::size_t i = 0; i < program_.size(); i++) {
            const auto& one = program_[i];
            if (one.code == (BPF_JMP | BPF_JEQ | BPF_K) && one.k == value && !ahead[flow_.next[i].at[0]].rejects)
                return true;
        }
        return false;
    }
    bool tests_bits(std::uint32_t mask) const { return any(BPF_JMP | BPF_JSET | BPF_K, mask); }
    bool loads_half(std::uint32_t offset) const { return any(BPF_LD | BPF_H | BPF_ABS, offset); }
    bool loads_beyond_reach() const {
        return has([](const sock_filter& one) {
            return is_load(one) && std::uint64_t{one.k} + expression::load_size(one) > kReach;
        });
    }
    bool loops() const { return expression::has_loops(flow_); }
    bool reads_unset_memory() const {
        if (program_.empty()) return false;
        const auto live = expression::look_ahead(flow_, expression::Guards::at_loads).front().live;
        return (live & (expression::kLiveA - 1)) != 0;
    }
    bool reads_length() const { return expression::reads_length(program_); }

   private:
    static bool is_load(const sock_filter& one) {
        const auto mode = BPF_MODE(one.code);
        return (BPF_CLASS(one.code) == BPF_LD && (mode == BPF_ABS || mode == BPF_IND)) ||
               (BPF_CLASS(one.code) == BPF_LDX && mode == BPF_MSH);
    }
    template <typename Condition>
    bool has(Condition condition) const {
        return std::any_of(program_.begin(), program_.end(), condition);
    }
    bool any(int code, std::uint32_t k) const {
        return has([=](const sock_filter& one) { return one.code == code && one.k == k; });
    }

    const ClassicProgram& program_;
    expression::Flow flow_;
};

class Words {
   public:
    explicit Words(const std::string& expression) : words_(expression_words(expression)) {}

    bool has(std::initializer_list<std::string_view> keywords) const {
        return std::any_of(words_.begin(), words_.end(), [&](const ExpressionWord& word) {
            return std::any_of(keywords.begin(), keywords.end(), [&](auto keyword) { return word.is(keyword); });
        });
    }
    bool indexes(std::initializer_list<std::string_view> keywords) const {
        return std::any_of(words_.begin(), words_.end(), [&](const ExpressionWord& word) {
            return word.indexed &&
                   std::any_of(keywords.begin(), keywords.end(), [&](auto keyword) { return word.is(keyword); });
        });
    }
    bool has_pair(std::string_view first, std::string_view second) const {
        return std::adjacent_find(words_.begin(), words_.end(), [&](const auto& a, const auto& b) {
                   return a.is(first) && b.is(second);
               }) != words_.end();
    }
    // There is more behind `keyword` than its number and closing parentheses.
    bool something_follows(std::string_view keyword) const {
        auto at = std::find_if(words_.begin(), words_.end(), [&](const auto& word) { return word.is(keyword); });
        if (at == words_.end()) return false;
        at++;
        if (at != words_.end() && std::isdigit(static_cast<unsigned char>(at->text.front())) != 0) at++;
        return std::any_of(at, words_.end(), [](const auto& word) { return !word.is(")"); });
    }
    std::vector<std::string> names() const { return names_to_resolve(words_); }

   private:
    std::vector<ExpressionWord> words_;
};

class Collection {
   public:
    Collection(const FilterOptions& options, const expression::Compiled& compiled)
        : fields_(options.filter), compiled_(compiled), facts_(compiled.program), words_(options.expression) {}

    std::vector<Caveat> all() {
        fragments();
        ipv6();
        tags();
        encapsulation();
        tunnels();
        what_is_not_in_the_frame();
        bounds();
        compilation();
        return std::move(caveats_);
    }

   private:
    void add_when(bool applies, const char* about, std::string text) {
        if (applies) caveats_.push_back({about, std::move(text)});
    }
    bool asks_ports() const { return fields_.sport || fields_.dport || fields_.port; }

    void fragments() {
        add_when(facts_.tests_bits(kFragmentOffset), "fragments",
                 "Ports, and bytes behind the IPv4 header, are looked for in unfragmented packets and first fragments "
                 "alone. A later fragment has none: `port 53` never matches it, `not port 53` always does.");
        add_when(asks_ports() && !facts_.tests_bits(kFragmentOffset), "fragments",
                 "Later fragments carry no ports: --port, --sport and --dport do not match them. Addresses and --proto "
                 "do.");
    }

    void ipv6() {
        const bool sees_ipv6 = facts_.asks_for(kIpv6);
        add_when(sees_ipv6 && facts_.compares(kIpv6Fragment), "ipv6-extension-headers",
                 "In IPv6, `tcp`, `udp`, `proto` and the like look at the next-header field of the IPv6 header and, "
                 "where that leads to a fragment header, at the one in it. Other extension headers hide what is behind "
                 "them; --proto looks through up to eight.");
        add_when(sees_ipv6 && words_.has({"port", "portrange"}), "ipv6-extension-headers",
                 "In IPv6, ports are found right behind the IPv6 header alone: behind an extension header, a fragment "
                 "header included, they are not. --port looks through up to eight.");
        add_when(words_.indexes({"icmp6"}), "ipv6-extension-headers",
                 "`icmp6[...]` takes what stands right behind the IPv6 header: an extension header hides it.");
        add_when(words_.indexes({"tcp", "udp", "sctp", "icmp", "igmp", "pim", "ah", "esp"}), "ipv4-only",
                 "`tcp[...]`, `udp[...]` and the like look into IPv4 packets alone.");
    }

    void tags() {
        const bool has_vlan = words_.has({"vlan"});
        add_when(
            !compiled_.program.empty() && !has_vlan && facts_.loads_half(kEtherTypeAt), "vlan-tags",
            "The expression does not look behind VLAN tags, for it has no `vlan`: a tagged packet is none of IP to "
            "it. --host, --port and the other options look through up to two tags.");
        add_when(
            has_vlan || fields_.vlan, "stripped-tags",
            "Only tags that stand in the frame are found. A card may strip the tag before XDP sees the packet, and "
            "veth carries it beside the frame: `xdpsift doctor -i NAME` tells, `ethtool -K NAME rxvlan off` (on "
            "veth, `txvlan off` at the other end) puts it back.");
    }

    void encapsulation() {
        for (const std::string_view keyword : {"vlan", "mpls", "pppoes", "geneve"}) {
            add_when(words_.something_follows(keyword), "order",
                     fmt::format("`{0}` moves all that is written behind it further into the frame, behind the header "
                                 "that it stands for, the other side of an `or` too: `{0} or tcp` looks for TCP inside "
                                 "alone. What is meant for packets without it comes first: `tcp or {0}`.",
                                 keyword));
        }
    }

    void tunnels() {
        const bool fields_ask = fields_.src || fields_.dst || fields_.host || fields_.proto || asks_ports();
        const bool expression_asks =
            (facts_.compares(kIpv4) || facts_.compares(kIpv6)) && !words_.has({"geneve", "mpls", "pppoes"});
        add_when(
            fields_ask || expression_asks, "tunnels",
            "Addresses, protocols and ports are those of the outer headers: what travels inside of a tunnel (IP in "
            "IP, GRE, VXLAN, IPsec, ...) is not looked at.");
    }

    void what_is_not_in_the_frame() {
        add_when(words_.has_pair("ip", "broadcast"), "ip-broadcast",
                 "`ip broadcast` needs the network's mask, which is not known here: it finds 255.255.255.255 and "
                 "0.0.0.0 and no network's own broadcast address.");
        add_when(facts_.reads_length(), "length",
                 "`len`, `less` and `greater` are the length of the whole frame from the Ethernet header on, whatever "
                 "-s keeps of it: without the check sum at its end, and without a tag that the card has stripped.");
    }

    void bounds() {
        add_when(facts_.loops(), "protochain",
                 fmt::format("`protochain` goes through {} headers at most; a longer chain does not match.",
                             expression::kMaxRounds));
        add_when(facts_.reads_unset_memory(), "memory",
                 "The program that libpcap made reads memory before it is set: it is zero here, where libpcap leaves "
                 "it to chance.");
        add_when(facts_.loads_beyond_reach(), "reach",
                 "Bytes of a frame from the 65,535th on cannot be reached in the kernel: where the expression asks for "
                 "them, no packet matches.");
    }

    void compilation() {
        std::vector<std::string> names;
        for (const auto& name : words_.names()) names.push_back(printable(name, kQuotedBytes));
        add_when(!names.empty(), "names",
                 fmt::format("Names are looked up once, when the filter is compiled, and stand for the addresses of "
                             "that moment: {}.",
                             fmt::join(names, ", ")));
        add_when(
            compiled_.program.size() > expression::kMostOptimised, "optimiser",
            fmt::format("With {} instructions the expression is too long for libpcap's optimiser, which takes {} "
                        "at most here: it is translated as it is. For a frame too short for the headers that are asked "
                        "about the two may differ, as tcpdump does with and without -O.",
                        compiled_.program.size(), expression::kMostOptimised));
    }

    const Filter& fields_;
    const expression::Compiled& compiled_;
    Facts facts_;
    Words words_;
    std::vector<Caveat> caveats_;
};

}  // namespace

std::vector<Caveat> caveats(const FilterOptions& options, const expression::Compiled& compiled) {
    return Collection(options, compiled).all();
}

}  // namespace xdpsift::cli
