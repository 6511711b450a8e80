// SPDX-License-Identifier: BSD-2-Clause
#include "cli/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "cli/quoted.h"

namespace xdpsift::cli {
namespace {

// More digits would overflow 64 bits together with the largest unit.
constexpr std::size_t kFractionDigits = 6;
constexpr std::uint64_t kFractionScale = 1'000'000;

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::uint64_t kKi = 1024, kMi = kKi * 1024, kGi = kMi * 1024, kTi = kGi * 1024;
constexpr Unit kSizeUnits[] = {{"", 1},      {"b", 1},   {"k", kKi},   {"kib", kKi}, {"m", kMi},
                               {"mib", kMi}, {"g", kGi}, {"gib", kGi}, {"t", kTi},   {"tib", kTi}};
constexpr Unit kTimeUnits[] = {{"", 1'000'000'000},
                               {"ns", 1},
                               {"us", 1'000},
                               {"ms", 1'000'000},
                               {"s", 1'000'000'000},
                               {"m", 60'000'000'000},
                               {"min", 60'000'000'000},
                               {"h", 3'600'000'000'000},
                               {"d", 86'400'000'000'000}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::optional<std::uint64_t> parse_digits(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// "12.5k" taken apart; the text of the unit is not judged.
struct Decimal {
    std::uint64_t whole = 0;
    std::uint64_t millionths = 0;
    bool has_fraction = false;
    std::string_view unit;
};

tl::expected<Decimal, std::string> parse_decimal(std::string_view text) {
    const auto end_of_digits = [text](std::size_t at) {
        while (at < text.size() && is_digit(text[at])) ++at;
        return at;
    };
    Decimal out;
    std::size_t at = end_of_digits(0);
    if (at == 0) return tl::unexpected(std::string("it does not start with a digit"));
    const auto whole = parse_digits(text.substr(0, at));
    if (!whole) return tl::unexpected(std::string("the number is too large"));
    out.whole = *whole;
    if (at < text.size() && text[at] == '.') {
        const std::size_t begin = at + 1;
        at = end_of_digits(begin);
        if (at == begin) return tl::unexpected(std::string("a digit must follow the point"));
        if (at - begin > kFractionDigits)
            return tl::unexpected(fmt::format("at most {} digits may follow the point", kFractionDigits));
        out.has_fraction = true;
        for (std::size_t i = 0; i < kFractionDigits; ++i)
            out.millionths =
                out.millionths * 10 + (begin + i < at ? static_cast<std::uint64_t>(text[begin + i] - '0') : 0);
    }
    out.unit = text.substr(at);
    return out;
}

// The number times its unit, rounded down.
tl::expected<std::uint64_t, std::string> scale(const Decimal& number, std::uint64_t factor) {
    std::uint64_t product = 0, sum = 0;
    if (__builtin_mul_overflow(number.whole, factor, &product) ||
        __builtin_add_overflow(product, number.millionths * factor / kFractionScale, &sum))
        return tl::unexpected(std::string("the number is too large"));
    if (number.has_fraction && factor == 1) return tl::unexpected(std::string("a fraction needs a larger unit"));
    return sum;
}

template <std::size_t N>
std::optional<std::uint64_t> factor_of(std::string_view unit, const Unit (&units)[N]) {
    const auto* found = std::find_if(units, units + N, [unit](const Unit& entry) { return entry.name == unit; });
    return found == units + N ? std::nullopt : std::optional(found->factor);
}

auto refuse(std::string_view option, std::string_view text, std::string_view why) {
    return fail(ExitStatus::usage, fmt::format("{}: {}: {}", option, in_quotes(text), why));
}

}  // namespace

Result<std::uint64_t> parse_count(std::string_view option, std::string_view text, std::uint64_t smallest,
                                  std::uint64_t largest) {
    const auto value = parse_digits(text);
    if (value && *value >= smallest && *value <= largest) return *value;
    const bool starts_as_number = !text.empty() && is_digit(text.front());
    const bool only_digits = starts_as_number && std::all_of(text.begin(), text.end(), is_digit);
    return refuse(option, text,
                  fmt::format("a whole number from {} to {} is needed{}", smallest, largest,
                              starts_as_number && !only_digits ? ", in digits alone" : ""));
}

Result<std::uint64_t> parse_size(std::string_view option, std::string_view text, std::uint64_t smallest,
                                 std::uint64_t largest) {
    const auto number = parse_decimal(text);
    if (!number) return refuse(option, text, number.error() + " (a size is written like 10000, 64k, 4M or 1.5G)");
    const auto unit = lower(number->unit);
    if (unit == "kb" || unit == "mb" || unit == "gb" || unit == "tb") {
        const std::string letter(number->unit.substr(0, 1));
        return refuse(option, text,
                      fmt::format("{} can mean two things: write {}iB for powers of 1024, or the bytes in digits",
                                  number->unit, letter));
    }
    const auto factor = factor_of(unit, kSizeUnits);
    if (!factor)
        return refuse(option, text, fmt::format("{} is no unit of size: use k, M, G or T", in_quotes(number->unit)));
    const auto bytes = scale(*number, *factor);
    if (!bytes) return refuse(option, text, bytes.error());
    if (*bytes < smallest)
        return refuse(option, text,
                      fmt::format("the smallest size allowed is {} byte{}", smallest, smallest == 1 ? "" : "s"));
    if (*bytes > largest) return refuse(option, text, fmt::format("the largest size allowed is {} bytes", largest));
    return *bytes;
}

Result<std::chrono::nanoseconds> parse_duration(std::string_view option, std::string_view text) {
    const auto number = parse_decimal(text);
    if (!number) return refuse(option, text, number.error() + " (a time is written like 90, 1.5s, 200ms, 5m or 1h)");
    const auto factor = factor_of(lower(number->unit), kTimeUnits);
    if (!factor)
        return refuse(option, text,
                      fmt::format("{} is no unit of time: use ns, us, ms, s, m, h or d", in_quotes(number->unit)));
    const auto ns = scale(*number, *factor);
    if (!ns) return refuse(option, text, ns.error());
    if (*ns == 0) return refuse(option, text, "the time must be longer than zero");
    if (*ns > static_cast<std::uint64_t>(INT64_MAX)) return refuse(option, text, "the time is longer than 292 years");
    return std::chrono::nanoseconds(static_cast<std::int64_t>(*ns));
}

std::string duration_text(std::chrono::nanoseconds duration) {
    const auto ns = duration.count();
    if (ns % 1'000'000'000 == 0) return fmt::format("{}s", ns / 1'000'000'000);
    if (ns % 1'000'000 == 0) return fmt::format("{}ms", ns / 1'000'000);
    if (ns % 1'000 == 0) return fmt::format("{}us", ns / 1'000);
    return fmt::format("{}ns", ns);
}

}  // namespace xdpsift::cli
