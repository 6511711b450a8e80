// SPDX-License-Identifier: BSD-2-Clause
#include "cli/quantity.h"

#include <gmock/gmock.h>

#include <string>

namespace xdpsift::cli {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

struct Accepted {
    const char* text;
    std::uint64_t value;
};
struct Refused {
    const char* text;
    const char* why;
};

TEST(Size, Accepts) {
    const Accepted cases[] = {{"10000", 10000},
                              {"1", 1},
                              {"1b", 1},
                              {"64k", 65536},
                              {"64K", 65536},
                              {"64KiB", 65536},
                              {"4M", 4u << 20},
                              {"4mib", 4u << 20},
                              {"1GiB", 1u << 30},
                              {"1.5G", 3ull << 29},
                              {"0.5k", 512},
                              {"0.3k", 307},
                              {"2T", 2ull << 40},
                              {"18446744073709551615", UINT64_MAX},
                              {"16777215T", 16777215ull << 40}};
    for (const auto& [text, value] : cases) {
        const auto size = parse_size("--max-bytes", text);
        ASSERT_TRUE(size) << text << ": " << size.error().message;
        EXPECT_EQ(*size, value) << text;
    }
}

TEST(Size, Refuses) {
    const Refused cases[] = {{"", "does not start with a digit"},
                             {"k", "does not start with a digit"},
                             {"-1", "does not start with a digit"},
                             {"+1", "does not start with a digit"},
                             {" 1", "does not start with a digit"},
                             {".5k", "does not start with a digit"},
                             {"0", "the smallest size allowed is 1 byte"},
                             {"0k", "the smallest size allowed is 1 byte"},
                             {"0.0001k", "the smallest size allowed is 1 byte"},
                             {"1.5", "a fraction needs a larger unit"},
                             {"1.k", "a digit must follow the point"},
                             {"1.1234567G", "at most 6 digits"},
                             {"1.5.5k", "\".5k\" is no unit of size"},
                             {"1x", "\"x\" is no unit of size"},
                             {"1 k", "\" k\" is no unit of size"},
                             {"10MB", "write MiB"},
                             {"10kb", "write kiB"},
                             {"1e9", "\"e9\" is no unit of size"},
                             {"0x10", "\"x10\" is no unit of size"},
                             {"18446744073709551616", "too large"},
                             {"16777216T", "too large"},
                             {"99999999999999999999999999", "too large"}};
    for (const auto& [text, why] : cases) {
        const auto size = parse_size("--max-bytes", text);
        ASSERT_FALSE(size) << text;
        EXPECT_EQ(size.error().status, ExitStatus::usage);
        EXPECT_THAT(size.error().message, HasSubstr(why)) << text;
        EXPECT_THAT(size.error().message, HasSubstr("--max-bytes: \"")) << text;
    }
}

TEST(Size, HoldsItsBounds) {
    EXPECT_EQ(*parse_size("--ring-size", "4k", 4096, 8192), 4096u);
    EXPECT_EQ(*parse_size("--ring-size", "8k", 4096, 8192), 8192u);
    EXPECT_THAT(parse_size("--ring-size", "4095", 4096, 8192).error().message,
                HasSubstr("smallest size allowed is 4096"));
    EXPECT_THAT(parse_size("--ring-size", "8193", 4096, 8192).error().message,
                HasSubstr("largest size allowed is 8192"));
}

TEST(Duration, Accepts) {
    const std::pair<const char*, std::chrono::nanoseconds> cases[] = {
        {"90", 90s},    {"90s", 90s}, {"1.5s", 1500ms}, {"0.25", 250ms},   {"200ms", 200ms},
        {"50us", 50us}, {"7ns", 7ns}, {"5m", 5min},     {"5min", 5min},    {"1h", 1h},
        {"1H", 1h},     {"2d", 48h},  {"1.5h", 90min},  {"0.000001", 1us}, {"106751d", 106751 * 24h}};
    for (const auto& [text, value] : cases) {
        const auto duration = parse_duration("--duration", text);
        ASSERT_TRUE(duration) << text << ": " << duration.error().message;
        EXPECT_EQ(*duration, value) << text;
    }
}

TEST(Duration, Refuses) {
    const Refused cases[] = {{"", "does not start with a digit"},
                             {"0", "longer than zero"},
                             {"0s", "longer than zero"},
                             {"0.1ns", "a fraction needs a larger unit"},
                             {"-5", "does not start with a digit"},
                             {"5x", "\"x\" is no unit of time"},
                             {"1h30m", "\"h30m\" is no unit of time"},
                             {"106752d", "longer than 292 years"},
                             {"99999999999h", "too large"},
                             {"1:30", "\":30\" is no unit of time"},
                             {"inf", "does not start with a digit"}};
    for (const auto& [text, why] : cases) {
        const auto duration = parse_duration("--duration", text);
        ASSERT_FALSE(duration) << text;
        EXPECT_EQ(duration.error().status, ExitStatus::usage);
        EXPECT_THAT(duration.error().message, HasSubstr(why)) << text;
    }
}

TEST(Duration, TextReadsBack) {
    for (const auto duration : {std::chrono::nanoseconds(300s), std::chrono::nanoseconds(1500ms),
                                std::chrono::nanoseconds(7us), std::chrono::nanoseconds(1)})
        EXPECT_EQ(*parse_duration("--duration", duration_text(duration)), duration);
    EXPECT_EQ(duration_text(5min), "300s");
    EXPECT_EQ(duration_text(1500ms), "1500ms");
}

TEST(Count, HoldsItsBounds) {
    EXPECT_EQ(*parse_count("-c", "1", 1, UINT64_MAX), 1u);
    EXPECT_EQ(*parse_count("-c", "18446744073709551615", 1, UINT64_MAX), UINT64_MAX);
    EXPECT_EQ(*parse_count("-s", "0", 0, 262144), 0u);
    const Refused cases[] = {{"0", "-c: \"0\": a whole number from 1 to 18446744073709551615 is needed"},
                             {"", "a whole number"},
                             {"-1", "a whole number"},
                             {"1.5", "in digits alone"},
                             {"10k", "in digits alone"},
                             {"10,000", "in digits alone"},
                             {"ten", "a whole number"},
                             {"18446744073709551616", "a whole number"}};
    for (const auto& [text, why] : cases) {
        const auto count = parse_count("-c", text, 1, UINT64_MAX);
        ASSERT_FALSE(count) << text;
        EXPECT_EQ(count.error().status, ExitStatus::usage);
        EXPECT_THAT(count.error().message, HasSubstr(why)) << text;
    }
}

TEST(Quantities, HostileInputIsBounded) {
    const auto is_short_error = [](const auto& result) { return !result && result.error().message.size() < 600; };
    for (const char c : {'9', '0', '.', 'k', '\0', '\xff', '-'}) {
        const std::string text(10'000'000, c);
        EXPECT_TRUE(is_short_error(parse_size("--max-bytes", text))) << c;
        EXPECT_TRUE(is_short_error(parse_size("--max-bytes", "1." + text))) << c;
        EXPECT_TRUE(is_short_error(parse_duration("--duration", text))) << c;
        EXPECT_TRUE(is_short_error(parse_count("-c", text, 1, 9))) << c;
    }
}

}  // namespace
}  // namespace xdpsift::cli
