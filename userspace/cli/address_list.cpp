// SPDX-License-Identifier: BSD-2-Clause
#include "cli/address_list.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>

#include "cli/list_entries.h"
#include "cli/list_file.h"
#include "cli/quoted.h"

namespace xdpsift::cli {
namespace {

// Why an entry is refused; the caller says which entry it was.
template <typename T>
using Parsed = tl::expected<T, std::string>;

auto refuse(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

// Network byte order; an IPv4 address takes the first four bytes.
struct Address {
    int family = AF_UNSPEC;
    Ipv6Address bytes{};

    std::size_t size() const { return family == AF_INET ? 4 : 16; }
    std::string text() const {
        char out[INET6_ADDRSTRLEN] = "";
        return ::inet_ntop(family, bytes.data(), out, sizeof(out)) == nullptr ? std::string() : std::string(out);
    }
};

Parsed<Address> parse_address(std::string_view text) {
    Address out;
    out.family = text.find(':') == std::string_view::npos ? AF_INET : AF_INET6;
    char terminated[INET6_ADDRSTRLEN];
    // inet_pton would stop at a NUL and miss what follows it.
    if (text.size() < sizeof(terminated) && text.find('\0') == std::string_view::npos) {
        text.copy(terminated, text.size());
        terminated[text.size()] = '\0';
        if (::inet_pton(out.family, terminated, out.bytes.data()) == 1) return out;
    }
    if (text.empty()) return refuse("an address is missing");
    if (text.find('%') != std::string_view::npos)
        return refuse("a zone (%...) is not part of the address in a packet: leave it out");
    if (text.find('/') != std::string_view::npos) return refuse("a prefix cannot be the end of a range");
    const bool digits_and_dots = text.find_first_not_of("0123456789.") == std::string_view::npos;
    if (out.family == AF_INET6) return refuse("not an IPv6 address");
    if (digits_and_dots) return refuse("not an IPv4 address: four numbers from 0 to 255, without leading zeros");
    return refuse("not an address (names are not looked up)");
}

// The lowest or, with `ones`, the highest address under the prefix.
Address fill_host_bits(Address address, unsigned prefix_length, bool ones) {
    for (unsigned bit = prefix_length; bit < address.size() * 8; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80u >> (bit % 8));
        auto& byte = address.bytes[bit / 8];
        byte = static_cast<std::uint8_t>(ones ? byte | mask : byte & ~mask);
    }
    return address;
}

std::uint32_t ipv4_number(const Address& address) {
    std::uint32_t value = 0;
    std::memcpy(&value, address.bytes.data(), sizeof(value));
    return ntohl(value);
}

void add_range(const Address& first, const Address& last, AddressSet& set) {
    if (first.family == AF_INET)
        set.v4.push_back({ipv4_number(first), ipv4_number(last)});
    else
        set.v6.push_back({first.bytes, last.bytes});
}

Parsed<void> add_prefix(std::string_view address_text, std::string_view length_text, AddressSet& set) {
    const auto address = parse_address(trimmed(address_text));
    if (!address) return refuse(address.error());
    const auto bits = static_cast<unsigned>(address->size() * 8);
    unsigned length = 0;
    const char* const end = length_text.data() + length_text.size();
    const auto [stop, error] = std::from_chars(length_text.data(), end, length);
    if (length_text.empty() || stop != end || error != std::errc() || length > bits)
        return refuse(fmt::format("the prefix length after the / must be a number from 0 to {}", bits));
    const Address first = fill_host_bits(*address, length, false);
    if (first.bytes != address->bytes)
        return refuse(fmt::format("bits are set behind the prefix: did you mean {}/{} or {}/{}?", first.text(), length,
                                  address->text(), bits));
    add_range(first, fill_host_bits(first, length, true), set);
    return {};
}

Parsed<void> add_entry(std::string_view entry, AddressSet& set) {
    const auto dash = entry.find('-');
    if (dash == std::string_view::npos) {
        const auto slash = entry.find('/');
        if (slash != std::string_view::npos)
            return add_prefix(entry.substr(0, slash), trimmed(entry.substr(slash + 1)), set);
        const auto address = parse_address(entry);
        if (!address) return refuse(address.error());
        add_range(*address, *address, set);
        return {};
    }
    const auto first = parse_address(trimmed(entry.substr(0, dash)));
    if (!first) return refuse(first.error());
    const auto last = parse_address(trimmed(entry.substr(dash + 1)));
    if (!last) return refuse(last.error());
    if (first->family != last->family) return refuse("a range cannot lead from IPv4 to IPv6 or back");
    if (last->bytes < first->bytes) return refuse("the range ends before it begins");
    add_range(*first, *last, set);
    return {};
}

// Returns how many entries the file holds.
Result<std::size_t> add_file(const std::string& path, AddressSet& set) {
    const auto content = read_list_file(path);
    if (!content) return tl::unexpected(content.error());
    std::string_view rest = *content;
    if (rest.substr(0, 3) == "\xef\xbb\xbf") rest.remove_prefix(3);  // byte order mark
    std::size_t entries = 0;
    for (std::size_t line = 1; !rest.empty(); ++line) {
        const auto whole = next_entry(rest, '\n');
        const auto entry = trimmed(whole.substr(0, whole.find('#')));
        if (entry.empty()) continue;
        const auto added =
            entry.front() == '@' ? Parsed<void>(refuse("a list file cannot name another file")) : add_entry(entry, set);
        if (!added)
            return fail(ExitStatus::usage,
                        fmt::format("{}:{}: {}: {}", printable(path, 4096), line, in_quotes(entry), added.error()));
        ++entries;
    }
    if (entries == 0)
        return fail(ExitStatus::usage, fmt::format("list file {}: no entry in it", printable(path, 4096)));
    return entries;
}

// False where there is no next address.
bool next_address(std::uint32_t& address) { return ++address != 0; }
bool next_address(Ipv6Address& address) {
    for (auto byte = address.rbegin(); byte != address.rend(); ++byte)
        if (++*byte != 0) return true;
    return false;
}

// Sorts, then joins what overlaps or touches.
template <typename Range>
void normalise(std::vector<Range>& ranges) {
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    std::size_t kept = 0;
    for (std::size_t i = 1; i < ranges.size(); ++i) {
        auto after = ranges[kept].last;
        if (!next_address(after) || ranges[i].first <= after)
            ranges[kept].last = std::max(ranges[kept].last, ranges[i].last);
        else
            ranges[++kept] = ranges[i];
    }
    if (!ranges.empty()) ranges.resize(kept + 1);
    ranges.shrink_to_fit();
}

}  // namespace

Result<AddressSet> parse_address_list(std::string_view option, std::string_view text) {
    if (trimmed(text).empty()) return fail(ExitStatus::usage, fmt::format("{}: the list is empty", option));
    AddressSet set;
    std::string written;
    std::size_t entries = 0;
    // A comma at the end leaves an empty last entry, which next_entry() alone would not show.
    bool more = true;
    for (std::string_view rest = text; more;) {
        more = rest.find(',') != std::string_view::npos;
        const auto entry = next_entry(rest);
        if (entry.empty()) return fail(ExitStatus::usage, fmt::format("{}: an entry of the list is empty", option));
        if (!written.empty()) written += ',';
        written += entry;
        if (entry.front() == '@') {
            const auto count = add_file(std::string(entry.substr(1)), set);
            if (!count) return with_context(option, count.error());
            written += fmt::format(" ({} entr{})", *count, *count == 1 ? "y" : "ies");
            entries += *count;
        } else {
            const auto added = add_entry(entry, set);
            if (!added)
                return fail(ExitStatus::usage, fmt::format("{}: {}: {}", option, in_quotes(entry), added.error()));
            ++entries;
        }
    }
    normalise(set.v4);
    normalise(set.v6);
    set.text = list_text(std::move(written), entries);
    return set;
}

}  // namespace xdpsift::cli
