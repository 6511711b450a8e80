// SPDX-License-Identifier: BSD-2-Clause
#include "cli/address_list.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "cli/list_entries.h"
#include "cli/list_file.h"

namespace xdpsift::cli {
namespace {

using ::testing::HasSubstr;

// A file of its own for each test.
class ListFile {
   public:
    explicit ListFile(const std::string& content) {
        char path[] = "/tmp/xdpsift-list-XXXXXX";
        const int fd = ::mkstemp(path);
        if (fd < 0) std::abort();
        ::close(fd);
        path_ = path;
        std::ofstream(path_, std::ios::binary) << content;
    }
    ~ListFile() { ::unlink(path_.c_str()); }
    ListFile(const ListFile&) = delete;
    ListFile& operator=(const ListFile&) = delete;
    const std::string& path() const { return path_; }

   private:
    std::string path_;
};

std::string text_of(const Ipv4Range& range) {
    const auto dotted = [](std::uint32_t number) {
        return fmt::format("{}.{}.{}.{}", number >> 24, number >> 16 & 255, number >> 8 & 255, number & 255);
    };
    return range.first == range.last ? dotted(range.first) : dotted(range.first) + "-" + dotted(range.last);
}

std::string text_of(const Ipv6Range& range) {
    const auto colons = [](const Ipv6Address& address) {
        char out[INET6_ADDRSTRLEN];
        return std::string(::inet_ntop(AF_INET6, address.data(), out, sizeof(out)));
    };
    return range.first == range.last ? colons(range.first) : colons(range.first) + "-" + colons(range.last);
}

// The ranges of a list as text, IPv4 first; or the error.
std::string ranges_of(std::string_view list) {
    const auto set = parse_address_list("--src", list);
    if (!set) {
        EXPECT_EQ(set.error().status, ExitStatus::usage);
        return set.error().message;
    }
    std::string out;
    for (const auto& range : set->v4) out += (out.empty() ? "" : " ") + text_of(range);
    for (const auto& range : set->v6) out += (out.empty() ? "" : " ") + text_of(range);
    return out;
}

struct Case {
    const char* list;
    const char* expected;
};

TEST(AddressList, Accepts) {
    const Case cases[] = {
        {"10.0.0.1", "10.0.0.1"},
        {"10.0.0.0/8", "10.0.0.0-10.255.255.255"},
        {"10.0.0.1/32", "10.0.0.1"},
        {"0.0.0.0/0", "0.0.0.0-255.255.255.255"},
        {"::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"10.0.0.128/25", "10.0.0.128-10.0.0.255"},
        {"10.0.0.5-10.0.0.9", "10.0.0.5-10.0.0.9"},
        {"10.0.0.5 - 10.0.0.9", "10.0.0.5-10.0.0.9"},
        {"10.0.0.5-10.0.0.5", "10.0.0.5"},
        {"192.0.2.1, 2001:db8::1 ,192.0.2.9", "192.0.2.1 192.0.2.9 2001:db8::1"},
        {"2001:db8::/32", "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"2001:db8::/33", "2001:db8::-2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"},
        {"2001:DB8::A-2001:db8::f", "2001:db8::a-2001:db8::f"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        // Sorted, and joined where they overlap, touch or contain each other.
        {"10.0.0.9,10.0.0.1", "10.0.0.1 10.0.0.9"},
        {"10.0.0.2,10.0.0.1", "10.0.0.1-10.0.0.2"},
        {"10.0.0.0/25,10.0.0.128/25", "10.0.0.0-10.0.0.255"},
        {"10.0.0.0/8,10.1.0.0/16,10.2.3.4", "10.0.0.0-10.255.255.255"},
        {"10.0.0.1-10.0.0.5,10.0.0.3-10.0.0.9", "10.0.0.1-10.0.0.9"},
        {"10.0.0.1,10.0.0.1", "10.0.0.1"},
        {"10.0.0.1,10.0.0.3", "10.0.0.1 10.0.0.3"},
        {"255.255.255.255,0.0.0.0", "0.0.0.0 255.255.255.255"},
        {"255.255.255.0/24,255.255.255.255", "255.255.255.0-255.255.255.255"},
        {"2001:db8::ff,2001:db8::100", "2001:db8::ff-2001:db8::100"},
        {"ffff::/16,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (const auto& [list, expected] : cases) EXPECT_EQ(ranges_of(list), expected) << list;
}

TEST(AddressList, Refuses) {
    const Case cases[] = {
        {"", "--src: the list is empty"},
        {"  ", "--src: the list is empty"},
        {",", "an entry of the list is empty"},
        {"10.0.0.1,", "an entry of the list is empty"},
        {"10.0.0.1,,10.0.0.2", "an entry of the list is empty"},
        {"10.0.0.1/8",
         "--src: \"10.0.0.1/8\": bits are set behind the prefix: did you mean 10.0.0.0/8 or 10.0.0.1/32?"},
        {"2001:db8::1/32", "did you mean 2001:db8::/32 or 2001:db8::1/128?"},
        {"10.0.0.0/33", "a number from 0 to 32"},
        {"10.0.0.0/", "a number from 0 to 32"},
        {"10.0.0.0/-1", "a prefix cannot be the end of a range"},
        {"10.0.0.0/8/8", "a number from 0 to 32"},
        {"10.0.0.0/255.0.0.0", "a number from 0 to 32"},
        {"10.0.0.0/99999999999999999999", "a number from 0 to 32"},
        {"::/129", "a number from 0 to 128"},
        {"/8", "an address is missing"},
        {"10.0.0.9-10.0.0.1", "the range ends before it begins"},
        {"2001:db8::2-2001:db8::1", "the range ends before it begins"},
        {"10.0.0.1-2001:db8::1", "cannot lead from IPv4 to IPv6"},
        {"10.0.0.1-", "an address is missing"},
        {"-10.0.0.1", "an address is missing"},
        {"10.0.0.0/24-10.0.1.0/24", "a prefix cannot be the end of a range"},
        {"fe80::1%eth0", "a zone (%...)"},
        {"10.0.0", "not an IPv4 address"},
        {"10.0.0.256", "not an IPv4 address"},
        {"010.0.0.1", "without leading zeros"},
        {"2001:db8:::1", "not an IPv6 address"},
        {"example.com", "names are not looked up"},
        {"10.0.0.1 10.0.0.2", "not an address"},
        {"@", "a file name must follow the @"},
        {"@/nowhere/list", "--src: list file /nowhere/list: No such file or directory"},
        {"@/tmp", "list file /tmp: Is a directory"},
    };
    for (const auto& [list, expected] : cases) EXPECT_THAT(ranges_of(list), HasSubstr(expected)) << list;
    using namespace std::string_view_literals;
    EXPECT_THAT(ranges_of("10.0.0.1\0.2"sv), HasSubstr("\"10.0.0.1\\x00.2\": not an address"));
}

TEST(AddressList, KeepsTheTextAsWritten) {
    EXPECT_EQ(parse_address_list("--src", "10.0.0.9, 10.0.0.1")->text, "10.0.0.9,10.0.0.1");
    const ListFile one("10.0.0.1\n"), three("10.0.0.1\n10.0.0.2\n::1\n");
    EXPECT_EQ(parse_address_list("--src", "@" + three.path())->text, "@" + three.path() + " (3 entries)");
    EXPECT_EQ(parse_address_list("--src", "::2,@" + one.path() + ",@" + three.path())->text,
              "::2,@" + one.path() + " (1 entry),@" + three.path() + " (3 entries)");
    std::string many;
    for (int i = 0; i < 1000; ++i) many += fmt::format("{}10.0.{}.{}", i == 0 ? "" : ",", i / 256, i % 256);
    const auto set = parse_address_list("--src", many);
    EXPECT_LE(set->text.size(), kListTextBytes + 32);
    EXPECT_THAT(set->text, ::testing::EndsWith(",... (1000 entries)"));
}

TEST(AddressList, ReadsFiles) {
    const ListFile file(
        "\xef\xbb\xbf# our networks\r\n"
        "\r\n"
        "10.0.0.0/24\r\n"
        "  10.0.1.0/24\t# the second\n"
        "#10.9.9.9\n"
        "2001:db8::/32#close\n"
        "192.0.2.1 - 192.0.2.7");
    EXPECT_EQ(ranges_of("@" + file.path()),
              "10.0.0.0-10.0.1.255 192.0.2.1-192.0.2.7 2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
    EXPECT_EQ(ranges_of("10.0.2.0/24,@" + file.path() + ",10.0.3.0/24").substr(0, 19), "10.0.0.0-10.0.3.255");
}

TEST(AddressList, NamesTheBadLineOfAFile) {
    const auto message = [](const std::string& content) {
        const ListFile file(content);
        auto out = ranges_of("@" + file.path());
        for (auto at = out.find(file.path()); at != std::string::npos; at = out.find(file.path()))
            out.replace(at, file.path().size(), "FILE");
        return out;
    };
    EXPECT_EQ(message("10.0.0.1\n\n# x\n10.0.0.300 # typo\n"),
              "--src: FILE:4: \"10.0.0.300\": not an IPv4 address: four numbers from 0 to 255, without leading zeros");
    EXPECT_EQ(message("10.0.0.1/8\r\n"),
              "--src: FILE:1: \"10.0.0.1/8\": bits are set behind the prefix: did you mean 10.0.0.0/8 or 10.0.0.1/32?");
    EXPECT_THAT(message("10.0.0.1,10.0.0.2\n"), HasSubstr("FILE:1: \"10.0.0.1,10.0.0.2\": not an address"));
    EXPECT_THAT(message("10.0.0.1\n@other\n"), HasSubstr("FILE:2: \"@other\": a list file cannot name another"));
    EXPECT_EQ(message(""), "--src: list file FILE: no entry in it");
    EXPECT_EQ(message("# nothing\n\n  \n"), "--src: list file FILE: no entry in it");
    EXPECT_THAT(message(std::string(1, '\0') + "10.0.0.1\n"), HasSubstr("FILE:1: \"\\x0010.0.0.1\""));
}

TEST(AddressList, ErrorsStayShortWhateverTheInput) {
    const std::string sources[] = {std::string(10'000'000, 'x'), std::string(10'000'000, '\0'),
                                   std::string(10'000'000, '-'), std::string(10'000'000, '\xff'),
                                   std::string(10'000'000, '@'), std::string(10'000'000, '/')};
    for (const auto& garbage : sources) {
        EXPECT_LT(ranges_of(garbage).size(), 9000u);  // twice a path's length where it is taken for one
        const ListFile file(garbage);
        const auto message = ranges_of("@" + file.path());
        EXPECT_THAT(message, HasSubstr(":1: "));
        EXPECT_LT(message.size(), 600u);
    }
    const ListFile newlines(std::string(10'000'000, '\n'));
    EXPECT_THAT(ranges_of("@" + newlines.path()), HasSubstr("no entry in it"));
}

TEST(AddressList, FilesAreBounded) {
    EXPECT_THAT(ranges_of("@/dev/zero"), HasSubstr("list file /dev/zero: larger than 64 MiB"));
    EXPECT_THAT(ranges_of("@/dev/null"), HasSubstr("no entry in it"));
    std::string comment(kListFileBytes, '#');
    comment.replace(kListFileBytes - 9, 9, "\n10.0.0.1");
    const ListFile just_fits(comment), one_more(comment + "\n");
    EXPECT_EQ(ranges_of("@" + just_fits.path()), "10.0.0.1");
    EXPECT_THAT(ranges_of("@" + one_more.path()), HasSubstr("larger than 64 MiB"));
}

// A million lines; the time is generous, so that a slow machine with sanitisers passes, while work for each line that
// grows with the list's length does not.
TEST(AddressList, ReadsAMillionLines) {
    std::string content;
    for (unsigned i = 0; i < 1'000'000; ++i)
        content += fmt::format("{}.{}.{}.{}/30\n", 10 + (i & 63), i >> 14 & 255, i >> 6 & 255, (i % 8) * 8);
    const ListFile file(content);
    // Of the CPU, so that it does not depend on what else runs here.
    const std::clock_t start = std::clock();
    const auto set = parse_address_list("--src", "@" + file.path());
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_THAT(set->text, HasSubstr("(1000000 entries)"));
    for (std::size_t i = 1; i < set->v4.size(); ++i)
        ASSERT_LT(set->v4[i - 1].last + 1, set->v4[i].first) << "not disjoint, or adjacent, at " << i;
    EXPECT_LT(seconds, 10.0);
    RecordProperty("seconds", fmt::format("{:.3f}", seconds));
}

}  // namespace
}  // namespace xdpsift::cli
