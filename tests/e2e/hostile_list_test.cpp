// SPDX-License-Identifier: BSD-2-Clause
// A filter list of 10 MB by somebody who means ill: refused in little time and memory, with the file and the line.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "e2e/capture_fixture.h"
#include "harness/repetitions.h"

namespace xdpsift::e2e {
namespace {

using testing::HasSubstr;

constexpr std::size_t kListBytes = 10'000'000;
constexpr long kMostMemoryKib = 512 << 10;
// For a slow machine; in truth it takes less than a second.
constexpr auto kMostTime = std::chrono::seconds(60);

std::string repeated(std::string_view piece) {
    std::string text;
    while (text.size() < kListBytes) text += piece;
    return text;
}

std::string random_bytes() {
    std::minstd_rand random(7);
    std::string text(kListBytes, '\0');
    for (char& byte : text) byte = static_cast<char>(random() >> 8);
    // Else there may be a line of blanks in front.
    text[0] = 'x';
    return text;
}

// `entry` for ever new numbers, a line each.
template <typename Entry>
std::string lines_of(Entry entry, std::size_t bytes = kListBytes) {
    std::string text;
    for (unsigned i = 0; text.size() < bytes; i++) text += entry(i) + "\n";
    return text;
}

std::string dotted(unsigned number) {
    return std::to_string(number >> 24) + "." + std::to_string(number >> 16 & 255) + "." +
           std::to_string(number >> 8 & 255) + "." + std::to_string(number & 255);
}

std::string hex(unsigned number) {
    char text[16];
    std::snprintf(text, sizeof(text), "%x", number);
    return text;
}

std::string line_count(const std::string& text) {
    return std::to_string(std::count(text.begin(), text.end(), '\n') + 1);
}

struct Shape {
    const char* name;
    std::string (*content)();
    // What stands behind the file's name.
    std::string (*complaint)(const std::string& content) = [](const std::string&) { return std::string(":1: "); };
};

class HostileListTest : public CaptureTest, public testing::WithParamInterface<Shape> {};

TEST_P(HostileListTest, IsRefusedByFileAndLine) {
    const std::string content = GetParam().content();
    const std::string list = file_with("list", content);
    veth();
    const auto before = std::chrono::steady_clock::now();
    Running running = spawn({.args = {"--src", "@" + list}});
    ASSERT_TRUE(running.process->wait_for(kMostTime));
    RecordProperty("ms", std::to_string((std::chrono::steady_clock::now() - before) / std::chrono::milliseconds(1)));
    const std::string err = running.process->err();
    EXPECT_EQ(running.process->exit_status(), 2) << err;
    EXPECT_THAT(err, HasSubstr("--src: "));
    EXPECT_THAT(err, HasSubstr(list + GetParam().complaint(content)));
    // A screen takes it, and nothing in it means anything to a terminal.
    EXPECT_LT(err.size(), 1000u);
    EXPECT_TRUE(std::all_of(err.begin(), err.end() - 1, [](unsigned char c) { return c >= 0x20 && c != 0x7f; })) << err;
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    EXPECT_LT(usage.ru_maxrss, kMostMemoryKib);
    EXPECT_FALSE(attached_program(veth()));
    EXPECT_FALSE(std::filesystem::exists(running.output));
}

const Shape kShapes[] = {
    {"OneLine", [] { return repeated("a"); }},
    {"Nuls", [] { return std::string(kListBytes, '\0'); }},
    {"Digits", [] { return repeated("9"); }},
    {"Dots", [] { return repeated("1."); }},
    {"Colons", [] { return repeated("::"); }},
    {"Slashes", [] { return repeated("1/"); }},
    {"Dashes", [] { return repeated("10.0.0.1-"); }},
    {"LongPrefixLength", [] { return "10.0.0.0/" + repeated("9"); }},
    {"Ats", [] { return repeated("@"); }},
    {"Itself", [] { return std::string("@/proc/self/fd/0\n"); }},
    {"Escapes", [] { return repeated("\033[2J\033]0;x\007"); }},
    {"CarriageReturns", [] { return repeated("x\r"); }},
    {"RandomBytes", random_bytes},
    {"NearlyPrefixes", [] { return lines_of([](unsigned i) { return dotted(i) + "/33"; }); }},
    {"OneWrongAmongAMillion", [] { return lines_of([](unsigned i) { return dotted(2 * i); }) + "10.0.0.256"; },
     [](const std::string& content) { return ":" + line_count(content) + ": \"10.0.0.256\""; }},
    {"EmptyLines", [] { return std::string(kListBytes, '\n'); },
     [](const std::string&) { return std::string(": no entry in it"); }},
    {"Comments", [] { return repeated("# 10.0.0.0/8\n"); },
     [](const std::string&) { return std::string(": no entry in it"); }},
    {"Blanks", [] { return repeated(" \t"); }, [](const std::string&) { return std::string(": no entry in it"); }},
};

INSTANTIATE_TEST_SUITE_P(Shapes, HostileListTest, testing::ValuesIn(kShapes),
                         [](const auto& instance) { return std::string(instance.param.name); });

using LargeListTest = CaptureTest;

// Every entry is right, and each takes some two hundred prefixes.
TEST_F(LargeListTest, RangesThatTakeTooManyPrefixesAreRefused) {
    const auto list = file_with("list", lines_of([](unsigned i) {
                                    const std::string net = "2001:" + hex(i >> 16) + ":" + hex(i & 0xffff);
                                    return net + "::1-" + net + ":ffff:ffff:ffff:ffff:fffe";
                                }));
    veth();
    Running running = spawn({.args = {"--src", "@" + list}});
    ASSERT_TRUE(running.process->wait_for(kMostTime));
    EXPECT_EQ(running.process->exit_status(), 2);
    EXPECT_THAT(running.process->err(), HasSubstr("more than 2000000 prefixes"));
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    EXPECT_LT(usage.ru_maxrss, kMostMemoryKib);
    EXPECT_FALSE(attached_program(veth()));
    EXPECT_FALSE(std::filesystem::exists(running.output));
}

// No two of them join.
TEST_F(LargeListTest, AddressesOfTenMegabytesAreAFilter) {
    const auto list =
        file_with("list", lines_of([](unsigned i) { return dotted(0xc0000201u + 2 * i); }, repetitions(kListBytes)));
    veth();
    Running running = spawn({.args = {"--src", "@" + list, "-c", "2"}});
    const auto ready = [&] { return std::filesystem::exists(place("ready")) || running.process->ended(); };
    ASSERT_TRUE(wait_until(ready, kMostTime));
    Traffic traffic(veth());
    traffic.send(udp_frame(), 2);
    EXPECT_EQ(finish(running).total("written"), 2u);
}

}  // namespace
}  // namespace xdpsift::e2e
