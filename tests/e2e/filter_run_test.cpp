// SPDX-License-Identifier: BSD-2-Clause
// xdpsift filter run on files: which frames, beside tcpdump's word; whole, short and cut ones; what it writes; what it
// refuses.
#include <fcntl.h>

#include <chrono>
#include <numeric>

#include "e2e/filter_command_fixture.h"

namespace xdpsift::e2e {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Bytes udp4(std::size_t payload_bytes, unsigned sport = 4000, unsigned dport = 53) {
    return (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Udp(sport, dport) / payload(payload_bytes)).build();
}
Bytes tcp6(unsigned dport = 80) {
    return (Ethernet() / Ipv6("2001:db8::1", "2001:db8::2") / Tcp(4000, dport) / payload(20)).build();
}

// One of each kind.
std::vector<Bytes> mix() {
    return {udp4(20),
            tcp6(),
            (Ethernet() / Arp("192.0.2.1", "192.0.2.2")).build(),
            (Ethernet() / Vlan(100) / Ipv4("192.0.2.1", "192.0.2.2") / Udp(4000, 53) / payload(20)).build(),
            (Ethernet() / Vlan(200) / Vlan(100) / Ipv6("2001:db8::1", "2001:db8::2") / Tcp(4001, 80)).build(),
            (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2").options(8) / Udp(4000, 53) / payload(20)).build(),
            (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2").fragment(1480, false) / Udp(4000, 53) / payload(8)).build(),
            (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2").fragment(0, true) / Udp(4000, 53) / payload(8)).build(),
            (Ethernet() / Ipv6("2001:db8::1", "2001:db8::2") / HopByHop() / Udp(4000, 53) / payload(20)).build(),
            (Ethernet() / Ipv6("2001:db8::1", "2001:db8::2") / Fragment() / Udp(4000, 53) / payload(20)).build(),
            (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Icmp() / payload(8)).build(),
            (Ethernet() / Ipv4("192.0.2.1", "192.0.2.2") / Tcp(443, 5000).flags(0x12) / payload(900)).build(),
            udp4(1458),
            udp4(8958),
            Bytes(14, 0xff)};
}

using FilterRunTest = FilterCommandTest;

TEST_F(FilterRunTest, TellsTheFramesThatTcpdumpTells) {
    if (!judge_present("tcpdump")) return;
    const std::string file = capture(mix());
    for (const std::string& expression :
         {std::string("udp"), std::string("not udp"), std::string("port 53"), std::string("not port 53"),
          std::string("ip6"), std::string("vlan"), std::string("vlan 100 or tcp"), std::string("tcp or vlan"),
          std::string("vlan and vlan and ip6"), std::string("ip6 protochain 17"), std::string("greater 1000"),
          std::string("less 60 or arp"), std::string("tcp[tcpflags] & (tcp-syn|tcp-ack) = 0x12"),
          std::string("ip[6:2] & 0x3fff != 0"), std::string("ether broadcast"), std::string("udp[8990] = 0"),
          std::string("ether[9000] = 22"), std::string("ether[len - 1] + ip[8] > 0x50"),
          std::string("net 192.0.2.0/30 and not port 53")}) {
        const Outcome tcpdump = harness::run({.argv = {"tcpdump", "-nn", "-tt", "-q", "-r", file, expression}});
        std::vector<std::uint64_t> expected;
        std::istringstream lines(tcpdump.out);
        for (std::string line; std::getline(lines, line);)
            if (std::isdigit(static_cast<unsigned char>(line.front())) != 0) expected.push_back(std::stoull(line));
        const auto found = json_of({"run", "-r", file, "--verify", expression});
        EXPECT_EQ(found["frames"], json(expected)) << expression;
        EXPECT_EQ(found["packets"], mix().size());
        EXPECT_EQ(found["matched"], expected.size());
        EXPECT_THAT(found["skipped"], IsEmpty());
        EXPECT_EQ(found["verify"]["compared"], mix().size());
        EXPECT_THAT(found["verify"]["differ"], IsEmpty());
        EXPECT_FALSE(found.contains("error"));
    }
}

TEST_F(FilterRunTest, HoldsOptionsAndExpressionTogether) {
    const std::string file = capture(mix());
    EXPECT_EQ(json_of({"run", "-r", file, "--dport", "53"})["frames"], json({1, 4, 6, 8, 9, 10, 13, 14}));
    EXPECT_EQ(json_of({"run", "-r", file, "--dport", "53", "ip6"})["frames"], json({9, 10}));
    EXPECT_EQ(json_of({"run", "-r", file, "--vlan", "100", "--", "not", "ip6"})["frames"], json({4, 5}));
    EXPECT_EQ(json_of({"run", "-r", file})["matched"], mix().size());
    // libpcap is asked where the options let a frame through.
    const auto verified = json_of({"run", "-r", file, "--verify", "--dport", "53", "ip6"});
    EXPECT_EQ(verified["frames"], json({9, 10}));
    EXPECT_EQ(verified["verify"]["compared"], 8);
    EXPECT_THAT(verified["verify"]["differ"], IsEmpty());
}

TEST_F(FilterRunTest, TakesAHundredThousandPacketsInSeconds) {
    std::vector<Bytes> frames;
    const auto kinds = mix();
    for (std::size_t i = 0; i < 100'000; ++i) frames.push_back(kinds[i % 12]);
    const std::string file = capture(frames);
    const auto start = std::chrono::steady_clock::now();
    const auto found = json_of({"run", "-r", file, "udp port 53"});
    // A third of a second on a machine of today.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
    EXPECT_EQ(found["packets"], 100'000);
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < frames.size(); ++i)
        if (i % 12 == 0 || i % 12 == 5 || i % 12 == 7) expected.push_back(i + 1);
    EXPECT_EQ(found["frames"], json(expected));
}

TEST_F(FilterRunTest, PrintsATableForAPerson) {
    const Outcome outcome = filter({"run", "-r", capture(mix()), "--vlan", "100"});
    EXPECT_EQ(outcome.exit_status, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.out,
              "   frame  time (UTC)                     length\n"
              "       4  1970-01-01 00:00:04.000000004  66\n"
              "       5  1970-01-01 00:00:05.000000005  82\n"
              "2 of 15 packets match\n");
    EXPECT_EQ(filter({"run", "-r", capture({}), "tcp"}).out, "0 of 0 packets match\n");
    EXPECT_THAT(filter({"run", "-r", capture({}), "ip and ip6"}).err, HasSubstr("no packet can satisfy"));
}

TEST_F(FilterRunTest, ReadsPcapngAndStandardInput) {
    const std::string pcapng = place("in.pcapng");
    ASSERT_EQ(filter({"run", "-r", capture(mix()), "-w", pcapng}).exit_status, 0);
    EXPECT_EQ(json_of({"run", "-r", pcapng, "arp"})["frames"], json({3}));
    const auto bytes = read_bytes(pcapng);
    EXPECT_EQ(json_of({"run", "-r", "-", "arp"}, 0, std::string(bytes.begin(), bytes.end()))["frames"], json({3}));
}

TEST_F(FilterRunTest, DecidesShortAndCutFramesAsFarAsTheyGo) {
    std::vector<Bytes> frames = mix();
    for (std::size_t size = 0; size < 14; size += 13) frames.emplace_back(size);
    // Ethernet and IP headers, without ports.
    const std::string file = capture(frames, 34);
    const auto expression = json_of({"run", "-r", file, "--verify", "ip and udp dst port 53"});
    EXPECT_THAT(expression["frames"], IsEmpty());
    std::vector<std::uint64_t> skipped;
    for (const auto& one : expression["skipped"]) {
        skipped.push_back(one["frame"]);
        EXPECT_THAT(one["why"].get<std::string>(), HasSubstr("34 of its"));
    }
    // The later fragment, TCP and all that is no IPv4 are decided.
    EXPECT_THAT(skipped, ElementsAre(1, 6, 8, 13, 14));
    EXPECT_THAT(expression["verify"]["differ"], IsEmpty());
    EXPECT_EQ(expression["verify"]["compared"], frames.size() - 5);

    EXPECT_EQ(json_of({"run", "-r", file, "greater 1000"})["frames"], json({13, 14}));
    const auto options = json_of({"run", "-r", file, "--proto", "udp"});
    EXPECT_EQ(options["frames"], json({1, 6, 7, 8, 13, 14}));
    EXPECT_EQ(options["skipped"].size(), 5u) << "tagged IPv4, and all of IPv6, whose header is longer";
    EXPECT_EQ(json_of({"run", "-r", file, "less 13"})["frames"], json({16, 17}));
}

TEST_F(FilterRunTest, WritesWhatMatchesAsItWas) {
    const std::string file = capture(mix(), 60);
    const std::string out = place("out.pcapng");
    const Outcome outcome = filter({"run", "-r", file, "-w", out, "--dport", "53", "ip"});
    EXPECT_EQ(outcome.exit_status, 0) << outcome.err;
    EXPECT_TRUE(judges_accept(out, 5));
    const PcapngFile written = read_pcapng(out);
    EXPECT_EQ(written.interfaces[0].options.text(kIfFilter), std::string(1, '\0') + "dport 53 and (ip)");
    EXPECT_THAT(written.section.text(kOptComment), HasSubstr("xdpsift filter run"));
    std::vector<std::uint64_t> numbers;
    for (const auto& packet : written.packets) {
        const auto number = packet.time_ns / 1'000'000'000;
        numbers.push_back(number);
        EXPECT_EQ(packet.time_ns, number * 1'000'000'001);
        Bytes expected = mix()[number - 1];
        EXPECT_EQ(packet.original_len, expected.size());
        expected.resize(std::min<std::size_t>(expected.size(), 60));
        EXPECT_EQ(packet.data, expected);
    }
    EXPECT_THAT(numbers, ElementsAre(1, 6, 8, 13, 14));
}

TEST_F(FilterRunTest, WritesToStandardOutputAndReportsBesideIt) {
    const Outcome outcome = filter({"run", "-r", capture(mix()), "-w", "-", "arp"});
    EXPECT_EQ(outcome.exit_status, 0);
    EXPECT_TRUE(tcpdump_accepts_stream(outcome.out, 1));
    EXPECT_EQ(outcome.err, "xdpsift: 1 of 15 packets match\n");
    // A reader that has had enough is no error.
    const Outcome left = harness::run({.argv = {"bash", "-c",
                                                "\"$0\" filter run -r \"$1\" -w - | \"$0\" filter run -r - -w - | "
                                                "head -c 1; echo \" ${PIPESTATUS[1]}\"",
                                                xdpsift_binary(), capture(std::vector<Bytes>(5000, udp4(1400)))}});
    EXPECT_THAT(left.out, testing::EndsWith(" 0\n")) << left.err;
}

TEST_F(FilterRunTest, VerifiesWhatLibpcapCanAnswer) {
    // An authentication header whose length leads libpcap's program back to where it came from, for ever.
    Bytes endless =
        (Ethernet() / Ipv6("2001:db8::1", "2001:db8::2") / Authentication().length_field(8) / payload(40)).build();
    endless[54] = 51;
    const auto found = json_of({"run", "-r", capture({endless, tcp6()}), "--verify", "ip6 protochain 6"});
    EXPECT_EQ(found["frames"], json({2}));
    EXPECT_EQ(found["verify"]["compared"], 1);
    ASSERT_EQ(found["verify"]["unverified"].size(), 1u);
    EXPECT_EQ(found["verify"]["unverified"][0]["frame"], 1);
    EXPECT_THAT(filter({"run", "-r", capture({tcp6()}), "--verify", "--port", "80"}).err,
                HasSubstr("there is no expression"));
}

// The manual names the one difference there is: a chain of extension headers longer than the kernel follows.
TEST_F(FilterRunTest, ReportsWhereLibpcapDiffers) {
    Packet chain = Ethernet() / Ipv6("2001:db8::1", "2001:db8::2");
    for (int i = 0; i < 1000; ++i) chain.append(DestinationOptions());
    chain.append(Tcp(1, 2));
    const std::string file = capture({tcp6(), chain.build()});
    const auto found = json_of({"run", "-r", file, "--verify", "ip6 protochain 6"}, 1);
    EXPECT_EQ(found["frames"], json({1}));
    EXPECT_EQ(found["verify"]["differ"], json::parse(R"([{"frame":2,"kernel":false,"libpcap":true}])"));
    const Outcome words = filter({"run", "-r", file, "--verify", "ip6 protochain 6"});
    EXPECT_EQ(words.exit_status, 1);
    EXPECT_THAT(words.out, HasSubstr("libpcap differs on 1 of 2 frames"));
}

TEST_F(FilterRunTest, TellsWhatIsWholeOfAFileThatIsNot) {
    const std::string file = capture(mix());
    const std::string out = place("out.pcapng");
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    const auto found = json_of({"run", "-r", file, "-w", out, "arp or ether broadcast"}, 2);
    EXPECT_EQ(found["packets"], mix().size() - 1);
    EXPECT_EQ(found["frames"], json({3}));
    EXPECT_THAT(found["error"].get<std::string>(), HasSubstr("truncated dump file"));
    EXPECT_TRUE(judges_accept(out, 1));
    EXPECT_THAT(filter({"run", "-r", file}).err, HasSubstr("truncated dump file"));
}

TEST_F(FilterRunTest, RefusesFilesThatItCannotUse) {
    refused({"run"}, 2, "add -r FILE");
    refused({"run", "-r", place("absent")}, 2, "No such file or directory");
    refused({"run", "-r", place("")}, 2, "a folder is no capture");
    refused({"run", "-r", write_file(place("text"), "this is no capture, whatever it is\n")}, 2, "unknown file format");
    refused({"run", "-r", write_file(place("raw"), pcap_bytes({}, {.link_type = 101}))}, 2, "Raw IP");
    const std::string file = capture(mix());
    refused({"run", "-r", file, "-w", file}, 2, "the same file");
    std::filesystem::create_hard_link(file, place("other-name"));
    refused({"run", "-r", file, "-w", place("other-name")}, 2, "the same file");
    EXPECT_EQ(json_of({"run", "-r", file})["packets"], mix().size()) << "it was touched";
    refused({"run", "-r", file, "-w", place("absent/out")}, 1, "No such file or directory");
    refused({"run", "-r", file, "tcp prot 80"}, 2, "prot");
    refused({"run", "-r", file, "-F", place("absent")}, 2, "No such file or directory");
    refused({"run", "-r", file, "-w", "-", "--json"}, 2, "both take standard output");
    // Nothing is emptied for a filter that is wrong.
    const std::string out = write_file(place("kept"), "precious");
    refused({"run", "-r", file, "-w", out, "tcp prot 80"}, 2, "prot");
    EXPECT_EQ(std::filesystem::file_size(out), 8u);
}

TEST_F(FilterRunTest, OnAFullDiskSaysSoAndLeavesAWholeFile) {
    const SmallDisk disk(place("disk"), 1 << 20);
    const std::string file = capture(std::vector<Bytes>(3000, udp4(1400)));
    const std::string out = (disk.path() / "out.pcapng").string();
    refused({"run", "-r", file, "--json", "-w", out}, 1, "No space left on device");
    EXPECT_GT(read_pcapng(out).packets.size(), 300u);
    refused({"run", "-r", file, "--json", "-w", "/dev/full"}, 1, "No space left on device");
}

TEST_F(FilterRunTest, WithoutPrivilegesNamesWhatIsMissing) {
    const std::string file = capture(mix());
    const std::string out = write_file(place("out"), "as it was");
    std::filesystem::permissions(out, std::filesystem::perms::all);
    const Outcome outcome = unprivileged({"run", "-r", file, "-w", out, "tcp"});
    EXPECT_EQ(outcome.exit_status, 3);
    EXPECT_THAT(outcome.err, HasSubstr("CAP_BPF"));
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(std::filesystem::file_size(out), 9u);
}

}  // namespace
}  // namespace xdpsift::e2e
