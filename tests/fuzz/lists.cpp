// SPDX-License-Identifier: BSD-2-Clause
// Every parser of one option's value. Input: a byte that chooses the parser, then the value.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/address_list.h"
#include "cli/number_list.h"
#include "cli/quantity.h"
#include "fuzz/address_set.h"
#include "fuzz/refusal.h"
#include "fuzz/require.h"

namespace {

using namespace xdpsift;
using namespace xdpsift::cli;

template <typename T>
bool accepted(const Result<T>& value) {
    if (!value) fuzz::check_refusal(value.error());
    return value.has_value();
}

void check_addresses(std::string text) {
    // Whatever files the machine has are no input: files.cpp has one of its own.
    std::erase(text, '@');
    const auto set = parse_address_list("--src", text);
    if (accepted(set)) fuzz::check_addresses(*set);
}

template <typename Parse>
void check_numbers(std::string_view text, Parse parse) {
    const auto set = parse("--port", text);
    if (!accepted(set)) return;
    XS_REQUIRE(set->numbers.any());
    // What is shown for the list means the list, unless it had to be shortened.
    if (set->text.size() <= text.size()) {
        const auto again = parse("--port", set->text);
        XS_REQUIRE(again && again->numbers == set->numbers);
    }
}

void check_count(std::string_view text) {
    const auto value = parse_count("-c", text, 1, 1'000'000);
    if (accepted(value)) XS_REQUIRE(*value >= 1 && *value <= 1'000'000);
}

void check_size(std::string_view text) {
    const auto value = parse_size("--max-bytes", text, 10, std::uint64_t{1} << 50);
    if (accepted(value)) XS_REQUIRE(*value >= 10 && *value <= std::uint64_t{1} << 50);
}

void check_duration(std::string_view text) {
    const auto value = parse_duration("--duration", text);
    if (!accepted(value)) return;
    XS_REQUIRE(value->count() > 0);
    const auto again = parse_duration("--duration", duration_text(*value));
    XS_REQUIRE(again && *again == *value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 7) {
        case 0: check_addresses(text); break;
        case 1: check_numbers(text, parse_port_list); break;
        case 2: check_numbers(text, parse_protocol_list); break;
        case 3: check_numbers(text, parse_vlan_list); break;
        case 4: check_count(text); break;
        case 5: check_size(text); break;
        case 6: check_duration(text); break;
        default: break;
    }
    return 0;
}
